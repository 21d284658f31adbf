use super::{Recorded, graph};
use crate::graph::Graph;
use quadrille_core::Position;
use std::collections::BTreeMap;

/// The graph of what the newest manifests of all apps declare, with the position since which each
/// node and edge is declared without a break: that of the oldest manifest of a row that goes on to
/// the newest, of whichever app declared it first.
///
/// `history` is as [`load_history`](super::load_history) hands it back.
pub fn dated(history: &[Recorded]) -> Graph {
    let apps: Vec<&[Recorded]> =
        history.chunk_by(|a, b| a.manifest.app == b.manifest.app).collect();
    let newest = apps.iter().filter_map(|app| app.last()).map(|recorded| &recorded.manifest);
    let mut all = graph(newest);
    let mut nodes: BTreeMap<String, Position> = BTreeMap::new();
    let mut edges: BTreeMap<(String, String), Position> = BTreeMap::new();
    for app in apps {
        let (mut own_nodes, mut own_edges) = (BTreeMap::new(), BTreeMap::new());
        for recorded in app {
            let said = graph([&recorded.manifest]);
            let ids = said.nodes.into_iter().map(|node| node.id);
            own_nodes = still(own_nodes, ids, recorded.position);
            let ends = said.edges.into_iter().map(|edge| (edge.from, edge.to));
            own_edges = still(own_edges, ends, recorded.position);
        }
        join(&mut nodes, own_nodes);
        join(&mut edges, own_edges);
    }
    for node in &mut all.nodes {
        node.since = nodes.get(&node.id).copied();
    }
    for edge in &mut all.edges {
        edge.since = edges.get(&(edge.from.clone(), edge.to.clone())).copied();
    }
    all
}

/// Since when each is declared: as before, or from this position on.
fn still<K: Ord>(
    mut before: BTreeMap<K, Position>,
    now: impl Iterator<Item = K>,
    position: Position,
) -> BTreeMap<K, Position> {
    let since = |key| {
        let since = before.remove(&key).unwrap_or(position);
        (key, since)
    };
    now.map(since).collect()
}

fn join<K: Ord>(all: &mut BTreeMap<K, Position>, more: BTreeMap<K, Position>) {
    for (key, since) in more {
        let known = all.entry(key).or_insert(since);
        *known = since.min(*known);
    }
}
