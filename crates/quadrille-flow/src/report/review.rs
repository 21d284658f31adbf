use super::{
    Changes, Coupling, FanOut, Figure, Known, Noted, changes, coupling, fan_out, figures, findings,
    known,
};
use crate::{
    conformance, declared,
    graph::{Change, Edge, Graph, Node},
    lint::{self, Config, Input},
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// How reviews are written down. It is raised when older releases could not read them.
pub(super) const FORMAT: u32 = 1;

/// What there is to say of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The release of this form.
    pub format: u32,
    /// What stands above it.
    pub title: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The apps whose manifests were looked at.
    pub apps: Vec<String>,
    /// Whether the log was looked at as well.
    pub observed: bool,
    /// What leads to what, as declared; with the counts of the log, where that was looked at.
    pub graph: Graph,
    /// What happened that nobody declared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<Edge>,
    /// Each flow, by what it begins with.
    pub flows: Vec<Known>,
    /// Each component, and what it depends on.
    pub components: Vec<Coupling>,
    /// Events that most read, those that most handlers react to first.
    pub fan_out: Vec<FanOut>,
    /// How much there is of everything.
    pub figures: Vec<Figure>,
    /// What the lints found, the gravest first.
    pub findings: Vec<Noted>,
    /// What they found and is meant.
    pub allowed: Vec<Noted>,
}

/// What a review is of, besides what the lints look at.
#[derive(Debug, Clone)]
pub struct Asked {
    /// What stands above it.
    pub title: String,
    /// When it is made.
    pub made_at: DateTime<Utc>,
}

impl Review {
    /// Looks at manifests, and at whatever else there is to look at.
    pub fn of(input: Input<'_>, config: &Config, asked: Asked) -> Self {
        let declared = declared::graph(input.manifests);
        let report = lint::check(input, config);
        let graph = match input.observed {
            Some(observed) => counted(&declared, observed),
            None => declared.clone(),
        };
        let undeclared = input.observed.map_or_else(Vec::new, |seen| undeclared(&declared, seen));
        let flows = known::all(input.manifests, &declared);
        let components = coupling::all(input.manifests, &declared);
        let fan_out = fan_out::all(&declared);
        let figures = figures::all(input.manifests, &declared, &flows, &report);
        Self {
            format: FORMAT,
            title: asked.title,
            made_at: asked.made_at,
            apps: input.manifests.iter().map(|manifest| manifest.app.clone()).collect(),
            observed: input.observed.is_some(),
            graph,
            undeclared,
            flows,
            components,
            fan_out,
            figures,
            findings: report.findings.iter().map(findings::found).collect(),
            allowed: report.allowed.iter().map(findings::allowed).collect(),
        }
    }

    /// What has changed since an older one.
    pub fn since(&self, old: &Self) -> Changes {
        changes::between(old, self)
    }
}

/// The declared graph with what the log counted.
fn counted(declared: &Graph, observed: &Graph) -> Graph {
    let nodes = declared.nodes.iter().map(|node| {
        let seen = observed.node(&node.id);
        Node {
            count: seen.and_then(|seen| seen.count),
            starts: seen.map_or(0, |seen| seen.starts),
            ends: seen.map_or(0, |seen| seen.ends),
            ..node.clone()
        }
    });
    let edges = declared.edges.iter().map(|edge| match observed.edge(&edge.from, &edge.to) {
        Some(seen) => seen.clone(),
        None => edge.clone(),
    });
    Graph::new(nodes, edges)
}

fn undeclared(declared: &Graph, observed: &Graph) -> Vec<Edge> {
    let both = conformance::compare(declared, observed);
    both.edges.into_iter().filter(|edge| edge.change == Change::Added).collect()
}
