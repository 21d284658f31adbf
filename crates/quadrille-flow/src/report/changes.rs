use super::{Noted, Review};
use crate::graph::{Change, Graph};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;

/// What has changed between two reviews.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// When the older one was made.
    pub since: DateTime<Utc>,
    /// Both graphs in one, with what became of each node and edge.
    pub graph: Graph,
    /// Figures that are others now.
    pub moved: Vec<Moved>,
    /// Findings that were not there.
    pub found: Vec<Noted>,
    /// Findings that are gone: mended, or allowed.
    pub gone: Vec<Noted>,
}

/// A figure that is another one now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// What it is of.
    pub of: String,
    /// Which figure.
    pub figure: &'static str,
    /// What it was.
    pub was: u64,
    /// What it is.
    pub is: u64,
}

impl Changes {
    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        let Self { graph, moved, found, gone, .. } = self;
        moved.is_empty() && found.is_empty() && gone.is_empty() && !graph.has_changed()
    }

    /// Nodes that have become so.
    pub fn nodes(&self, change: Change) -> Vec<&str> {
        let nodes = self.graph.nodes.iter().filter(|node| node.change == change);
        nodes.map(|node| node.id.as_str()).collect()
    }

    /// Edges that have become so, by their ends.
    pub fn edges(&self, change: Change) -> Vec<(&str, &str)> {
        let edges = self.graph.edges.iter().filter(|edge| edge.change == change);
        edges.map(|edge| (edge.from.as_str(), edge.to.as_str())).collect()
    }
}

pub(super) fn between(old: &Review, new: &Review) -> Changes {
    let not_in = |others: &[Noted], one: &&Noted| !others.iter().any(|other| other.is(one));
    let found = new.findings.iter().filter(|one| not_in(&old.findings, one));
    let gone = old.findings.iter().filter(|one| not_in(&new.findings, one));
    let (was, is) = (figures(old), figures(new));
    let moved = is.iter().filter_map(|((of, figure), is)| {
        let was = *was.get(&(of.clone(), *figure))?;
        (was != *is).then(|| Moved { of: of.clone(), figure, was, is: *is })
    });
    Changes {
        since: old.made_at,
        graph: old.graph.diff(&new.graph),
        moved: moved.collect(),
        found: found.cloned().collect(),
        gone: gone.cloned().collect(),
    }
}

/// Figures by what they are of; what is there in one of two reviews only has not moved.
fn figures(review: &Review) -> BTreeMap<(String, &'static str), u64> {
    let mut all = BTreeMap::new();
    let whole = review.figures.iter().map(|figure| ((figure.name.clone(), ""), figure.value));
    all.extend(whole);
    for part in &review.components {
        let of = || format!("component:{}", part.component);
        all.insert((of(), "efferent coupling"), part.efferent() as u64);
        all.insert((of(), "afferent coupling"), part.afferent() as u64);
    }
    for flow in &review.flows {
        all.insert((flow.entry.clone(), "depth"), flow.depth as u64);
        all.insert((flow.entry.clone(), "components that know it"), flow.parts.len() as u64);
        all.insert((flow.entry.clone(), "handlers of one event"), flow.widest as u64);
    }
    all
}
