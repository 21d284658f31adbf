use super::source;
use crate::{
    Screen,
    args::{FlowFormat, FlowShowArgs},
    explain::Outcome,
    mount::Done,
    table::{Align, Table},
};
use quadrille_core::EventStore;
use quadrille_flow::declared;

pub(super) async fn run(
    args: &FlowShowArgs,
    store: &dyn EventStore,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    let graph = declared::graph(&source::all(store).await?);
    if args.format == FlowFormat::Json {
        screen.json(&graph)?;
        return Ok(Done::Well);
    }
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
    table.write(screen)?;
    Ok(Done::Well)
}
