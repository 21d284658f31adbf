use super::{
    Allow, Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};

/// What it finds shows only when all others have run.
pub(super) const RULE: Rule = Rule {
    name: "unused-allow",
    level: Level::Warn,
    summary: "The settings allow something that no lint finds.",
    way_out: "remove it from the settings",
    limits: &[Limit::new("findings", 1.0)],
    check: |_: &Model<'_>, _: &Limits<'_>| Vec::new(),
};

pub(super) fn found(Allow { lint, subject, .. }: &Allow) -> Found {
    let message = format!("{lint} is allowed for {subject}, and was not found there");
    Found::new([subject], message, ("findings", 0))
}
