use super::Known;
use crate::{
    graph::{Graph, Kind},
    lint::{Level, Report},
};
use quadrille_core::manifest::Manifest;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How much there is of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figure {
    /// Of what.
    pub name: String,
    /// How much.
    pub value: u64,
}

pub(super) fn all(
    manifests: &[Manifest],
    graph: &Graph,
    flows: &[Known],
    report: &Report,
) -> Vec<Figure> {
    let of = |kinds: &[Kind]| graph.nodes.iter().filter(|n| kinds.contains(&n.kind)).count();
    let parts = manifests.iter().flat_map(|manifest| &manifest.components);
    let parts: BTreeSet<_> = parts.filter(|p| !p.is_empty()).map(|part| &part.name).collect();
    let figures = [
        ("components", parts.len()),
        ("flows", flows.len()),
        ("event types", of(&[Kind::Event])),
        ("commands", of(&[Kind::Command])),
        ("handlers", of(&[Kind::Reaction, Kind::Process])),
        ("read models", of(&[Kind::Projector])),
        ("edges", graph.edges.len()),
        ("deepest flow", flows.iter().map(|flow| flow.depth).max().unwrap_or(0)),
        ("errors", report.count(Level::Deny)),
        ("warnings", report.count(Level::Warn)),
        ("allowed", report.allowed.len()),
    ];
    let figure = |(name, value): (&str, usize)| Figure { name: name.into(), value: value as u64 };
    figures.into_iter().map(figure).collect()
}
