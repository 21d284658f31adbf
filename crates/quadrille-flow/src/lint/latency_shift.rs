use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::{graph::Edge, trace::duration};

pub(super) const RULE: Rule = Rule {
    name: "latency-shift",
    level: Level::Warn,
    summary: "An effect takes much longer, or shorter, than it used to.",
    way_out: "look at what changed between the two, or take a new baseline",
    limits: &[Limit::new("factor", 2.0), Limit::new("count", 20.0), Limit::new("millis", 10.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let Some([earlier, since]) = model.baseline() else { return Vec::new() };
    let pairs = since.edges.iter().filter_map(|edge| {
        let before = earlier.edge(&edge.from, &edge.to)?;
        shifted(before, edge, limits)
    });
    pairs.collect()
}

fn shifted(before: &Edge, now: &Edge, limits: &Limits<'_>) -> Option<Found> {
    let often = |edge: &Edge| edge.count.unwrap_or(0) as f64 >= limits.of("count");
    let (old, new) = (before.latency?.p50_micros, now.latency?.p50_micros);
    let (less, more) = (old.min(new), old.max(new));
    let factor = more as f64 / less.max(1) as f64;
    let enough = (more - less) as f64 >= limits.of("millis") * 1_000.0;
    if !often(before) || !often(now) || !enough || factor <= limits.of("factor") {
        return None;
    }
    let message = format!(
        "from {} to {} it takes {} (median of {}), where it took {} (of {})",
        now.from,
        now.to,
        duration(new),
        now.count.unwrap_or(0),
        duration(old),
        before.count.unwrap_or(0)
    );
    Some(Found::new([&now.to, &now.from], message, ("factor", 0)).measured(factor))
}
