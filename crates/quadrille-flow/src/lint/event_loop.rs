use super::{
    Level,
    flow::Flow,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::{declared, graph::Graph};

pub(super) const RULE: Rule = Rule {
    name: "event-loop",
    level: Level::Warn,
    summary: "Events lead to themselves, and nothing that remembers stops them.",
    way_out: "let a process manager that completes count the rounds, or say with `#[emits(…)]` what the commands of the loop lead to",
    limits: &[Limit::new("loops", 0.0)],
    check,
};

fn check(model: &Model<'_>, limits: &Limits<'_>) -> Vec<Found> {
    let steps = steps(model);
    let flow = Flow::of(&steps, |_| true);
    let parts = flow.strong();
    let mut loops: Vec<Vec<usize>> =
        parts.iter().filter_map(|part| flow.cycle(*part.iter().min()?)).collect();
    loops.sort_unstable();
    if loops.len() as f64 <= limits.of("loops") {
        return Vec::new();
    }
    let count = loops.len();
    let found = |way: Vec<usize>| {
        let names: Vec<&str> = way.iter().map(|&at| &*flow.nodes[at].name).collect();
        let message = format!("{} → {}", names.join(" → "), names[0]);
        let subjects = way.iter().map(|&at| declared::by_input_of(flow.nodes[at]));
        Found::new(subjects, message, ("loops", count))
    };
    loops.into_iter().map(found).collect()
}

/// The graph by inputs. A process manager that completes is left out: no loop goes on through it
/// for ever.
fn steps(model: &Model<'_>) -> Graph {
    let endless = model.processes().filter(|process| process.completing().next().is_none());
    declared::by_input(&model.graph, endless)
}
