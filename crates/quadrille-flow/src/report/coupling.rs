use crate::graph::{Graph, Kind, Node};
use quadrille_core::manifest::Manifest;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A component, what it needs of others, and what others need of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Coupling {
    /// Its name.
    pub component: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// How many aggregates it has.
    pub aggregates: usize,
    /// How many reactions and process managers.
    pub handlers: usize,
    /// How many read models.
    pub read_models: usize,
    /// Events of others that it reads.
    pub reads: BTreeSet<String>,
    /// Commands to others that it sends.
    pub sends: BTreeSet<String>,
    /// Events of its own that others read.
    pub read_by_others: BTreeSet<String>,
    /// Commands of its own that others send.
    pub sent_by_others: BTreeSet<String>,
    /// The components that it depends on.
    pub depends_on: BTreeSet<String>,
    /// The components that depend on it.
    pub needed_by: BTreeSet<String>,
}

impl Coupling {
    /// Efferent coupling: what it needs of others, events and commands.
    pub fn efferent(&self) -> usize {
        self.reads.len() + self.sends.len()
    }

    /// Afferent coupling: what others need of it.
    pub fn afferent(&self) -> usize {
        self.read_by_others.len() + self.sent_by_others.len()
    }

    /// Its part of what it needs in all that couples it, from 0 to 1: the instability of Martin
    /// ("OO design quality metrics", 1994). `None` where nothing couples it.
    pub fn instability(&self) -> Option<f64> {
        let all = self.efferent() + self.afferent();
        (all > 0).then(|| self.efferent() as f64 / all as f64)
    }
}

/// All components that have something in them, by their names.
pub(super) fn all(manifests: &[Manifest], graph: &Graph) -> Vec<Coupling> {
    let mut all: BTreeMap<String, Coupling> = BTreeMap::new();
    let parts = manifests.iter().flat_map(|manifest| &manifest.components);
    for part in parts.filter(|part| !part.is_empty()) {
        let known = all.entry(part.name.clone()).or_default();
        known.component.clone_from(&part.name);
        known.owner = known.owner.take().or_else(|| part.owner.clone());
        known.aggregates += part.aggregates.len();
        known.handlers += part.reactions.len() + part.processes.len();
        known.read_models += part.projectors.len();
    }
    for edge in &graph.edges {
        if let (Some(from), Some(to)) = (graph.node(&edge.from), graph.node(&edge.to)) {
            couple(&mut all, from, to);
        }
    }
    all.into_values().collect()
}

/// Counts an edge between two components for both.
fn couple(all: &mut BTreeMap<String, Coupling>, from: &Node, to: &Node) {
    if from.component == to.component {
        return;
    }
    let handles = |node: &Node| matches!(node.kind, Kind::Reaction | Kind::Process);
    let (user, used) = match (from.kind, to.kind) {
        (Kind::Event, Kind::Projector) => (to, from),
        (Kind::Event, _) if handles(to) => (to, from),
        (_, Kind::Command) if handles(from) => (from, to),
        _ => return,
    };
    let (user, owner) = (&user.component, &used.component);
    let command = used.kind == Kind::Command;
    if let Some(user) = user.as_ref().and_then(|name| all.get_mut(name)) {
        let needs = if command { &mut user.sends } else { &mut user.reads };
        needs.insert(used.name.clone());
        user.depends_on.extend(owner.clone());
    }
    if let Some(owner) = owner.as_ref().and_then(|name| all.get_mut(name)) {
        let gives = if command { &mut owner.sent_by_others } else { &mut owner.read_by_others };
        gives.insert(used.name.clone());
        owner.needed_by.extend(user.clone());
    }
}
