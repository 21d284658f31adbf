use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
    text::counted,
};
use crate::graph::Kind;
use quadrille_core::manifest::ProcessManifest;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "god-coordinator",
    level: Level::Warn,
    summary: "A process manager knows too many aggregates, inputs and data of others.",
    way_out: "split it along the aggregates that it knows: one process manager for each promise that must be kept in time",
    limits: &[
        Limit::new("aggregates", 4.0),
        Limit::new("inputs", 10.0),
        Limit::new("foreign_fields", 16.0),
    ],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    model.processes().filter_map(|process| one(model, process, limits)).collect()
}

/// One finding for each process manager, with the measure that is furthest beyond its limit.
fn one(model: &Model<'_>, process: &ProcessManifest, limits: &Limits<'_>) -> Option<Found> {
    let (aggregates, fields) = (aggregates(model, process), foreign_fields(model, process));
    let inputs = process.steps.len();
    let measures = [("aggregates", aggregates), ("inputs", inputs), ("foreign_fields", fields)];
    let beyond = |(name, value): &(&str, usize)| *value as f64 / limits.of(name);
    let too_much = measures.into_iter().filter(|(name, value)| *value as f64 > limits.of(name));
    let worst = too_much.max_by(|a, b| beyond(a).total_cmp(&beyond(b)))?;
    let id = Kind::Process.id(&process.name);
    let message = format!(
        "{id} knows {}, takes {} and reads {} of others' events",
        counted(aggregates, "aggregate"),
        counted(inputs, "input"),
        counted(fields, "field"),
    );
    Some(Found::new([id], message, worst))
}

/// Aggregates whose events it reads or to which it sends commands.
fn aggregates(model: &Model<'_>, process: &ProcessManifest) -> usize {
    let owner_of = |event: &str| {
        let mut all = model.aggregates();
        let owner = all.find(|one| one.events.iter().any(|owned| owned.name == event));
        owner.map(|owner| owner.category.clone())
    };
    let prefix = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
    let steps = || process.steps.iter();
    let read = steps().flat_map(|step| &step.reads);
    let read = read.map(|read| owner_of(&read.event).unwrap_or_else(|| prefix(&read.event)));
    let sent = steps().flat_map(|step| &step.sends).map(|name| prefix(name));
    read.chain(sent).collect::<BTreeSet<_>>().len()
}

/// Fields of events that other components own.
fn foreign_fields(model: &Model<'_>, process: &ProcessManifest) -> usize {
    let component = |id: &str| model.graph.node(id).and_then(|node| node.component.clone());
    let own = component(&Kind::Process.id(&process.name));
    let reads = process.steps.iter().flat_map(|step| &step.reads);
    let foreign = reads.filter(|read| component(&read.event) != own);
    let fields =
        foreign.flat_map(|read| read.fields.iter().map(|field| (&read.event, &field.name)));
    fields.collect::<BTreeSet<_>>().len()
}
