use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::Kind;

pub(super) const RULE: Rule = Rule {
    name: "process-without-completion",
    level: Level::Deny,
    summary: "No input of a process manager completes it: its instances stay open for ever.",
    way_out: "mark the input that ends it with `completes`, and call `out.complete()`; a process that never ends is worth a reason",
    limits: &[Limit::new("completions", 1.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    model
        .processes()
        .filter_map(|process| {
            let completions = process.completing().count();
            let id = Kind::Process.id(&process.name);
            let message = match completions {
                0 => format!("no input completes {id}"),
                more => format!("only {more} of the inputs of {id} complete it"),
            };
            let found = || Found::new([id], message, ("completions", completions));
            ((completions as f64) < limits.of("completions")).then(found)
        })
        .collect()
}
