use super::{
    Level,
    flow::Flow,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::{
    graph::{Edge, Graph, Kind},
    observed::Before,
};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const RULE: Rule = Rule {
    name: "always-before",
    level: Level::Warn,
    summary: "An event has always come before another one, did not lead to it, and handlers may rely on it.",
    way_out: "let the second follow from the first, wait for both in a process manager, or show by a test with both orders that it does not matter",
    limits: &[Limit::new("flows", 20.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let Some(observed) = model.observed() else { return Vec::new() };
    let categories = categories(model);
    let category = |event: &str| match categories.get(event) {
        Some(category) => (*category).to_owned(),
        None => prefix(event).to_owned(),
    };
    // Events of one stream are in order.
    let of_one = |pair: &&Before| category(&pair.first) == category(&pair.then);
    let pairs = model.always_before();
    let ordered = with_streams(observed, pairs.iter().filter(of_one));
    let causes = Causes::of(Flow::of(&ordered, |_| true), pairs);
    let by_chance = pairs.iter().filter(|pair| {
        pair.flows as f64 >= limits.of("flows")
            && !of_one(pair)
            && !causes.lead(&pair.first, &pair.then)
    });
    let relied = by_chance.filter_map(|pair| {
        let handlers = handlers(model, pair, &category(&pair.first));
        (!handlers.is_empty()).then_some((pair, handlers))
    });
    let relied: Vec<_> = relied.collect();
    let first_of_all = |(at, (pair, _)): &(usize, &(&Before, BTreeSet<String>))| {
        let others = relied.iter().enumerate().filter(|(other, _)| other != at);
        !others.into_iter().any(|(other, (why, _))| {
            causes.explain(why, pair) && (other < *at || !causes.explain(pair, why))
        })
    };
    let told = relied.iter().enumerate().filter(first_of_all);
    told.map(|(_, (pair, handlers))| found(pair, handlers)).collect()
}

/// What leads to what, and what comes before what in one stream: an aggregate that emits the one may
/// have waited for the other.
fn with_streams<'a>(observed: &Graph, pairs: impl Iterator<Item = &'a Before>) -> Graph {
    let edges = pairs.map(|pair| Edge::new(&pair.first, &pair.then));
    Graph::new(observed.nodes.iter().cloned(), observed.edges.iter().cloned().chain(edges))
}

fn found(Before { first, then, flows }: &Before, handlers: &BTreeSet<String>) -> Found {
    let names: Vec<&str> = handlers.iter().map(String::as_str).collect();
    let message = format!(
        "{first} has come before {then} in all of {flows} flows and did not lead to it; {} may rely on it",
        names.join(", ")
    );
    let subjects = handlers.iter().chain([then, first]);
    Found::new(subjects, message, ("flows", 0)).measured(*flows as f64)
}

/// Handlers for which it may matter: they take both events, or answer the second with a command to the
/// aggregate of the first.
fn handlers(model: &Model<'_>, pair: &Before, category: &str) -> BTreeSet<String> {
    let mut handlers = BTreeSet::new();
    for reader in model.readers() {
        let reads = |event: &str| reader.reads.iter().any(|read| read.event == event);
        if reads(&pair.first) && reads(&pair.then) {
            handlers.insert(reader.id.clone());
        }
    }
    for part in model.components() {
        let reactions = part
            .reactions
            .iter()
            .map(|reaction| (Kind::Reaction.id(&reaction.name), &reaction.reads, &reaction.sends));
        let steps = part.processes.iter().flat_map(|process| {
            let id = Kind::Process.id(&process.name);
            process.steps.iter().map(move |step| (id.clone(), &step.reads, &step.sends))
        });
        for (id, reads, sends) in reactions.chain(steps) {
            let takes = reads.iter().any(|read| read.event == pair.then);
            if takes && sends.iter().any(|command| prefix(command) == category) {
                handlers.insert(id);
            }
        }
    }
    handlers
}

/// The category of the aggregate that each event is of.
fn categories<'a>(model: &Model<'a>) -> BTreeMap<&'a str, &'a str> {
    let events = |of: &'a quadrille_core::manifest::AggregateManifest| {
        of.events.iter().map(|event| (event.name.as_str(), of.category.as_str()))
    };
    model.aggregates().flat_map(events).collect()
}

fn prefix(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// What leads to what, directly or not, as far as it is asked for.
struct Causes<'a> {
    flow: Flow<'a>,
    distances: BTreeMap<String, Vec<Option<usize>>>,
}

impl<'a> Causes<'a> {
    fn of(flow: Flow<'a>, pairs: &[Before]) -> Self {
        let names: BTreeSet<&String> = pairs.iter().flat_map(|p| [&p.first, &p.then]).collect();
        let distances = names
            .into_iter()
            .filter_map(|name| Some((name.clone(), flow.distances(flow.place(name)?))));
        let distances = distances.collect();
        Self { flow, distances }
    }

    fn lead(&self, from: &str, to: &str) -> bool {
        let known = self.distances.get(from).zip(self.flow.place(to));
        known.is_some_and(|(distances, to)| distances[to].is_some())
    }

    /// Whether one pair is why the other one is as it is: what leads to its first event came before
    /// that, and what its second leads to comes behind.
    fn explain(&self, why: &Before, pair: &Before) -> bool {
        let leads = |from: &str, to: &str| from == to || self.lead(from, to);
        leads(&pair.first, &why.first) && leads(&why.then, &pair.then)
    }
}
