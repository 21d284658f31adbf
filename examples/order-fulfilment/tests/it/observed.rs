//! The graph that the log of the order flow shows, beside what its components declare.

use quadrille::sqlite::SqliteStore;
use quadrille_flow::{
    conformance::compare,
    declared,
    graph::{Change, Graph, Kind},
    observed::{Causation, Miner, Observed, Settings, View, read_on},
};
use std::process::Command;
use tempfile::TempDir;

async fn log_of_a_shop(orders: &str) -> (SqliteStore, TempDir) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut program = Command::new(env!("CARGO_BIN_EXE_order-fulfilment"));
    let output = program.args(["--orders", orders]).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    (SqliteStore::open(folder.path().join("orders.db")).await.unwrap(), folder)
}

async fn observe(store: &SqliteStore) -> Observed {
    let mut miner = Causation::new(&Settings::default());
    read_on(store, &mut miner).await.unwrap();
    miner.observed(View::default())
}

fn count(graph: &Graph, from: &str, to: &str) -> u64 {
    graph.edge(from, to).and_then(|edge| edge.count).unwrap_or(0)
}

#[tokio::test]
async fn what_is_observed_was_declared_and_adds_up() {
    let (store, _folder) = log_of_a_shop("60").await;
    let observed = observe(&store).await;
    let graph = &observed.graph;
    let recorded = declared::load(&store).await.unwrap();
    let declared = declared::graph(recorded.iter().map(|recorded| &recorded.manifest));
    let both = compare(&declared, graph);
    let undeclared: Vec<_> =
        both.edges.iter().filter(|edge| edge.change == Change::Added).collect();
    assert!(undeclared.is_empty(), "{undeclared:#?}");
    assert!(both.nodes.iter().all(|node| node.change != Change::Added), "{:#?}", both.nodes);
    let seen = both.edges.iter().filter(|edge| edge.change.is_none()).count();
    assert!(seen > both.edges.len() / 2, "{seen} of {}", both.edges.len());

    assert_eq!((observed.flows.without_cause, observed.flows.unreadable), (0, 0));
    assert_eq!(graph.node("command:order.place").unwrap().starts, 60);
    assert_eq!(count(graph, "command:order.place", "order.placed"), 60);
    assert_eq!(count(graph, "order.placed", "reaction:reserve-stock"), 60);
    assert_eq!(count(graph, "reaction:reserve-stock", "command:stock.reserve"), 60);
    for node in &graph.nodes {
        let into: u64 =
            graph.edges.iter().filter(|e| e.to == node.id).filter_map(|e| e.count).sum();
        // Commands come from outside as well.
        let (of, is_command) = (node.count.unwrap(), node.kind == Kind::Command);
        assert!(of == into || (is_command && of > into), "{node:?}: {into}");
        assert!(node.component.is_some() || is_command, "{node:?}");
    }
}
