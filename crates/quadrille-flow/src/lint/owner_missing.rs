use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "owner-missing",
    level: Level::Warn,
    summary: "Nobody answers for a component, or for something outside.",
    way_out: "name who answers for it: `.owner(\"team-…\")`",
    limits: &[Limit::new("owners", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for part in model.components() {
        if part.owner.is_none() && !part.is_empty() {
            found.push(nobody(format!("component:{}", part.name)));
        }
    }
    // Several components may have to do with it, and one of them may know its owner.
    let owned: BTreeSet<&String> =
        model.externals().filter(|one| one.owner.is_some()).map(|one| &one.name).collect();
    let all: BTreeSet<&String> = model.externals().map(|one| &one.name).collect();
    found.extend(all.difference(&owned).map(|name| nobody(Kind::External.id(name))));
    if limits.of("owners") < 1.0 { Vec::new() } else { found }
}

fn nobody(id: String) -> Found {
    let message = format!("nobody answers for {id}");
    Found::new([id], message, ("owners", 0))
}
