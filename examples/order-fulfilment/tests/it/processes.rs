//! The order flow in several processes on one database, which are killed and started again.

use quadrille::{
    CommandId, EventId, EventStore, Position, Query, StreamId,
    journal::{Fact, ReactionSettled},
    postgres::PostgresStore,
    store::Direction,
};
use quadrille_testing::postgres::TestPostgres;
use std::{
    collections::{HashMap, HashSet},
    process::{Child, Command, Stdio},
    time::Duration,
};

const ORDERS: usize = 200;

fn start(url: &str) -> Child {
    Command::new(env!("CARGO_BIN_EXE_order-fulfilment"))
        .args(["--orders", &ORDERS.to_string(), "--store", url])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the example was built")
}

/// Waits for a process whose output is short enough to be left in a pipe until then.
fn end(process: Child) -> String {
    let output = process.wait_with_output().expect("it ends");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{out}\n{error}", output.status);
    out
}

#[tokio::test]
async fn processes_that_are_killed_lose_nothing_and_do_nothing_twice() {
    let Some(server) = TestPostgres::shared() else { return };
    let database = server.database().await;
    let url = database.url().to_owned();
    let mut processes = [start(&url), start(&url), start(&url)];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(random.u64(500..1_500))).await;
        let unlucky = &mut processes[random.usize(0..3)];
        unlucky.kill().expect("it may be killed");
        unlucky.wait().expect("it is gone");
        *unlucky = start(&url);
    }
    for process in processes {
        let out = tokio::task::spawn_blocking(|| end(process)).await.unwrap();
        let checks = out.lines().filter(|line| line.starts_with("  ✓ ")).count();
        assert_eq!(checks, 4, "{out}");
    }
    check_log(&PostgresStore::open(&url).await.unwrap()).await;
}

/// Every order was placed once, no event was reacted to twice, and no command left its events twice.
async fn check_log(store: &PostgresStore) {
    let (mut from, mut placed) = (Position::START, HashSet::new());
    let mut reactions: HashSet<(String, EventId)> = HashSet::new();
    let mut commands: HashMap<(StreamId, CommandId), Vec<u64>> = HashMap::new();
    loop {
        let everything = Query::everything();
        let page = store.read(&everything, from, Direction::Forward, 1_000).await.unwrap();
        for event in &page.events {
            if let Some(settled) = ReactionSettled::read(event).unwrap() {
                let key = (settled.reaction.clone(), settled.cause);
                assert!(reactions.insert(key), "{} reacted twice", settled.reaction);
            }
            if event.event_type == "order.placed" {
                assert!(placed.insert(event.stream.clone()), "{} was placed twice", event.stream);
            }
            if let Some(command) = &event.metadata.command {
                let key = (event.stream.clone(), command.id);
                commands.entry(key).or_default().push(event.version.0);
            }
        }
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => break,
        }
    }
    assert_eq!(placed.len(), ORDERS);
    for ((stream, command), versions) in commands {
        let in_one_go = versions.windows(2).all(|pair| pair[1] == pair[0] + 1);
        assert!(in_one_go, "{command} left {versions:?} in {stream}");
    }
}
