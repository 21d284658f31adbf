//! Two stores on one file, as two processes of one host have it.

use super::support::*;
use quadrille_core::{
    AppendError, EventStore, ExpectedVersion, Position, Query, StoreError, Version,
    store::Direction,
};
use quadrille_sqlite::SqliteStore;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread")]
async fn writers_of_two_processes_share_one_order() {
    let (_directory, path) = place();
    let stores = [SqliteStore::open(&path).await.unwrap(), SqliteStore::open(&path).await.unwrap()];
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let store = stores[task % 2].clone();
        tasks.spawn(async move {
            let mut written = 0;
            for _ in 0..25 {
                let types = [format!("type.{}", written % 5), "type.all".into()];
                let both = types.iter().map(|name| event(name)).collect();
                // The version that a process read may be old by now.
                let (shared, end) = (stream("shared-1"), Version(u64::MAX));
                let seen = store.read_stream(&shared, end, Direction::Backward, 1);
                let seen = seen.await.unwrap().first().map_or(Version::NONE, |event| event.version);
                match store.append(append("shared-1", ExpectedVersion::at(seen), both)).await {
                    Ok(receipt) => assert_eq!(receipt.last_version, seen.after(2)),
                    Err(AppendError::Conflict { actual, .. }) => assert!(actual > seen),
                    Err(error) => panic!("{error}"),
                }
                store.append(any(&format!("own-{task}"), events(1))).await.unwrap();
                written += 1;
            }
            written
        });
    }
    let own: usize = tasks.join_all().await.into_iter().sum();
    for store in stores {
        let page =
            store.read(&Query::all(), Position::START, Direction::Forward, 5000).await.unwrap();
        let positions: Vec<_> = page.events.iter().map(|event| event.position.0).collect();
        assert!(positions.is_sorted() && !page.more);
        let shared: Vec<_> = page
            .events
            .iter()
            .filter(|event| event.stream == stream("shared-1"))
            .map(|event| event.version.0)
            .collect();
        assert_eq!(shared, (1..=shared.len() as u64).collect::<Vec<_>>());
        assert_eq!(page.events.len(), own + shared.len());
        let types = Query::all().types(["type.0", "type.all"]);
        let some = store.read(&types, Position::START, Direction::Forward, 5000).await.unwrap();
        let wanted: Vec<_> = page.events.into_iter().filter(|event| types.matches(event)).collect();
        assert_eq!(some.events, wanted);
    }
}

#[tokio::test]
async fn an_append_is_repeated_through_another_process() {
    let (_directory, path) = place();
    let one = SqliteStore::open(&path).await.unwrap();
    let other = SqliteStore::open(&path).await.unwrap();
    let once = append("order-1", ExpectedVersion::NoStream, events(2));
    let first = one.append(once.clone()).await.unwrap();
    let again = other.append(once).await.unwrap();
    assert!(again.repeated && again.position == first.position);
    // What another process appended is noticed by asking.
    other.appended_after(Position::START).await;
    one.close().await;
    assert_eq!(other.head().await.unwrap().unwrap().position, first.position);
}

#[tokio::test]
async fn while_another_process_holds_the_lock_appends_are_unavailable_and_reads_go_on() {
    let (_directory, path) = place();
    let options = SqliteStore::options().busy_timeout(Duration::from_millis(1));
    let store = options.open(&path).await.unwrap();
    store.append(any("order-1", events(1))).await.unwrap();
    let rival = rusqlite::Connection::open(&path).unwrap();
    rival.execute_batch("BEGIN IMMEDIATE").unwrap();
    let kept = append("order-1", ExpectedVersion::Exact(Version(1)), events(1));
    let answer = store.append(kept.clone()).await;
    let Err(AppendError::Store(error @ StoreError::Unavailable { .. })) = answer else {
        panic!("{answer:?}")
    };
    assert!(error.to_string().contains("another process keeps locked"), "{error}");
    assert_eq!(store.head().await.unwrap().unwrap().position, Position(1));
    rival.execute_batch("ROLLBACK").unwrap();
    assert!(!store.append(kept).await.unwrap().repeated);
}

#[tokio::test]
async fn an_append_that_sqlite_stumbles_over_costs_the_others_nothing() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let rival = rusqlite::Connection::open(&path).unwrap();
    // An error in the midst of an append, after some of its rows are there.
    rival
        .execute_batch(
            "CREATE TRIGGER stumble BEFORE INSERT ON events WHEN NEW.data = X'31'
             BEGIN SELECT raise(ABORT, 'stumbled'); END",
        )
        .unwrap();
    let mut bad = events(3);
    bad[2].data = b"1".into();
    let (before, stumbled, after) = tokio::join!(
        store.append(any("order-1", events(2))),
        store.append(any("order-1", bad)),
        store.append(any("order-1", events(2))),
    );
    assert_eq!(before.unwrap().last_version, Version(2));
    assert!(matches!(stumbled, Err(AppendError::Store(_))), "{stumbled:?}");
    assert_eq!(after.unwrap().first_version, Version(3));
    rival.execute_batch("DROP TRIGGER stumble").unwrap();
    let last = store.append(any("order-2", events(1))).await.unwrap();
    assert_eq!(last.position, Position(5));
}
