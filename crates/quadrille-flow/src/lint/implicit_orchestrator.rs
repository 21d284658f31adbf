use super::{
    Level,
    flow::Flow,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::{Kind, Node};

pub(super) const RULE: Rule = Rule {
    name: "implicit-orchestrator",
    level: Level::Warn,
    summary: "Most of what leads from one thing to another leads through a single reaction.",
    way_out: "make it a process manager, whose state and steps are in the log, or let the others react to each other's events",
    limits: &[Limit::new("betweenness", 0.5)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    // Read models and what is outside lead nowhere: they only make the rest seem less central.
    let leads_on = |node: &Node| !matches!(node.kind, Kind::Projector | Kind::External);
    let flow = Flow::of(model.observed().unwrap_or(&model.graph), leads_on);
    let between = flow.betweenness();
    let central = flow.nodes.iter().zip(between).filter(|(node, between)| {
        node.kind == Kind::Reaction && *between > limits.of("betweenness")
    });
    central
        .map(|(node, between)| {
            let percent = (between * 100.0).round();
            let message =
                format!("{percent} % of all ways through the flow lead through {}", node.id);
            let found = Found::new([&node.id], message, ("betweenness", 0));
            found.measured((between * 1_000.0).round() / 1_000.0)
        })
        .collect()
}
