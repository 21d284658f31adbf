//! What a log shows, for people.

use crate::{
    Screen,
    explain::Outcome,
    format::{count, counted, time},
    table::{Align, Table},
};
use quadrille_flow::{
    graph::{Edge, Kind},
    observed::{By, Observed, Within},
    trace::duration,
};
use std::cmp::Reverse;

const LEFT: Align = Align::Left;
const RIGHT: Align = Align::Right;

pub(super) fn write(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    if observed.graph.nodes.is_empty() {
        return Ok(screen.line("there are no such events")?);
    }
    summary(observed, screen)?;
    starts(observed, screen)?;
    edges(observed, screen)?;
    variants(observed, screen)?;
    open(observed, screen)?;
    loops(observed, screen)
}

fn summary(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    screen.line(&format!("observed {}", about(observed)))?;
    let flows = &observed.flows;
    let kinds = observed.graph.nodes.iter().filter(|node| node.kind == Kind::Event).count();
    let mut parts = vec![
        counted(flows.events, "event", "events"),
        counted(kinds as u64, "event type", "event types"),
        format!("{}, {} open", counted(flows.count, "flow", "flows"), count(flows.open)),
        counted(observed.graph.edges.len() as u64, "edge", "edges"),
        counted(flows.variants, "variant", "variants"),
        counted(flows.loops, "loop", "loops"),
    ];
    if flows.without_cause > 0 {
        parts.push(format!("{} without a known cause", count(flows.without_cause)));
    }
    if flows.unreadable > 0 {
        parts.push(counted(flows.unreadable, "unreadable fact", "unreadable facts"));
    }
    Ok(screen.line(&parts.join(" · "))?)
}

/// What it is about, in a line.
pub(super) fn about(observed: &Observed) -> String {
    let by = match (observed.by, observed.within) {
        (By::Causation, _) => "by causation",
        (By::Sequence, Within::Correlation) => "by sequence within each correlation",
        (By::Sequence, Within::Stream) => "by sequence within each stream",
    };
    let through = observed.through.map_or(0, |position| position.0);
    format!("{by}, up to position {through}")
}

fn starts(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    let mut nodes: Vec<_> =
        observed.graph.nodes.iter().filter(|node| node.starts + node.ends > 0).collect();
    nodes.sort_by_key(|node| Reverse((node.starts, node.ends)));
    let mut table =
        Table::new(&[("starts", RIGHT), ("ends", RIGHT), ("where flows begin and end", LEFT)]);
    for node in nodes {
        table.row([count(node.starts), count(node.ends), node.id.clone()]);
    }
    section(table, screen)
}

fn edges(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    let mut edges: Vec<&Edge> = observed.graph.edges.iter().collect();
    edges.sort_by_key(|edge| Reverse(edge.count));
    let columns = [
        ("from", LEFT),
        ("to", LEFT),
        ("count", RIGHT),
        ("share", RIGHT),
        ("p50", RIGHT),
        ("p95", RIGHT),
        ("p99", RIGHT),
    ];
    if observed.by == By::Sequence {
        let mut table = Table::new(&columns);
        edges.iter().for_each(|edge| table.row(cells(edge)));
        return section(table, screen);
    }
    let [from, to, number, share, p50, p95, p99] = columns;
    let (rejected, retried) = (("rejected", RIGHT), ("retried", RIGHT));
    let mut table = Table::new(&[from, to, number, share, p50, p95, p99, rejected, retried]);
    for edge in edges {
        let [from, to, number, share, p50, p95, p99] = cells(edge);
        let some = |number| if number == 0 { String::new() } else { count(number) };
        let (rejected, retried) = (some(edge.rejected), some(edge.retried));
        table.row([from, to, number, share, p50, p95, p99, rejected, retried]);
    }
    section(table, screen)
}

fn cells(edge: &Edge) -> [String; 7] {
    let latency = |micros: fn(&quadrille_flow::graph::Latency) -> u64| {
        edge.latency.as_ref().map(|latency| duration(micros(latency))).unwrap_or_default()
    };
    [
        edge.from.clone(),
        edge.to.clone(),
        count(edge.count.unwrap_or(0)),
        percent(edge.share.unwrap_or(0.0)),
        latency(|latency| latency.p50_micros),
        latency(|latency| latency.p95_micros),
        latency(|latency| latency.p99_micros),
    ]
}

fn variants(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    let of = observed.flows.variants;
    let mut table = Table::new(&[("flows", RIGHT), ("share", RIGHT), ("variant", LEFT)]);
    for variant in &observed.variants {
        let share = variant.count as f64 / observed.flows.count as f64;
        let mut steps = path(&variant.steps);
        steps.push_str(if variant.cut { " → …" } else { "" });
        table.row([count(variant.count), percent(share), steps]);
    }
    section(table, screen)?;
    more(observed.variants.len(), of, "variant", "variants", screen)
}

fn open(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    let mut table = Table::new(&[
        ("stands still", RIGHT),
        ("since (UTC)", LEFT),
        ("events", RIGHT),
        ("open flow", LEFT),
        ("at", LEFT),
    ]);
    for flow in &observed.open {
        let (still, since) = (duration(flow.still_micros), time(flow.since));
        table.row([still, since, count(flow.events), flow.flow.clone(), flow.at.clone()]);
    }
    section(table, screen)?;
    more(observed.open.len(), observed.flows.open, "open flow", "open flows", screen)
}

fn loops(observed: &Observed, screen: &mut Screen<'_>) -> Outcome {
    let mut table = Table::new(&[("times", RIGHT), ("flows", RIGHT), ("loop", LEFT)]);
    for found in &observed.loops {
        let back = found.steps.iter().chain(found.steps.first()).cloned().collect::<Vec<_>>();
        table.row([count(found.times), count(found.flows), back.join(" → ")]);
    }
    section(table, screen)?;
    more(observed.loops.len(), observed.flows.loops, "loop", "loops", screen)
}

fn section(mut table: Table, screen: &mut Screen<'_>) -> Outcome {
    if !table.is_empty() {
        screen.line("")?;
    }
    Ok(table.write(screen)?)
}

fn more(shown: usize, of: u64, one: &str, many: &str, screen: &mut Screen<'_>) -> Outcome {
    let rest = of - shown as u64;
    if rest > 0 && shown > 0 {
        screen.line(&format!("… and {} more", counted(rest, one, many)))?;
    }
    Ok(())
}

/// Steps, with what is repeated at once told by its number.
pub(super) fn path(steps: &[String]) -> String {
    let runs = steps.chunk_by(|a, b| a == b);
    let run = |run: &[String]| match run {
        [one] => one.clone(),
        many => format!("{} ×{}", many[0], many.len()),
    };
    runs.map(run).collect::<Vec<_>>().join(" → ")
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}
