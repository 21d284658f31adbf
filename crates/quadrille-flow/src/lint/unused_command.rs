use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::{Graph, Kind};

pub(super) const RULE: Rule = Rule {
    name: "unused-command",
    level: Level::Warn,
    summary: "Nobody declares to send a command.",
    way_out: "declare who sends it: `.sends` behind a reaction, `External::sends` for callers outside; or remove it",
    limits: &[Limit::new("senders", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let commands = model.aggregates().flat_map(|aggregate| &aggregate.commands);
    commands
        .filter_map(|command| {
            let id = Kind::Command.id(&command.name);
            let senders = model.into(&id).count();
            let was_sent = model.observed().is_some_and(|graph| was_sent(graph, &id));
            if senders as f64 >= limits.of("senders") || was_sent {
                return None;
            }
            let who = match senders {
                0 => "nobody declares".to_owned(),
                more => format!("only {more} declare"),
            };
            let message = format!("{who} to send {}", command.name);
            Some(Found::new([id], message, ("senders", senders)))
        })
        .collect()
}

/// One whose cause lies in another log is not counted, but what it led to is there.
fn was_sent(observed: &Graph, id: &str) -> bool {
    let counted = observed.node(id).is_some_and(|node| node.count.is_some_and(|count| count > 0));
    counted || observed.edges.iter().any(|edge| edge.from == id)
}
