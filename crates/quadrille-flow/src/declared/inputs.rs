use crate::graph::{Edge, Graph, Kind, Node};
use quadrille_core::manifest::{ProcessManifest, StepManifest};

/// A declared graph without what is outside, where nobody knows what leads to what, and with a node
/// for each input of these process managers in place of all of them: one input leads to what another
/// does only where it says so.
pub(crate) fn by_input<'a>(
    graph: &Graph,
    processes: impl IntoIterator<Item = &'a ProcessManifest>,
) -> Graph {
    let kept = |node: &&Node| !matches!(node.kind, Kind::Process | Kind::External);
    let mut nodes: Vec<Node> = graph.nodes.iter().filter(kept).cloned().collect();
    let mut edges = graph.edges.clone();
    for process in processes {
        let whole = graph.node(&Kind::Process.id(&process.name));
        for step in &process.steps {
            let mut node = Node::new(Kind::Process, format!("{}/{}", process.name, step.input));
            node.component = whole.and_then(|whole| whole.component.clone());
            node.owner = whole.and_then(|whole| whole.owner.clone());
            edges.extend(step_edges(process, step, &node.id));
            nodes.push(node);
        }
    }
    Graph::new(nodes, edges)
}

/// The node of the graph that a node of a graph by inputs stands for.
pub(crate) fn by_input_of(node: &Node) -> String {
    match (node.kind, node.id.split_once('/')) {
        (Kind::Process, Some((process, _))) => process.to_owned(),
        _ => node.id.clone(),
    }
}

fn step_edges(process: &ProcessManifest, step: &StepManifest, id: &str) -> Vec<Edge> {
    let deadline = |input: &str| Kind::Deadline.id(&format!("{}.{input}", process.name));
    let mut from: Vec<String> = step.reads.iter().map(|read| read.event.clone()).collect();
    match &*step.trigger {
        "deadline" => from.push(deadline(&step.input)),
        "rejection" => from
            .extend(process.steps.iter().flat_map(|s| &s.sends).map(|name| Kind::Command.id(name))),
        _ => {}
    }
    let to = step.sends.iter().map(|name| Kind::Command.id(name));
    let to = to.chain(step.sets.iter().map(|input| deadline(input)));
    let from = from.into_iter().map(|from| Edge::new(from, id));
    from.chain(to.map(|to| Edge::new(id, to))).collect()
}
