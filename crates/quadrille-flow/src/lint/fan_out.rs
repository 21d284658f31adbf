use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::{Kind, Node};

pub(super) const RULE: Rule = Rule {
    name: "fan-out",
    level: Level::Warn,
    summary: "Many handlers react to one event.",
    way_out: "emit events that say more precisely what happened, or let handlers react to the outcomes of others",
    limits: &[Limit::new("handlers", 6.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let events = model.graph.nodes.iter().filter(|node| node.kind == Kind::Event);
    events
        .filter_map(|event| {
            // Read models change nothing: there may be as many as people need.
            let reacts = |node: &&Node| node.kind != Kind::Projector;
            let handlers = model.from(&event.id).filter(reacts).count();
            let message = format!("{handlers} handlers react to {}", event.name);
            let found = || Found::new([&event.id], message, ("handlers", handlers));
            (handlers as f64 > limits.of("handlers")).then(found)
        })
        .collect()
}
