//! A tree in pieces that fit on a page.

use super::Node;
use std::collections::{HashMap, VecDeque};

/// Levels that one piece has: what follows from its deepest nodes is a piece of its own.
const LEVELS: usize = 16;

/// A tree cut into pieces, each of which begins at the left.
pub(super) struct Sections<'a> {
    nodes: &'a [Node],
    /// Which nodes are the last of their siblings.
    last: Vec<bool>,
    /// The pieces by the node that each goes on from, which has a number.
    numbers: HashMap<usize, usize>,
    pieces: Vec<Section>,
}

/// One piece.
pub(super) struct Section {
    /// The node that it goes on from, in an earlier piece; `None` for the first.
    pub from: Option<usize>,
    /// Its nodes, in the order of the tree.
    pub nodes: Vec<usize>,
}

impl<'a> Sections<'a> {
    pub fn new(nodes: &'a [Node]) -> Self {
        let mut has_children = vec![false; nodes.len()];
        nodes.iter().filter_map(|node| node.parent).for_each(|parent| has_children[parent] = true);
        // The level of each node in its piece, and the node that its piece goes on from.
        let mut places: Vec<(usize, Option<usize>)> = Vec::with_capacity(nodes.len());
        let mut members: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        let is_cut = |at: usize, level: usize| level + 1 == LEVELS && has_children[at];
        for (at, node) in nodes.iter().enumerate() {
            let place = match node.parent {
                None => (0, None),
                // The node is told again at the top of the piece that goes on from it.
                Some(parent) if is_cut(parent, places[parent].0) => (1, Some(parent)),
                Some(parent) => (places[parent].0 + 1, places[parent].1),
            };
            places.push(place);
            members.entry(place.1).or_default().push(at);
        }
        let (mut numbers, mut pieces) = (HashMap::new(), Vec::new());
        let mut open = VecDeque::from([None]);
        while let Some(from) = open.pop_front() {
            let nodes = members.remove(&from).unwrap_or_default();
            for &at in nodes.iter().filter(|&&at| is_cut(at, places[at].0)) {
                numbers.insert(at, numbers.len() + 1);
                open.push_back(Some(at));
            }
            pieces.push(Section { from, nodes });
        }
        Self { nodes, last: last_siblings(nodes), numbers, pieces }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Section> {
        self.pieces.iter()
    }

    /// The number of the piece that goes on from a node.
    pub fn number(&self, at: usize) -> Option<usize> {
        self.numbers.get(&at).copied()
    }

    /// The lines that lead to a node.
    pub fn branches(&self, at: usize) -> String {
        self.nodes[at].parent.map_or_else(String::new, |parent| {
            let branch = if self.last[at] { "└─" } else { "├─" };
            self.above(parent) + branch
        })
    }

    /// The lines that lead to what stands below a node in the place of all that follows from it.
    pub fn branches_below(&self, at: usize) -> String {
        self.lines(at) + "└─"
    }

    /// The lines that pass what is told of a node below it.
    pub fn details(&self, at: usize) -> String {
        let has_more = self.numbers.contains_key(&at)
            || self.nodes.get(at + 1).is_some_and(|next| next.parent == Some(at));
        self.lines(at) + if has_more { "│   " } else { "    " }
    }

    /// The lines that pass what lies below a node.
    fn above(&self, at: usize) -> String {
        if self.numbers.contains_key(&at) { String::new() } else { self.lines(at) }
    }

    fn lines(&self, mut at: usize) -> String {
        let mut pieces = Vec::with_capacity(LEVELS);
        while let Some(parent) = self.nodes[at].parent {
            pieces.push(if self.last[at] { "  " } else { "│ " });
            if self.numbers.contains_key(&parent) {
                break;
            }
            at = parent;
        }
        pieces.iter().rev().copied().collect()
    }
}

fn last_siblings(nodes: &[Node]) -> Vec<bool> {
    let mut followed = vec![false; nodes.len()];
    let mut last = vec![false; nodes.len()];
    for (at, node) in nodes.iter().enumerate().rev() {
        if let Some(parent) = node.parent {
            last[at] = !std::mem::replace(&mut followed[parent], true);
        }
    }
    last
}
