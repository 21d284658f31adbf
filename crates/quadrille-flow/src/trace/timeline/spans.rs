use crate::trace::{DeadlineState, Elapsed, Node, Outcome, Trace, What, sequence::begins_with};
use chrono::{DateTime, Utc};

/// From a cause to its effect, in microseconds since the flow began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub from: u64,
    pub to: u64,
}

/// For each node when its cause happened, and when itself. What has no time of its own happened
/// with the first of its effects, or else with its cause; a deadline is there until it is due.
pub(super) fn spans(trace: &Trace) -> Vec<Span> {
    let nodes = &trace.nodes;
    let since =
        |at: DateTime<Utc>| trace.began_at.map_or(0, |began| Elapsed::between(began, at).micros);
    let mut ends: Vec<Option<u64>> = nodes.iter().map(|node| node.at.map(since)).collect();
    for (at, node) in nodes.iter().enumerate().rev() {
        if let (Some(parent), Some(end)) = (node.parent, ends[at])
            && nodes[parent].at.is_none()
            && begins_with(&nodes[parent].what, &node.what)
        {
            ends[parent] = Some(ends[parent].map_or(end, |first| first.min(end)));
        }
    }
    let mut spans: Vec<Span> = Vec::with_capacity(nodes.len());
    for (node, end) in nodes.iter().zip(ends) {
        let cause = node.parent.map(|parent| spans[parent].to);
        let until = due(node).map(since);
        let to = end.or(until).or(cause).unwrap_or(0);
        spans.push(Span { from: begin(nodes, node, cause, to).min(to), to });
    }
    spans
}

/// When what was set for later is due, if it still is or has been.
fn due(node: &Node) -> Option<DateTime<Utc>> {
    match &node.what {
        What::Deadline(deadline) => {
            let counts = matches!(deadline.state, DeadlineState::Open | DeadlineState::Fired);
            counts.then_some(deadline.due)
        }
        What::Command(command) if command.outcome == Outcome::Delayed => command.due,
        _ => None,
    }
}

fn begin(nodes: &[Node], node: &Node, cause: Option<u64>, to: u64) -> u64 {
    let happens_with = node.parent.is_some_and(|parent| {
        begins_with(&nodes[parent].what, &node.what) && matches!(node.what, What::Event(_))
    });
    match node.since_cause {
        _ if happens_with => to,
        Some(since) if !matches!(node.what, What::Step(_)) => to.saturating_sub(since.micros),
        _ => cause.unwrap_or(to),
    }
}
