use super::{
    Level,
    model::{Model, Reader},
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;

pub(super) const RULE: Rule = Rule {
    name: "deaf-handler",
    level: Level::Deny,
    summary: "A handler waits for something that never comes.",
    way_out: "mend the name, declare who emits it outside (`External::emits`), or remove the handler once nothing waits for it",
    limits: &[Limit::new("producers", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let wanted = limits.of("producers");
    let mut found: Vec<Found> =
        model.readers().iter().flat_map(|reader| deaf(model, reader, wanted)).collect();
    for external in model.externals() {
        let unheard = external.reads.iter().filter(|event| model.into(event).next().is_none());
        found.extend(unheard.map(|event| {
            let id = Kind::External.id(&external.name);
            let message =
                format!("{id} reads {event}, which nobody emits{}", model.last_seen(event));
            Found::new([&id, event], message, ("producers", 0)).doubtful()
        }));
    }
    found.extend(unanswered(model));
    found
}

fn deaf(model: &Model<'_>, reader: &Reader<'_>, wanted: f64) -> Vec<Found> {
    let mut events: Vec<&str> = reader.reads.iter().map(|read| &*read.event).collect();
    events.sort_unstable();
    events.dedup();
    let one = |event: &str| {
        let producers = model.into(event).count();
        let seen = model.seen(event).is_some();
        // A read model is built from what was emitted in earlier days as well.
        let history = reader.kind == Kind::Projector && seen;
        if producers as f64 >= wanted || history {
            return None;
        }
        let who = match producers {
            0 => "nobody emits".to_owned(),
            more => format!("only {more} emit"),
        };
        let message = format!("{} reads {event}, which {who}{}", reader.id, model.last_seen(event));
        let found = Found::new([&*reader.id, event], message, ("producers", producers));
        // Another app, another store or an earlier release may emit it. But the events of an aggregate
        // that is declared here are all known.
        let misnamed = producers == 0 && !seen && is_of_an_aggregate_without_it(model, event);
        Some(if misnamed { found } else { found.doubtful() })
    };
    events.into_iter().filter_map(one).collect()
}

/// Whether an event's type says that it is of an aggregate, and that has no such event.
fn is_of_an_aggregate_without_it(model: &Model<'_>, event: &str) -> bool {
    let of = |category: &str| event.split_once('.').is_some_and(|(of, _)| of == category);
    let mut owners = model.aggregates().filter(|aggregate| of(&aggregate.category)).peekable();
    owners.peek().is_some()
        && owners.all(|aggregate| aggregate.events.iter().all(|known| known.name != event))
}

/// Inputs of process managers that nothing in themselves leads to. An instance that an earlier release
/// began may still wait for one.
fn unanswered(model: &Model<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for process in model.processes() {
        let id = Kind::Process.id(&process.name);
        let sends = process.steps.iter().any(|step| !step.sends.is_empty());
        for step in &process.steps {
            let set = || process.steps.iter().any(|other| other.sets.contains(&step.input));
            let waits_for = match &*step.trigger {
                "deadline" if !set() => "a deadline that it never sets",
                "rejection" if !sends => "refusals, and sends no command",
                _ => continue,
            };
            let message = format!("{id} waits in {} for {waits_for}", step.input);
            found.push(Found::new([&id], message, ("producers", 0)).doubtful());
        }
    }
    found
}
