use crate::{
    declared::{by_input, by_input_of},
    graph::{Graph, Kind, Node},
    lint::flow::Flow,
};
use quadrille_core::manifest::Manifest;
use serde::{Deserialize, Serialize};

/// A flow, and who knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// What it begins with: a command from outside, or an event that something outside emits.
    pub entry: String,
    /// Who begins it, where somebody declared that.
    pub from: Vec<Outside>,
    /// The components on its way, in the order in which it reaches them.
    pub parts: Vec<Part>,
    /// How many event types may follow.
    pub events: usize,
    /// How many commands.
    pub commands: usize,
    /// Handlers on its longest way, one after the other; a loop counts once.
    pub depth: usize,
    /// Handlers of the one of its events that has most.
    pub widest: usize,
}

/// Somebody outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Who.
    pub name: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
}

/// What a component has to do with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The component; `None` for what nobody declares.
    pub component: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its reactions and process managers on the way.
    pub handlers: Vec<String>,
    /// Whether it decides: a command of its own is on the way.
    pub decides: bool,
    /// Its read models of what happens.
    pub read_models: Vec<String>,
}

/// All flows, by what they begin with.
pub(super) fn all(manifests: &[Manifest], graph: &Graph) -> Vec<Known> {
    let parts = manifests.iter().flat_map(|manifest| &manifest.components);
    let steps = by_input(graph, parts.flat_map(|part| &part.processes));
    let flow = Flow::of(&steps, |_| true);
    let entries = graph.nodes.iter().filter(|node| is_entry(graph, node));
    entries.filter_map(|entry| known(graph, &steps, &flow, entry)).collect()
}

/// Whether a flow begins with it: somebody outside sends or emits it, or nobody says who does.
fn is_entry(graph: &Graph, node: &Node) -> bool {
    let mut before = before(graph, &node.id).peekable();
    matches!(node.kind, Kind::Command | Kind::Event)
        && (before.peek().is_none() || before.any(|node| node.kind == Kind::External))
}

fn before<'a>(graph: &'a Graph, id: &'a str) -> impl Iterator<Item = &'a Node> {
    let into = graph.edges.iter().filter(move |edge| edge.to == id);
    into.filter_map(|edge| graph.node(&edge.from))
}

fn known(graph: &Graph, steps: &Graph, flow: &Flow<'_>, entry: &Node) -> Option<Known> {
    let distances = flow.distances(flow.place(&entry.id)?);
    let reached = flow.nodes.iter().zip(&distances);
    let mut reached: Vec<(usize, &Node)> =
        reached.filter_map(|(node, distance)| Some(((*distance)?, *node))).collect();
    reached.sort_by_key(|(distance, _)| *distance);
    let reached: Vec<&Node> = reached.into_iter().map(|(_, node)| node).collect();
    let of = |kind: Kind| reached.iter().filter(|node| node.kind == kind).count();
    let is_reached = |node: &Node| reached.iter().any(|other| other.id == node.id);
    let (depth, _) = Flow::of(steps, is_reached).heaviest(|node| usize::from(handles(node)));
    let events = reached.iter().filter(|node| node.kind == Kind::Event);
    let outside = before(graph, &entry.id).filter(|node| node.kind == Kind::External);
    Some(Known {
        entry: entry.id.clone(),
        from: outside
            .map(|node| Outside { name: node.name.clone(), owner: node.owner.clone() })
            .collect(),
        parts: parts(&reached),
        events: of(Kind::Event),
        commands: of(Kind::Command),
        depth,
        widest: events.map(|event| handlers_of(graph, &event.id)).max().unwrap_or(0),
    })
}

fn handles(node: &Node) -> bool {
    matches!(node.kind, Kind::Reaction | Kind::Process)
}

fn handlers_of(graph: &Graph, event: &str) -> usize {
    let readers = graph.edges.iter().filter(|edge| edge.from == event);
    readers.filter_map(|edge| graph.node(&edge.to)).filter(|node| handles(node)).count()
}

fn parts(reached: &[&Node]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for node in reached {
        let at = parts.iter().position(|part| part.component == node.component);
        let at = at.unwrap_or_else(|| {
            let (component, owner) = (node.component.clone(), node.owner.clone());
            let (handlers, read_models) = (Vec::new(), Vec::new());
            parts.push(Part { component, owner, handlers, decides: false, read_models });
            parts.len() - 1
        });
        let part = &mut parts[at];
        let (id, list) = match node.kind {
            Kind::Reaction | Kind::Process => (by_input_of(node), &mut part.handlers),
            Kind::Projector => (node.id.clone(), &mut part.read_models),
            Kind::Command => {
                part.decides = true;
                continue;
            }
            _ => continue,
        };
        if !list.contains(&id) {
            list.push(id);
        }
    }
    // An event that nobody declares says of nobody that it knows the flow.
    parts.retain(|part| part.component.is_some() || !part.handlers.is_empty() || part.decides);
    parts
}
