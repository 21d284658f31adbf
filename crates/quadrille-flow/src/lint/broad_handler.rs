use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
    text::counted,
};
use crate::graph::Kind;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "broad-handler",
    level: Level::Warn,
    summary: "A reaction reads many types of events.",
    way_out: "give each thing that it does a reaction of its own, with a view of only what that needs",
    limits: &[Limit::new("event_types", 5.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let readers = model.readers().into_iter().filter(|reader| reader.kind == Kind::Reaction);
    readers
        .filter_map(|reader| {
            let types = reader.reads.iter().map(|read| &read.event).collect::<BTreeSet<_>>().len();
            let message = format!("{} reads {}", reader.id, counted(types, "event type"));
            let found = || Found::new([&reader.id], message, ("event_types", types));
            (types as f64 > limits.of("event_types")).then(found)
        })
        .collect()
}
