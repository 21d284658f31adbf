//! What is to be drawn, whatever it is drawn with: the graph with its ends found, its lanes in
//! order, and without what the style leaves out.

mod lanes;
mod select;

use super::{Colour, Measure, Style, text};
use crate::graph::{Change, Edge, Graph, Kind, Node};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

/// What is to be drawn.
pub struct Picture<'a> {
    pub nodes: Vec<Drawn<'a>>,
    pub edges: Vec<Arrow<'a>>,
    /// In the order in which they are drawn; empty where there are none.
    pub lanes: Vec<Lane>,
    /// Anything but [`Colour::Auto`].
    pub colour: Colour,
    /// What was left out, in words.
    pub left_out: Option<String>,
}

/// A node of the graph, or the end of an edge that names none.
pub struct Drawn<'a> {
    pub id: &'a str,
    pub name: &'a str,
    pub node: Option<&'a Node>,
    pub lane: usize,
}

/// An edge with its ends found.
pub struct Arrow<'a> {
    pub from: usize,
    pub to: usize,
    pub edge: &'a Edge,
}

/// A component or an owner.
pub struct Lane {
    pub name: String,
    /// The other one of the two, where all of its nodes agree on it.
    pub note: Option<String>,
}

impl<'a> Picture<'a> {
    pub fn new(graph: &'a Graph, style: &Style) -> Self {
        let mut nodes: Vec<Drawn> = Vec::with_capacity(graph.nodes.len());
        let mut met = BTreeSet::new();
        for node in from_the_beginning(graph) {
            if met.insert(node.id.as_str()) {
                nodes.push(Drawn { id: &node.id, name: &node.name, node: Some(node), lane: 0 });
            }
        }
        let (kept, left_out) = select::edges(graph, style);
        let bare = select::bare(graph, &kept);
        nodes.retain(|node| !bare.contains(node.id));
        let mut known: BTreeMap<&str, usize> =
            nodes.iter().enumerate().map(|(at, node)| (node.id, at)).collect();
        let mut end = |id: &'a str| {
            *known.entry(id).or_insert_with(|| {
                nodes.push(Drawn { id, name: id, node: None, lane: 0 });
                nodes.len() - 1
            })
        };
        let arrows = kept.into_iter();
        let edges: Vec<Arrow> =
            arrows.map(|edge| Arrow { from: end(&edge.from), to: end(&edge.to), edge }).collect();
        let lanes = lanes::assign(&mut nodes, &edges, style.lanes);
        let colour = colour(style.colour, graph);
        Self { nodes, edges, lanes, colour, left_out }
    }

    /// The kinds that occur, each once; `None` for ends that no node stands for.
    pub fn kinds(&self) -> Vec<Option<Kind>> {
        let mut kinds: Vec<_> = self.nodes.iter().map(Drawn::kind).collect();
        kinds.sort_by_key(|kind| (kind.is_none(), *kind));
        kinds.dedup();
        kinds
    }

    /// The greatest count of an edge, at least 1.
    pub fn top_count(&self) -> u64 {
        self.edges.iter().filter_map(|arrow| arrow.edge.count).max().unwrap_or(1).max(1)
    }
}

impl Drawn<'_> {
    pub fn kind(&self) -> Option<Kind> {
        self.node.map(|node| node.kind)
    }

    pub fn change(&self) -> Change {
        self.node.map_or(Change::None, |node| node.change)
    }

    /// How often it was seen, and how flows begin and end with it.
    pub fn figures(&self) -> Option<String> {
        let node = self.node?;
        let mut figures = Vec::new();
        figures.extend(node.count.map(text::count));
        if node.starts > 0 {
            figures.push(format!("begins {}", text::count(node.starts)));
        }
        if node.ends > 0 {
            figures.push(format!("ends {}", text::count(node.ends)));
        }
        (!figures.is_empty()).then(|| figures.join(" · "))
    }
}

impl Arrow<'_> {
    /// The lines that are written on it: how often, and how it went.
    pub fn label(&self, measures: &[Measure], colour: Colour) -> Vec<String> {
        let edge = self.edge;
        let (mut often, mut went) = (Vec::new(), Vec::new());
        if colour == Colour::Difference {
            match edge.change {
                Change::Added => often.push("added".to_owned()),
                Change::Removed => often.push("removed".to_owned()),
                Change::None => {}
            }
        }
        for measure in measures {
            match measure {
                Measure::Count => often.extend(edge.count.map(text::count)),
                Measure::Share => {
                    often.extend(edge.share.filter(|share| *share < 0.995).map(text::share));
                }
                Measure::Latency => {
                    went.extend(edge.latency.map(|l| text::duration(l.p50_micros)));
                }
                Measure::Rejected if edge.rejected > 0 => {
                    went.push(format!("{} refused", text::count(edge.rejected)));
                }
                Measure::Rejected => {}
            }
        }
        let lines = [often, went].into_iter().filter(|parts| !parts.is_empty());
        lines.map(|parts| parts.join(" · ")).collect()
    }

    /// How heavy it is beside the heaviest, from 0 to 1 on a logarithmic scale; 0 where nobody
    /// counted.
    pub fn weight(&self, top_count: u64) -> f64 {
        let count = self.edge.count.unwrap_or(0).min(top_count);
        (1.0 + count as f64).ln() / (1.0 + top_count as f64).ln()
    }
}

/// The nodes that flows begin with, those that nothing leads to, and the others: programs that lay
/// out Mermaid and DOT go by the order of nodes when they choose what leads back.
fn from_the_beginning(graph: &Graph) -> Vec<&Node> {
    let others = graph.edges.iter().filter(|edge| edge.from != edge.to);
    let led_to: BTreeSet<&str> = others.map(|edge| edge.to.as_str()).collect();
    let mut nodes: Vec<&Node> = graph.nodes.iter().collect();
    nodes.sort_by_key(|node| (Reverse(node.starts), led_to.contains(node.id.as_str())));
    nodes
}

fn colour(wanted: Colour, graph: &Graph) -> Colour {
    let changed = graph.nodes.iter().any(|node| !node.change.is_none())
        || graph.edges.iter().any(|edge| !edge.change.is_none());
    match wanted {
        Colour::Auto if changed => Colour::Difference,
        Colour::Auto if graph.edges.iter().any(|edge| edge.latency.is_some()) => Colour::Latency,
        Colour::Auto => Colour::Plain,
        wanted => wanted,
    }
}
