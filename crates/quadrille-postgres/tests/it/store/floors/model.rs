//! The log as positions: which were drawn, which are on their way, which are committed.

use super::WRITERS;
use std::collections::BTreeSet;

/// A log and those who write to it, one step after the other.
#[derive(Debug)]
pub struct Model {
    /// The position that was drawn last.
    drawn: u64,
    committed: BTreeSet<u64>,
    open: [Option<Open>; WRITERS],
}

/// A transaction.
#[derive(Debug, Default)]
struct Open {
    /// All that it writes lies above.
    floor: Option<u64>,
    written: Vec<u64>,
}

impl Model {
    /// Of a log whose last position this is, none of whose events count.
    pub fn after(drawn: u64) -> Self {
        Self { drawn, committed: BTreeSet::new(), open: Default::default() }
    }

    pub fn is_open(&self, writer: usize) -> bool {
        self.open[writer].is_some()
    }

    pub fn begin(&mut self, writer: usize) {
        self.open[writer] = Some(Open::default());
    }

    /// The positions that an append of an open transaction gets.
    pub fn append(&mut self, writer: usize, count: u64) -> Vec<u64> {
        let (before, positions) = (self.drawn, self.draw(count));
        let open = self.open[writer].as_mut().expect("the transaction is open");
        open.floor.get_or_insert(before);
        open.written.extend(&positions);
        positions
    }

    /// Positions are drawn and lost; no floor is left of it.
    pub fn undo(&mut self, count: u64) {
        self.draw(count);
    }

    pub fn append_whole(&mut self, count: u64) -> Vec<u64> {
        let positions = self.draw(count);
        self.committed.extend(&positions);
        positions
    }

    pub fn end(&mut self, writer: usize, commits: bool) {
        if let Some(open) = self.open[writer].take().filter(|_| commits) {
            self.committed.extend(open.written);
        }
    }

    fn draw(&mut self, count: u64) -> Vec<u64> {
        let before = self.drawn;
        self.drawn += count;
        (before + 1..=self.drawn).collect()
    }

    /// Nothing that commits from now on lies at or below.
    pub fn bound(&self) -> u64 {
        let floors = self.open.iter().flatten().filter_map(|open| open.floor);
        floors.min().unwrap_or(self.drawn)
    }

    /// What a reader gets that asks now.
    pub fn readable(&self, after: u64, limit: usize) -> Vec<u64> {
        let bound = self.bound();
        self.committed().filter(|at| (after + 1..=bound).contains(at)).take(limit).collect()
    }

    pub fn committed(&self) -> impl Iterator<Item = u64> {
        self.committed.iter().copied()
    }
}
