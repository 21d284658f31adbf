//! What the miners make of logs written by hand.

mod causation;
mod pages;
mod sequence;
mod waiting;

use quadrille_core::Envelope;
use quadrille_flow::{
    graph::Graph,
    observed::{Causation, Miner, Observed, Sequence, Settings, View},
};

pub fn by_sequence(settings: &Settings, log: &[Envelope]) -> Observed {
    mined(Sequence::new(settings), log)
}

pub fn by_causation(settings: &Settings, log: &[Envelope]) -> Observed {
    mined(Causation::new(settings), log)
}

/// What is held of a log at most, while it is read.
pub fn most_held(mut miner: impl Miner, log: &[Envelope]) -> usize {
    let held = log.iter().map(|event| {
        miner.push(event);
        miner.held()
    });
    held.max().unwrap_or(0)
}

fn mined(mut miner: impl Miner, log: &[Envelope]) -> Observed {
    log.iter().for_each(|event| miner.push(event));
    miner.observed(View::default())
}

/// A graph's edges, one a line: from, to, count, p99 in milliseconds, and what was refused or tried
/// again.
pub fn edges(graph: &Graph) -> String {
    let mut text = String::new();
    for edge in &graph.edges {
        text += &format!("{} → {}  {}", edge.from, edge.to, edge.count.unwrap());
        if let Some(latency) = edge.latency {
            text += &format!("  {} ms", latency.p99_micros / 1_000);
        }
        for (number, what) in [(edge.rejected, "rejected"), (edge.retried, "retried")] {
            if number > 0 {
                text += &format!("  {number} {what}");
            }
        }
        text.push('\n');
    }
    text
}

#[track_caller]
pub fn check_edges(observed: &Observed, expected: &str) {
    let expected: String =
        expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(edges(&observed.graph), expected);
}
