use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;
use quadrille_core::manifest::ReadManifest;
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    name: "hidden-temporal-coupling",
    level: Level::Warn,
    summary: "Handlers of one event send commands to one aggregate: what it decides for one may depend on the other, and nothing says which comes first.",
    way_out: "let the second react to the event that the first leads to, send both commands from one handler, or show by a test with both orders that it does not matter",
    limits: &[Limit::new("handlers", 1.0)],
    check,
};

/// The handlers that react to an event with commands to aggregates of a category.
type Senders<'a> = BTreeMap<(&'a str, &'a str), BTreeSet<String>>;

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let mut senders = Senders::new();
    for part in model.components() {
        for reaction in &part.reactions {
            let id = Kind::Reaction.id(&reaction.name);
            add(&mut senders, &reaction.reads, &reaction.sends, &id);
        }
        for process in &part.processes {
            let id = Kind::Process.id(&process.name);
            for step in &process.steps {
                add(&mut senders, &step.reads, &step.sends, &id);
            }
        }
    }
    let crowded = senders.into_iter().filter(|(_, all)| all.len() as f64 > limits.of("handlers"));
    crowded
        .map(|((event, category), handlers)| {
            let names: Vec<&str> = handlers.iter().map(|id| &**id).collect();
            let message = format!(
                "{} all react to {event} with commands to {category}, in any order",
                names.join(", "),
            );
            let count = handlers.len();
            Found::new(handlers.into_iter().chain([event.to_owned()]), message, ("handlers", count))
        })
        .collect()
}

fn add<'a>(into: &mut Senders<'a>, reads: &'a [ReadManifest], sends: &'a [String], id: &str) {
    for read in reads {
        for category in sends.iter().filter_map(|name| Some(name.split_once('.')?.0)) {
            into.entry((&*read.event, category)).or_default().insert(id.to_owned());
        }
    }
}
