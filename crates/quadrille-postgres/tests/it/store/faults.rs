//! A server that goes away, and a network on a bad day: commands end as done, refused or unknown,
//! and never as a lie.

use crate::support::{at_a_port, database, store};
use chrono::Utc;
use quadrille_core::{
    Append, AppendError, Appended, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata,
    NewEvent, Position, Query, StoreError, Version, store::Direction,
};
use quadrille_postgres::PostgresStore;
use quadrille_testing::{postgres::TestPostgres, proxy::Proxy};
use std::{collections::HashSet, time::Duration};

fn append(stream: &str) -> Append {
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "test", Utc::now());
    let event = NewEvent::new(EventId::new(), "order.placed", "{}", metadata).unwrap();
    let (stream, expected) = (stream.parse().unwrap(), ExpectedVersion::NoStream);
    Append { stream, expected, events: vec![event] }
}

/// Appends until told to stop, and says what was accepted and what is unknown.
async fn keep_appending(
    store: PostgresStore,
    writer: usize,
    count: usize,
) -> (Vec<EventId>, Vec<EventId>) {
    let (mut accepted, mut unknown) = (vec![], vec![]);
    for number in 0..count {
        let append = append(&format!("order-{writer}x{number}"));
        let id = append.events[0].id;
        match store.append(append).await {
            Ok(_) => accepted.push(id),
            Err(AppendError::Store(StoreError::OutcomeUnknown { .. })) => unknown.push(id),
            Err(AppendError::Store(StoreError::Unavailable { .. })) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    (accepted, unknown)
}

/// Tries as long as nobody knows, which the ids make safe.
async fn until_done(store: &PostgresStore, append: &Append) -> Appended {
    loop {
        match store.append(append.clone()).await {
            Ok(receipt) => return receipt,
            Err(error) if error.is_retryable() => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn log(store: &PostgresStore) -> Vec<EventId> {
    let (mut from, mut ids) = (Position::START, vec![]);
    loop {
        let page = store.read(&Query::all(), from, Direction::Forward, 1_000).await.unwrap();
        ids.extend(page.events.iter().map(|event| event.id));
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => return ids,
        }
    }
}

/// All that was accepted is there once, and nothing but that and what is unknown.
async fn check(store: &PostgresStore, told: Vec<(Vec<EventId>, Vec<EventId>)>) {
    let there = log(store).await;
    let once: HashSet<EventId> = there.iter().copied().collect();
    assert_eq!(once.len(), there.len(), "an event is there twice");
    let mut rest = once;
    for (accepted, _) in &told {
        for id in accepted {
            assert!(rest.remove(id), "{id} was accepted and is lost");
        }
    }
    for id in told.iter().flat_map(|(_, unknown)| unknown) {
        rest.remove(id);
    }
    assert!(rest.is_empty(), "{rest:?} are there, and were said not to be");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_crashes_in_the_middle_loses_nothing() {
    let Some(server) = TestPostgres::private() else { return };
    let database = server.database().await;
    // Longer than a machine with much to do needs to start the server three times.
    let patience = Duration::from_secs(120);
    let opened = PostgresStore::options(database.url()).migrate(true).patience(patience);
    let opened = opened.open().await.unwrap();
    let writing: Vec<_> =
        (0..8).map(|writer| tokio::spawn(keep_appending(opened.clone(), writer, 200))).collect();
    let crashing = server.clone();
    let crashes = tokio::task::spawn_blocking(move || {
        for _ in 0..3 {
            std::thread::sleep(Duration::from_millis(50));
            crashing.crash_and_restart();
        }
    });
    let mut told = vec![];
    for writer in writing {
        told.push(writer.await.unwrap());
    }
    crashes.await.unwrap();
    let accepted: usize = told.iter().map(|(accepted, _)| accepted.len()).sum();
    assert_eq!(accepted, 1_600, "a short outage is waited for");
    check(&opened, told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_network_that_cuts_and_swallows_makes_no_lies() {
    let Some((server, port)) = at_a_port() else { return };
    let database = server.database().await;
    let proxy = Proxy::to(([127, 0, 0, 1], port).into()).await.unwrap();
    let direct = store(database.url()).await;
    let address = proxy.address().to_string();
    let url = database.url().replace(&format!("127.0.0.1:{port}"), &address);
    let opened = PostgresStore::options(&url).patience(Duration::from_millis(600)).open().await;
    let opened = opened.unwrap();
    let writing: Vec<_> =
        (0..8).map(|writer| tokio::spawn(keep_appending(opened.clone(), writer, 60))).collect();
    for _ in 0..4 {
        tokio::time::sleep(Duration::from_millis(40)).await;
        proxy.swallow_answers(true);
        tokio::time::sleep(Duration::from_millis(80)).await;
        proxy.cut();
        proxy.swallow_answers(false);
    }
    // Longer than anybody has patience.
    proxy.refuse(true);
    proxy.cut();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    proxy.refuse(false);
    let mut told = vec![];
    for writer in writing {
        told.push(writer.await.unwrap());
    }
    let lost = append("order-lost");
    let first = until_done(&opened, &lost).await;
    let again = until_done(&opened, &lost).await;
    assert_eq!((again.repeated, again.position), (true, first.position));
    told.push((vec![lost.events[0].id], vec![]));
    check(&direct, told).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_backends_cost_a_reader_nothing() {
    let Some(server) = TestPostgres::shared() else { return };
    let database = server.database().await;
    let opened = store(database.url()).await;
    opened.append(append("order-1")).await.unwrap();
    let stream = "order-1".parse().unwrap();
    for _ in 0..5 {
        database.terminate_backends().await;
        let found = opened.read_stream(&stream, Version::NONE, Direction::Forward, 10).await;
        assert_eq!(found.unwrap().len(), 1);
        assert_eq!(log(&opened).await.len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_holds_readers_back_can_be_found() {
    use sqlx::{Connection, Executor, PgConnection};
    let Some(server) = TestPostgres::shared() else { return };
    let database = server.database().await;
    let opened = store(database.url()).await;
    assert_eq!(opened.stalls().await.unwrap(), []);
    let slow = format!("{}?application_name=slow_import", database.url());
    let mut session = PgConnection::connect(&slow).await.unwrap();
    let insert = "BEGIN;
        INSERT INTO quadrille.events (version, occurred_at, recorded_at, schema_version, id,
            correlation, causation, run, category, stream, type, component, data)
        VALUES (1, now(), now(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,
            'slow', '1', 'slow.event', 'somebody', '{}'::bytea)";
    session.execute(sqlx::raw_sql(insert)).await.unwrap();
    opened.append(append("order-2")).await.unwrap();
    let stalls = opened.stalls().await.unwrap();
    assert_eq!(stalls[0].application.as_deref(), Some("slow_import"), "{stalls:?}");
    assert!(stalls[0].readable < stalls[0].drawn && stalls[0].since.is_some(), "{stalls:?}");
    assert_eq!(log(&opened).await.len(), 0, "what lies behind it is not shown");
    let stream = "order-2".parse().unwrap();
    let found = opened.read_stream(&stream, Version::NONE, Direction::Forward, 10).await.unwrap();
    assert_eq!(found.len(), 1, "its stream is");
    session.execute("COMMIT").await.unwrap();
    assert_eq!(log(&opened).await.len(), 2);
    assert_eq!(opened.stalls().await.unwrap(), []);
}

#[tokio::test]
async fn one_connection_of_each_kind_is_enough_and_a_store_closes_while_loads_are_dropped() {
    let Some(database) = database().await else { return };
    let few = PostgresStore::options(database.url()).migrate(true).readers(1).writers(1);
    let store = few.patience(Duration::from_secs(5)).open().await.unwrap();
    let stream = "order-1".parse().unwrap();
    store.append(append("order-1")).await.unwrap();
    for _ in 0..3 {
        let loaded = store.read_payloads(&stream, Version::NONE, 10).await.unwrap();
        let head = store.head().await.unwrap();
        assert_eq!((loaded.len(), head.is_some()), (1, true));
        assert_eq!(log(&store).await.len(), 1);
    }

    // Many ask at once and go away: some are answered by a statement that they share.
    for waits in 0..20 {
        let loads = (0..32).map(|_| store.read_payloads(&stream, Version::NONE, 10));
        let all = futures_util::future::join_all(loads);
        let _ = tokio::time::timeout(Duration::from_micros(waits * 100), all).await;
    }
    let closing = tokio::time::timeout(Duration::from_secs(60), store.close());
    closing.await.expect("the store closes, whoever has gone");
}
