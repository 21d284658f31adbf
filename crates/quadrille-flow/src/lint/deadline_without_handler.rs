use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;
use std::collections::BTreeSet;

pub(super) const RULE: Rule = Rule {
    name: "deadline-without-handler",
    level: Level::Deny,
    summary: "A process manager sets a deadline that no input of it takes.",
    way_out: "add an input of this name with `#[on(deadline)]`, or do not set it",
    limits: &[Limit::new("handlers", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for process in model.processes() {
        let set: BTreeSet<&String> = process.steps.iter().flat_map(|step| &step.sets).collect();
        for deadline in set {
            let takes =
                process.steps.iter().filter(|s| s.trigger == "deadline" && s.input == *deadline);
            let handlers = takes.count();
            if (handlers as f64) < limits.of("handlers") {
                let id = Kind::Process.id(&process.name);
                let message = format!("{id} sets the deadline {deadline}, and no input takes it");
                let deadline = Kind::Deadline.id(&format!("{}.{deadline}", process.name));
                found.push(Found::new([id, deadline], message, ("handlers", handlers)));
            }
        }
    }
    found
}
