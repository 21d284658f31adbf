use super::{latency::Latencies, nodes::Nodes};
use crate::graph::{Edge, Graph};
use quadrille_core::Position;
use std::collections::HashMap;

/// How often one thing led to another, by their numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Edges {
    tallies: HashMap<(u32, u32), Tally>,
    /// Where in the log the miner stands.
    pub position: Position,
}

/// What was seen of an edge.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub rejected: u64,
    pub retried: u64,
    /// Where it was first seen.
    since: Position,
    latencies: Latencies,
}

impl Tally {
    /// One of them took from one time to another; clocks that differ may make that negative, which
    /// counts as nothing.
    pub fn took(&mut self, since: i64, until: i64) {
        self.latencies.add(until.saturating_sub(since).max(0).unsigned_abs());
    }
}

impl Edges {
    /// It was seen once more.
    pub fn see(&mut self, from: u32, to: u32) -> &mut Tally {
        let position = self.position;
        let tally = self.tally(from, to);
        if tally.count == 0 {
            tally.since = position;
        }
        tally.count += 1;
        tally
    }

    /// What was seen so far counts no more.
    pub fn count_anew(&mut self) {
        self.tallies.clear();
    }

    /// What was seen of it so far.
    pub fn tally(&mut self, from: u32, to: u32) -> &mut Tally {
        self.tallies.entry((from, to)).or_default()
    }

    pub fn graph(&self, nodes: &Nodes) -> Graph {
        let mut leaving: HashMap<u32, u64> = HashMap::new();
        for ((from, _), tally) in &self.tallies {
            *leaving.entry(*from).or_default() += tally.count;
        }
        let edges = self.tallies.iter().filter(|(_, tally)| tally.count > 0);
        let edges = edges.map(|((from, to), tally)| Edge {
            count: Some(tally.count),
            share: Some(tally.count as f64 / leaving[from] as f64),
            latency: tally.latencies.told(),
            rejected: tally.rejected,
            retried: tally.retried,
            since: Some(tally.since),
            ..Edge::new(nodes.id(*from), nodes.id(*to))
        });
        Graph::new(nodes.all().iter().cloned(), edges)
    }
}
