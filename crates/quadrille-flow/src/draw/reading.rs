//! How nodes and edges are read, whatever they are drawn with: their names, their colours, how wide
//! a line is, and all that is known of each.

use super::{
    Colour,
    colours::STEPS,
    picture::{Arrow, Drawn, Picture},
    text,
};
use crate::graph::{Change, Kind};
use std::fmt::Write;

/// The name of a kind among the colours.
pub fn class(kind: Option<Kind>) -> &'static str {
    match kind {
        Some(Kind::Event) => "event",
        Some(Kind::Command) => "command",
        Some(Kind::Reaction) => "reaction",
        Some(Kind::Process) => "process",
        Some(Kind::Deadline) => "deadline",
        Some(Kind::Projector) => "projector",
        Some(Kind::External) => "external",
        None => "unknown",
    }
}

/// What one and many of a kind are called.
pub fn names(kind: Option<Kind>) -> (&'static str, &'static str) {
    match kind {
        Some(Kind::Event) => ("event", "events"),
        Some(Kind::Command) => ("command", "commands"),
        Some(Kind::Reaction) => ("reaction", "reactions"),
        Some(Kind::Process) => ("process manager", "process managers"),
        Some(Kind::Deadline) => ("deadline", "deadlines"),
        Some(Kind::Projector) => ("read model", "read models"),
        Some(Kind::External) => ("external", "externals"),
        None => ("unknown", "unknown"),
    }
}

/// The word for a change, which is also the name of its colour.
pub fn change(change: Change) -> Option<&'static str> {
    match change {
        Change::None => None,
        Change::Added => Some("added"),
        Change::Removed => Some("removed"),
    }
}

/// The least and the greatest median latency, at least a microsecond.
pub fn latencies(picture: &Picture) -> Option<(u64, u64)> {
    let latencies = picture.edges.iter().filter_map(|arrow| arrow.edge.latency);
    latencies.map(|latency| latency.p50_micros.max(1)).fold(None, |range, own| match range {
        None => Some((own, own)),
        Some((low, high)) => Some((low.min(own), high.max(own))),
    })
}

/// For each edge the name of its colour; `None` for the colour of all edges.
pub fn edge_colours(picture: &Picture) -> Vec<Option<&'static str>> {
    const SCALE: [&str; STEPS] = ["t0", "t1", "t2", "t3", "t4"];
    let range = latencies(picture);
    let colour = |arrow: &Arrow| match picture.colour {
        Colour::Difference => change(arrow.edge.change),
        Colour::Latency => {
            let (low, high) = range?;
            Some(SCALE[step(arrow.edge.latency?.p50_micros, low, high)])
        }
        Colour::Auto | Colour::Plain => None,
    };
    picture.edges.iter().map(colour).collect()
}

/// Which step of the scale, of equal ratios from low to high, a latency is on.
fn step(micros: u64, low: u64, high: u64) -> usize {
    let (ratio, all) = (micros.max(1) as f64 / low as f64, high as f64 / low as f64);
    if all <= 1.0 {
        return 0;
    }
    ((ratio.ln() / all.ln() * STEPS as f64) as usize).min(STEPS - 1)
}

/// How wide the line of an edge of this weight is.
pub fn stroke(weight: f64) -> f64 {
    1.3 + 4.2 * weight.powi(3)
}

/// All that is known of a node.
pub fn of_node(drawn: &Drawn) -> String {
    let Some(node) = drawn.node else {
        return format!("{}\nno node has this id", drawn.id);
    };
    let mut known = format!("{}\n{}", node.name, names(Some(node.kind)).0);
    for (what, who) in [("component", &node.component), ("owner", &node.owner)] {
        if let Some(who) = who {
            let _ = write!(known, "\n{what} {who}");
        }
    }
    let more = drawn.figures().into_iter().chain(change(node.change).map(str::to_owned));
    more.for_each(|line| {
        let _ = write!(known, "\n{line}");
    });
    known
}

/// All that is known of an edge.
pub fn of_edge(arrow: &Arrow, picture: &Picture) -> String {
    let name = |at: usize| picture.nodes[at].name;
    let edge = arrow.edge;
    let mut known = format!("{} → {}", name(arrow.from), name(arrow.to));
    if let Some(count) = edge.count {
        let _ = write!(known, "\n{} times", text::count(count));
    }
    if let Some(share) = edge.share {
        let _ = write!(known, "\n{} of what leaves {}", text::share(share), name(arrow.from));
    }
    if let Some(latency) = edge.latency {
        let [p50, p95, p99] =
            [latency.p50_micros, latency.p95_micros, latency.p99_micros].map(text::duration);
        let _ = write!(known, "\np50 {p50}, p95 {p95}, p99 {p99}");
    }
    for (number, what) in [(edge.rejected, "refused"), (edge.retried, "tried again")] {
        if number > 0 {
            let _ = write!(known, "\n{} {what}", text::count(number));
        }
    }
    if let Some(change) = change(edge.change) {
        let _ = write!(known, "\n{change}");
    }
    known
}
