//! The graph that the log of the order flow shows, beside what its components declare.

use quadrille::{
    EventStore, Position, Query,
    journal::{Fact, ManifestRecorded},
    manifest::{Manifest, ProcessManifest, ReadManifest},
    sqlite::SqliteStore,
    store::Direction,
};
use quadrille_flow::{
    graph::{Graph, Kind},
    observed::{Causation, Miner, Observed, Settings, View, read_on},
};
use std::{collections::BTreeSet, process::Command};
use tempfile::TempDir;

/// From and to.
type Edges = BTreeSet<(String, String)>;

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

async fn manifest(store: &SqliteStore) -> Manifest {
    let recorded = Query::everything().types([ManifestRecorded::TYPE]);
    let page = store.read(&recorded, Position::START, Direction::Forward, 10).await.unwrap();
    ManifestRecorded::read(&page.events[0]).unwrap().unwrap().manifest
}

fn declared(manifest: &Manifest) -> Edges {
    let mut edges = Edges::new();
    let mut add = |from: &str, to: &str| edges.insert((from.into(), to.into()));
    for component in &manifest.components {
        for aggregate in &component.aggregates {
            for command in &aggregate.commands {
                let all = aggregate.events.iter().map(|event| event.name.clone()).collect();
                for event in command.emits.as_ref().unwrap_or(&all) {
                    add(&Kind::Command.id(&command.name), event);
                }
            }
        }
        for reaction in &component.reactions {
            let id = Kind::Reaction.id(&reaction.name);
            for read in &reaction.reads {
                add(&read.event, &id);
            }
            for name in &reaction.sends {
                add(&id, &Kind::Command.id(name));
            }
        }
    }
    for process in manifest.components.iter().flat_map(|component| &component.processes) {
        edges.extend(of_process(process));
    }
    edges
}

fn of_process(process: &ProcessManifest) -> Edges {
    let id = Kind::Process.id(&process.name);
    let deadline = |name: &str| Kind::Deadline.id(&format!("{}.{name}", process.name));
    let commands = || process.steps.iter().flat_map(|step| &step.sends);
    let mut edges = Edges::new();
    for step in &process.steps {
        let into: Vec<String> = match step.trigger.as_str() {
            "deadline" => vec![deadline(&step.input)],
            "rejection" => commands().map(|name| Kind::Command.id(name)).collect(),
            _ => step.reads.iter().map(|ReadManifest { event, .. }| event.clone()).collect(),
        };
        edges.extend(into.into_iter().map(|from| (from, id.clone())));
        edges.extend(step.sends.iter().map(|name| (id.clone(), Kind::Command.id(name))));
        edges.extend(step.sets.iter().map(|name| (id.clone(), deadline(name))));
    }
    edges
}

fn count(graph: &Graph, from: &str, to: &str) -> u64 {
    graph.edge(from, to).and_then(|edge| edge.count).unwrap_or(0)
}

#[tokio::test]
async fn what_is_observed_was_declared_and_adds_up() {
    let (store, _folder) = log_of_a_shop("60").await;
    let (observed, manifest) = (observe(&store).await, manifest(&store).await);
    let graph = &observed.graph;
    let declared = declared(&manifest);
    let seen: Edges = graph.edges.iter().map(|edge| (edge.from.clone(), edge.to.clone())).collect();
    let undeclared: Vec<_> = seen.difference(&declared).collect();
    assert!(undeclared.is_empty(), "{undeclared:#?}");
    assert!(seen.len() > declared.len() / 2, "{} of {}", seen.len(), declared.len());

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
