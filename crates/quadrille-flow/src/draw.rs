//! Pictures of a [`Graph`]: SVG to look at, Mermaid and DOT to take elsewhere. Those of one flow are
//! in [`sequence`].
//!
//! All of them are pure functions of the graph and a [`Style`]: the same graph gives the same
//! bytes. Whatever a style leaves out, the picture says how much it was.
//!
//! The SVG is a layered drawing with a lane for each component or owner. Edges pass between boxes,
//! never behind them, and labels have places of their own, so that nothing covers anything. It
//! needs no script, no font and no other file.

pub(crate) mod colours;
mod dot;
mod layout;
mod mermaid;
mod picture;
mod reading;
pub mod sequence;
mod style;
mod svg;
pub(crate) mod text;

use crate::graph::Graph;

pub use style::{Colour, Direction, Lanes, Measure, Style, Theme};

/// The graph as an SVG picture.
///
/// ```
/// use quadrille_flow::draw::{self, Style};
/// use quadrille_flow::graph::{Edge, Graph, Kind, Node};
///
/// let nodes = [Node::new(Kind::Command, "order.place"), Node::new(Kind::Event, "order.placed")];
/// let graph = Graph::new(nodes, [Edge::new("command:order.place", "order.placed")]);
/// let picture = draw::svg(&graph, &Style::titled("orders"));
/// assert!(picture.starts_with("<svg"));
/// ```
pub fn svg(graph: &Graph, style: &Style) -> String {
    svg::draw(&picture::Picture::new(graph, style), style)
}

/// The graph as a Mermaid flowchart, to be pasted into Markdown.
pub fn mermaid(graph: &Graph, style: &Style) -> String {
    mermaid::draw(&picture::Picture::new(graph, style), style)
}

/// The graph in the DOT language of Graphviz.
pub fn dot(graph: &Graph, style: &Style) -> String {
    dot::draw(&picture::Picture::new(graph, style), style)
}
