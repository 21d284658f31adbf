use super::{
    Level,
    flow::Flow,
    model::Model,
    rule::{Found, Limit, Limits, Rule},
};
use crate::graph::{Edge, Graph, Kind, Node};

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
        let subjects = way.iter().map(|&at| subject(flow.nodes[at]));
        Found::new(subjects, message, ("loops", count))
    };
    loops.into_iter().map(found).collect()
}

/// The graph without what is outside, where nobody knows what leads to what, and with a node for
/// each input of a process manager: one input leads to what another does only where it says so. A
/// process manager that completes is left out: no loop goes on through it for ever.
fn steps(model: &Model<'_>) -> Graph {
    let kept = |node: &&Node| !matches!(node.kind, Kind::Process | Kind::External);
    let mut nodes: Vec<Node> = model.graph.nodes.iter().filter(kept).cloned().collect();
    let mut edges = model.graph.edges.clone();
    for process in model.processes().filter(|process| process.completing().next().is_none()) {
        for step in &process.steps {
            let node = Node::new(Kind::Process, format!("{}/{}", process.name, step.input));
            let deadline = |input: &str| Kind::Deadline.id(&format!("{}.{input}", process.name));
            let mut from: Vec<String> = step.reads.iter().map(|read| read.event.clone()).collect();
            match &*step.trigger {
                "deadline" => from.push(deadline(&step.input)),
                "rejection" => from.extend(
                    process.steps.iter().flat_map(|s| &s.sends).map(|name| Kind::Command.id(name)),
                ),
                _ => {}
            }
            let to = step.sends.iter().map(|name| Kind::Command.id(name));
            let to = to.chain(step.sets.iter().map(|input| deadline(input)));
            edges.extend(from.into_iter().map(|from| Edge::new(from, &node.id)));
            edges.extend(to.map(|to| Edge::new(&node.id, to)));
            nodes.push(node);
        }
    }
    Graph::new(nodes, edges)
}

/// The node of the flow graph that a node stands for.
fn subject(node: &Node) -> String {
    match (node.kind, node.id.split_once('/')) {
        (Kind::Process, Some((process, _))) => process.to_owned(),
        _ => node.id.clone(),
    }
}
