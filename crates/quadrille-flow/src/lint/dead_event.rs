use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;

pub(super) const RULE: Rule = Rule {
    name: "dead-event",
    level: Level::Warn,
    summary: "An event is emitted, and nobody reads it.",
    way_out: "declare who reads it outside (`External::reads`), let somebody read it, or stop emitting it",
    limits: &[Limit::new("consumers", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let events = model.graph.nodes.iter().filter(|node| node.kind == Kind::Event);
    let emitted = events.filter(|event| model.into(&event.id).next().is_some());
    emitted
        .filter_map(|event| {
            let consumers = model.from(&event.id).count();
            let name = &event.name;
            let readers = match consumers {
                0 => "nobody reads it".to_owned(),
                1 => "one consumer reads it".to_owned(),
                more => format!("{more} consumers read it"),
            };
            let message = format!("{name} is emitted, and {readers}{}", model.last_seen(name));
            let found = || Found::new([&event.id], message, ("consumers", consumers));
            ((consumers as f64) < limits.of("consumers")).then(found)
        })
        .collect()
}
