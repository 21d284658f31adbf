use crate::graph::{Graph, Kind};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// Who reads an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FanOut {
    /// The event's type.
    pub event: String,
    /// The component that it is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Reactions and process managers.
    pub handlers: Vec<String>,
    /// Read models.
    pub read_models: Vec<String>,
    /// Readers outside.
    pub outside: Vec<String>,
}

/// Events that several read, those with most handlers first.
pub(super) fn all(graph: &Graph) -> Vec<FanOut> {
    let events = graph.nodes.iter().filter(|node| node.kind == Kind::Event);
    let mut all: Vec<FanOut> = events
        .map(|event| {
            let readers = graph.edges.iter().filter(|edge| edge.from == event.id);
            let readers: Vec<_> = readers.filter_map(|edge| graph.node(&edge.to)).collect();
            let of = |kinds: &[Kind]| {
                let of = readers.iter().filter(|node| kinds.contains(&node.kind));
                of.map(|node| node.id.clone()).collect()
            };
            FanOut {
                event: event.id.clone(),
                component: event.component.clone(),
                handlers: of(&[Kind::Reaction, Kind::Process]),
                read_models: of(&[Kind::Projector]),
                outside: of(&[Kind::External]),
            }
        })
        .collect();
    all.retain(|event| event.readers() > 1);
    all.sort_by_key(|event| Reverse((event.handlers.len(), event.readers())));
    all
}

impl FanOut {
    /// How many read it.
    pub fn readers(&self) -> usize {
        self.handlers.len() + self.read_models.len() + self.outside.len()
    }
}
