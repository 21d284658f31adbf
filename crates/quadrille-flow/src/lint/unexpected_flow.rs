use super::{
    Level,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::expected::{DeviationTally, FlowReport};

pub(super) const RULE: Rule = Rule {
    name: "unexpected-flow",
    level: Level::Deny,
    summary: "Flows do not go as they are expected to.",
    way_out: "look at such a flow with `quadrille trace`, and mend it or its specification",
    limits: &[Limit::new("share", 0.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let mut all = Vec::new();
    for report in model.expected() {
        if report.flows == 0 {
            let message = format!("{}: no flow on this store is one of these", report.expected);
            let found = Found::new([subject(report)], message, ("share", 0));
            all.push(found.doubtful());
        }
        let share = |tally: &DeviationTally| tally.flows as f64 / report.flows as f64;
        let too_many = report.deviations.iter().filter(|tally| share(tally) > limits.of("share"));
        all.extend(too_many.map(|tally| found(report, tally).measured(share(tally))));
    }
    all
}

fn found(report: &FlowReport, tally: &DeviationTally) -> Found {
    let about = (!tally.step.is_empty()).then(|| tally.step.clone());
    let subjects = about.into_iter().chain([subject(report)]);
    let example = tally.examples.first();
    let example = example.map(|example| format!(": in {}, {}", example.flow, example.deviation));
    let message = format!(
        "{}: {} {} in {} of {} flows{}",
        report.expected,
        tally.step,
        tally.kind,
        tally.flows,
        report.flows,
        example.unwrap_or_default()
    );
    Found::new(subjects, message, ("share", 0))
}

/// What `allow` calls a specification.
fn subject(report: &FlowReport) -> String {
    format!("flow:{}", report.expected)
}
