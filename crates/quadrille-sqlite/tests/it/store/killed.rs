//! A process that is killed while it appends.

use super::support::*;
use quadrille_core::{EventStore, Position, Query, Version, store::Direction};
use quadrille_sqlite::SqliteStore;
use std::{
    collections::HashMap,
    env,
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Command, Stdio},
};

const CHILD: &str = "QUADRILLE_TEST_APPENDS_UNTIL_KILLED";
const NAME: &str =
    "store::killed::a_killed_process_leaves_whole_appends_and_all_that_it_acknowledged";

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_whole_appends_and_all_that_it_acknowledged() {
    if let Some(path) = env::var_os(CHILD) {
        return append_until_killed(Path::new(&path)).await;
    }
    let (_directory, path) = place();
    let mut acknowledged = HashMap::new();
    for round in 0..4 {
        let seen = kill_one(&path, 20 + round * 37);
        assert!(!seen.is_empty());
        acknowledged.extend(seen);
        check(&path, &acknowledged).await;
    }
}

/// Runs this test in a process of its own until it has acknowledged so many appends.
fn kill_one(path: &Path, appends: usize) -> HashMap<String, u64> {
    let mut child = Command::new(env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(CHILD, path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut seen = HashMap::new();
    let mut note = |line: String| {
        // The last line may have been cut by the kill; a whole one ends so.
        if let Some((stream, version)) =
            line.strip_suffix(" written").and_then(|l| l.split_once(' '))
        {
            seen.insert(stream.to_owned(), version.parse().unwrap());
        }
    };
    lines.by_ref().take(appends).for_each(&mut note);
    child.kill().unwrap();
    lines.for_each(&mut note);
    child.wait().unwrap();
    seen
}

async fn append_until_killed(path: &Path) {
    let store = SqliteStore::open(path).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let store = store.clone();
        tasks.spawn(async move {
            // Bounded, so that it ends even if nobody kills it.
            for _ in 0..100_000 {
                let name = format!("order-{task}");
                let receipt = store.append(any(&name, events(3))).await.unwrap();
                let line = format!("{name} {} written\n", receipt.last_version);
                std::io::stdout().lock().write_all(line.as_bytes()).unwrap();
            }
        });
    }
    tasks.join_all().await;
}

async fn check(path: &Path, acknowledged: &HashMap<String, u64>) {
    let store = SqliteStore::open(path).await.unwrap();
    let (mut found, mut from) = (HashMap::<String, u64>::new(), Position::START);
    loop {
        let page = store.read(&Query::all(), from, Direction::Forward, 1000).await.unwrap();
        for event in page.events {
            let version = found.entry(event.stream.to_string()).or_default();
            *version += 1;
            assert_eq!(event.version, Version(*version));
        }
        from = page.through.unwrap().position;
        if !page.more {
            break;
        }
    }
    for (stream, version) in &found {
        assert_eq!(version % 3, 0, "a part of an append is in {stream}");
    }
    for (stream, version) in acknowledged {
        assert!(found[stream] >= *version, "{stream} lost what was acknowledged");
    }
    store.close().await;
}
