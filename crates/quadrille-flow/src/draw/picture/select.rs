//! Which edges are drawn.

use crate::{
    draw::{Style, text},
    graph::{Edge, Graph},
};
use std::{cmp::Reverse, collections::BTreeSet};

/// The edges that are drawn, in the graph's order, and in words what was left out. What nobody
/// measured is not too small. Of edges that are given twice the first counts.
pub fn edges<'a>(graph: &'a Graph, style: &Style) -> (Vec<&'a Edge>, Option<String>) {
    let often = |edge: &Edge| style.min_count.is_none_or(|min| edge.count.is_none_or(|n| n >= min));
    let large = |edge: &Edge| style.min_share.is_none_or(|min| edge.share.is_none_or(|s| s >= min));
    let mut seen = BTreeSet::new();
    let mut first = |edge: &'a Edge| seen.insert((edge.from.as_str(), edge.to.as_str()));
    let all: Vec<&Edge> = graph.edges.iter().filter(|edge| first(edge)).collect();
    let mut kept: Vec<usize> =
        (0..all.len()).filter(|&at| often(all[at]) && large(all[at])).collect();
    if let Some(most) = style.most {
        kept.sort_by_key(|&at| (Reverse(all[at].count), at));
        kept.truncate(most);
        kept.sort_unstable();
    }
    let kept: Vec<&Edge> = kept.into_iter().map(|at| all[at]).collect();
    let words = (kept.len() < all.len()).then(|| words(&all, &kept));
    (kept, words)
}

/// The nodes that lost all their edges with what was left out. Those that had none stay.
pub fn bare<'a>(graph: &'a Graph, kept: &[&Edge]) -> BTreeSet<&'a str> {
    let ends = |edge: &'a Edge| [edge.from.as_str(), edge.to.as_str()];
    let mut bare: BTreeSet<&str> = graph.edges.iter().flat_map(ends).collect();
    for edge in kept {
        bare.remove(edge.from.as_str());
        bare.remove(edge.to.as_str());
    }
    bare
}

fn words(all: &[&Edge], kept: &[&Edge]) -> String {
    let sum = |edges: &[&Edge]| -> u64 {
        edges.iter().filter_map(|edge| edge.count).fold(0, u64::saturating_add)
    };
    let edges = format!("{} of {} edges left out", all.len() - kept.len(), all.len());
    match (sum(all) - sum(kept), sum(all)) {
        (0, _) => edges,
        (missing, all) => {
            let share = text::share(missing as f64 / all as f64);
            format!("{edges} ({share} of all counts)")
        }
    }
}
