use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::{Kind, Node};

pub(super) const RULE: Rule = Rule {
    name: "flow-depth",
    level: Level::Warn,
    summary: "A flow may pass through many handlers, one after the other.",
    way_out: "let a process manager lead through a part of the flow, or take out steps that only pass on",
    limits: &[Limit::new("handlers", 8.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let handles = |node: &Node| matches!(node.kind, Kind::Reaction | Kind::Process);
    let flow = model.flow(|node| !matches!(node.kind, Kind::Projector | Kind::External));
    let (depth, way) = flow.heaviest(|node| usize::from(handles(node)));
    if depth as f64 <= limits.of("handlers") {
        return Vec::new();
    }
    let way: Vec<&String> = way
        .iter()
        .map(|&at| flow.nodes[at])
        .filter(|node| handles(node))
        .map(|node| &node.id)
        .collect();
    let names: Vec<&str> = way.iter().map(|id| id.as_str()).collect();
    let message = format!("a flow may pass through {depth} handlers: {}", names.join(" → "));
    vec![Found::new(way, message, ("handlers", depth))]
}
