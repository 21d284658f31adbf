//! A flow graph: what leads to what.
//!
//! What the code declares and what the log shows have this one shape, and the same things have the
//! same ids in both, so that they can be drawn alike and compared.

mod diff;

use quadrille_core::Position;
use serde::{Deserialize, Serialize};

/// What leads to what. Nodes and edges lie in the order of their ids, so that equal graphs are
/// written alike.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Graph {
    /// What there is.
    pub nodes: Vec<Node>,
    /// What leads to what.
    pub edges: Vec<Edge>,
}

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An event type.
    Event,
    /// A command.
    Command,
    /// A stateless reaction.
    Reaction,
    /// A process manager.
    Process,
    /// A deadline of a process manager.
    Deadline,
    /// A read model.
    Projector,
    /// Something outside, which emits or consumes events.
    External,
}

/// Something that takes part in a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// What edges call it: see [`Kind::id`].
    pub id: String,
    /// What it stands for.
    pub kind: Kind,
    /// How people call it.
    pub name: String,
    /// The component that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How often it was seen; `None` where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Flows that began with it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub starts: u64,
    /// Flows that have ended with it so far.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub ends: u64,
    /// Its place in the log: where it was first seen, or first declared without a break since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
    /// What became of it between two graphs.
    #[serde(default, skip_serializing_if = "Change::is_none")]
    pub change: Change,
}

/// That one thing leads to another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Edge {
    /// The cause: a node's id.
    pub from: String,
    /// The effect: a node's id.
    pub to: String,
    /// How often it was seen; `None` where nobody looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
    /// Its part of all that was seen to leave `from`, from 0 to 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
    /// The time from cause to effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<Latency>,
    /// How many of them ended in a refusal.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rejected: u64,
    /// How many of them took more than one attempt.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub retried: u64,
    /// Its place in the log: where it was first seen, or first declared without a break since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Position>,
    /// What became of it between two graphs.
    #[serde(default, skip_serializing_if = "Change::is_none")]
    pub change: Change,
}

/// How long an effect took, in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Latency {
    /// Half of them took no longer.
    pub p50_micros: u64,
    /// 95 of 100 took no longer.
    pub p95_micros: u64,
    /// 99 of 100 took no longer.
    pub p99_micros: u64,
}

/// What became of something between two graphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is in both, or there is only one.
    #[default]
    None,
    /// It is only in the second.
    Added,
    /// It is only in the first.
    Removed,
}

impl Change {
    /// Whether nothing changed.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Kind {
    /// The id of a node of this kind: an event's is its type, any other's begins with the kind, as
    /// in `command:order.place`.
    pub fn id(self, name: &str) -> String {
        let kind = match self {
            Self::Event => return name.to_owned(),
            Self::Command => "command",
            Self::Reaction => "reaction",
            Self::Process => "process",
            Self::Deadline => "deadline",
            Self::Projector => "projector",
            Self::External => "external",
        };
        format!("{kind}:{name}")
    }
}

impl Node {
    /// A node of which nothing else is known.
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            id: kind.id(&name),
            kind,
            name,
            component: None,
            owner: None,
            count: None,
            starts: 0,
            ends: 0,
            since: None,
            change: Change::None,
        }
    }
}

impl Edge {
    /// An edge of which nothing else is known.
    pub fn new(from: impl Into<String>, to: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            to: to.into(),
            count: None,
            share: None,
            latency: None,
            rejected: 0,
            retried: 0,
            since: None,
            change: Change::None,
        }
    }
}

impl Graph {
    /// A graph of these, each once, in order. Where a node or an edge is given twice, the first
    /// one stays.
    pub fn new(
        nodes: impl IntoIterator<Item = Node>,
        edges: impl IntoIterator<Item = Edge>,
    ) -> Self {
        let mut graph =
            Self { nodes: nodes.into_iter().collect(), edges: edges.into_iter().collect() };
        graph.nodes.sort_by(|a, b| a.id.cmp(&b.id));
        graph.nodes.dedup_by(|b, a| a.id == b.id);
        graph.edges.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
        graph.edges.dedup_by(|b, a| (&a.from, &a.to) == (&b.from, &b.to));
        graph
    }

    /// The node with this id.
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }

    /// The edge from one node to another.
    pub fn edge(&self, from: &str, to: &str) -> Option<&Edge> {
        self.edges.iter().find(|edge| edge.from == from && edge.to == to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_in_order_and_holds_everything_once() {
        let node = |name: &str, count| Node { count, ..Node::new(Kind::Event, name) };
        let nodes = [node("b", Some(1)), node("a", None), node("b", None)];
        let edges = [Edge::new("b", "a"), Edge::new("a", "b"), Edge::new("b", "a")];
        let graph = Graph::new(nodes, edges);
        assert_eq!(graph.nodes, [node("a", None), node("b", Some(1))]);
        assert_eq!(graph.edges, [Edge::new("a", "b"), Edge::new("b", "a")]);
    }

    #[test]
    fn what_nobody_looked_for_is_not_written() {
        let graph = Graph::new([Node::new(Kind::Command, "order.place")], []);
        let json = r#"{"nodes":[{"id":"command:order.place","kind":"command","name":"order.place"}],"edges":[]}"#;
        assert_eq!(serde_json::to_string(&graph).unwrap(), json);
        assert_eq!(serde_json::from_str::<Graph>(json).unwrap(), graph);
    }
}
