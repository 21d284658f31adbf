use super::{
    Level,
    model::{Model, Reader},
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;
use quadrille_core::manifest::EventManifest;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "upcaster-gap",
    level: Level::Deny,
    summary: "An event is written, or lies in the log, in a version that its reader does not know.",
    way_out: "keep the old payload in `#[event(was(…))]`, or read its version in the view: `versions = 1..=2`",
    limits: &[Limit::new("versions", 0.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    let readers = model.readers();
    for app in model.apps() {
        let aggregates = app.components.iter().flat_map(|component| &component.aggregates);
        for event in aggregates.flat_map(|aggregate| &aggregate.events) {
            found.extend(of_owner(model, event));
            let gap = |reader| of_reader(model, (&app.app, event), reader);
            found.extend(readers.iter().filter_map(gap));
        }
    }
    found.retain(|gap| gap.measure.1 > limits.of("versions"));
    found
}

/// Versions of an event that the log is known to hold.
fn known(model: &Model<'_>, event: &EventManifest) -> BTreeSet<u32> {
    let seen = model.seen(&event.name).into_iter();
    seen.flat_map(|seen| [seen.first.schema_version, seen.last.schema_version]).collect()
}

fn of_owner(model: &Model<'_>, event: &EventManifest) -> Option<Found> {
    let mut unread = known(model, event);
    unread.retain(|version| !(event.reads_from..=event.version).contains(version));
    let what = format!("its owner reads versions {} to {}", event.reads_from, event.version);
    gap(event, &event.name, &what, unread)
}

/// The gap of a reader. One in another app may have been of an app that is gone, or is replaced at
/// another time.
fn of_reader(
    model: &Model<'_>,
    (app, event): (&str, &EventManifest),
    reader: &Reader<'_>,
) -> Option<Found> {
    let reads: Vec<_> = reader.reads.iter().filter(|read| read.event == event.name).collect();
    let (from, to) = (
        reads.iter().map(|read| read.from_version).min()?,
        reads.iter().map(|read| read.to_version).max()?,
    );
    let mut unread = BTreeSet::from([event.version]);
    // Read models begin at the start of the log; others may have begun behind the old versions.
    if reader.kind == Kind::Projector {
        unread.extend(known(model, event));
    }
    unread.retain(|version| !(from..=to).contains(version));
    if reader.app == app {
        let what = format!("{} reads versions {from} to {to}", reader.id);
        return gap(event, &reader.id, &what, unread);
    }
    let what = format!("{} of the app {} reads versions {from} to {to}", reader.id, reader.app);
    gap(event, &reader.id, &what, unread).map(Found::doubtful)
}

fn gap(event: &EventManifest, who: &str, what: &str, unread: BTreeSet<u32>) -> Option<Found> {
    if unread.is_empty() {
        return None;
    }
    let versions: Vec<String> = unread.iter().map(u32::to_string).collect();
    let name = &event.name;
    let message = format!("{name} has version {}, and {what}", versions.join(" and "));
    let subjects = if who == name { vec![name.as_str()] } else { vec![who, name] };
    Some(Found::new(subjects, message, ("versions", unread.len())))
}
