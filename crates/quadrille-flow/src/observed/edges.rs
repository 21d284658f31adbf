use super::{latency::Latencies, nodes::Nodes};
use crate::graph::{Edge, Graph};
use std::collections::HashMap;

/// How often one thing led to another, by their numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Edges(HashMap<(u32, u32), Tally>);

/// What was seen of an edge.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Tally {
    pub count: u64,
    pub rejected: u64,
    pub retried: u64,
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
        let tally = self.tally(from, to);
        tally.count += 1;
        tally
    }

    /// What was seen of it so far.
    pub fn tally(&mut self, from: u32, to: u32) -> &mut Tally {
        self.0.entry((from, to)).or_default()
    }

    pub fn graph(&self, nodes: &Nodes) -> Graph {
        let mut leaving: HashMap<u32, u64> = HashMap::new();
        for ((from, _), tally) in &self.0 {
            *leaving.entry(*from).or_default() += tally.count;
        }
        let edges = self.0.iter().filter(|(_, tally)| tally.count > 0);
        let edges = edges.map(|((from, to), tally)| Edge {
            count: Some(tally.count),
            share: Some(tally.count as f64 / leaving[from] as f64),
            latency: tally.latencies.told(),
            rejected: tally.rejected,
            retried: tally.retried,
            ..Edge::new(nodes.id(*from), nodes.id(*to))
        });
        Graph::new(nodes.all().iter().cloned(), edges)
    }
}
