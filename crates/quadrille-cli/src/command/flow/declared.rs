//! What apps declare, for people.

use crate::{
    Screen,
    explain::Outcome,
    table::{Align, Table},
};
use quadrille_flow::graph::Graph;

pub(super) fn write(graph: &Graph, screen: &mut Screen<'_>) -> Outcome {
    if graph.nodes.is_empty() {
        screen.line("no app has declared anything on this store")?;
    }
    let headings = ["component", "owner", "what", "leads to"];
    let mut table = Table::new(&headings.map(|heading| (heading, Align::Left)));
    for node in &graph.nodes {
        let from_here = graph.edges.iter().filter(|edge| edge.from == node.id);
        let to: Vec<&str> = from_here.map(|edge| &*edge.to).collect();
        let or_none = |of: &Option<String>| of.clone().unwrap_or_else(|| "-".into());
        let (component, owner) = (or_none(&node.component), or_none(&node.owner));
        table.row([component, owner, node.id.clone(), to.join(", ")]);
    }
    Ok(table.write(screen)?)
}
