//! Streams of which others took something away, or that others wrote.

use super::support::{
    event, gateway_at,
    official::{Client, DeleteStreamOptions, EventData, StreamMetadata, TombstoneStreamOptions},
    open, small_gateway, stream, url,
};
use quadrille::memory::MemoryStore;
use quadrille_core::{
    Append, EventStore, ExpectedVersion, Position, Query, StoreError, Tag, Version, conventions,
    store::Direction,
};
use quadrille_gateway::Running;
use quadrille_kurrentdb::KurrentDbStore;
use quadrille_testing::proxy::{Proxy, Way};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use uuid::Uuid;

/// A stream of four events, and a client of others.
async fn bench() -> (Running, KurrentDbStore, Client) {
    let gateway = small_gateway().await;
    let store = open(gateway.address()).await;
    let events = (0..4).map(|_| event("order.placed")).collect();
    append(&store, ExpectedVersion::NoStream, events).await.unwrap();
    let settings = url(gateway.address()).parse().unwrap();
    (gateway, store, Client::new(settings).unwrap())
}

async fn append(
    store: &KurrentDbStore,
    expected: ExpectedVersion,
    events: Vec<quadrille_core::NewEvent>,
) -> Result<(), String> {
    let append = Append { stream: stream("order-1"), expected, events };
    store.append(append).await.map(drop).map_err(|error| error.to_string())
}

/// Whoever loads the stream or appends to it, with a new handle or an old one, hears `part`.
async fn check_refused(old: KurrentDbStore, gateway: &Running, part: &str) {
    let name = stream("order-1");
    for store in [old, open(gateway.address()).await] {
        let read = store.read_stream(&name, Version::NONE, Direction::Forward, 100).await;
        match read {
            Err(error @ StoreError::Unusable { .. }) => {
                assert!(error.to_string().contains(part), "{error}");
            }
            other => panic!("the stream was loaded: {other:?}"),
        }
        let fresh = open(gateway.address()).await;
        let error = append(&fresh, ExpectedVersion::NoStream, vec![event("order.placed")]).await;
        let error = error.expect_err("an append to what is left");
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_deleted_stream_is_no_empty_one() {
    let (gateway, store, client) = bench().await;
    client.delete_stream("order-1", &DeleteStreamOptions::default()).await.unwrap();
    check_refused(store, &gateway, "it was deleted, or all of it truncated").await;
}

#[tokio::test]
async fn a_stream_that_is_truncated_to_its_end_is_no_empty_one() {
    let (gateway, store, client) = bench().await;
    let metadata = StreamMetadata::builder().truncate_before(4).build();
    client.set_stream_metadata("order-1", &Default::default(), &metadata).await.unwrap();
    let (name, end) = (stream("order-1"), Version(u64::MAX));
    let last = open(gateway.address()).await.read_stream(&name, end, Direction::Backward, 1).await;
    assert!(matches!(last, Err(StoreError::Unusable { .. })), "{last:?}");
    check_refused(store, &gateway, "it was deleted, or all of it truncated").await;
}

#[tokio::test]
async fn an_identity_that_was_deleted_is_not_replaced_by_another() {
    let (gateway, _store, client) = bench().await;
    client.delete_stream("quadrille-store", &DeleteStreamOptions::default()).await.unwrap();
    let opened = KurrentDbStore::open(&url(gateway.address())).await;
    let error = opened.expect_err("a second identity").to_string();
    assert!(error.contains("was deleted or truncated"), "{error}");
}

#[tokio::test]
async fn a_tombstone_says_that_the_name_is_used_up() {
    let (gateway, store, client) = bench().await;
    client.tombstone_stream("order-1", &TombstoneStreamOptions::default()).await.unwrap();
    check_refused(store, &gateway, "deleted for good").await;
}

#[tokio::test]
async fn what_is_left_of_a_stream_is_not_taken_for_the_whole() {
    let (gateway, store, client) = bench().await;
    let metadata = StreamMetadata::builder().max_count(2).build();
    client.set_stream_metadata("order-1", &Default::default(), &metadata).await.unwrap();
    check_refused(store.clone(), &gateway, "its events before version 3 are gone").await;
    let (name, end) = (stream("order-1"), Version(u64::MAX));
    let last = store.read_stream(&name, end, Direction::Backward, 2).await.unwrap();
    assert_eq!(last.len(), 2, "what is there can be read");
    let all = store.read_stream(&name, end, Direction::Backward, 3).await;
    assert!(all.unwrap_err().to_string().contains("before version 3"));
}

#[tokio::test]
async fn events_of_others_are_read_and_join_their_flow() {
    let (_gateway, store, client) = bench().await;
    let flow = Uuid::now_v7();
    let written = EventData::json("fraud.checked", &serde_json::json!({"risk": 3})).unwrap();
    let metadata = serde_json::json!({"$correlationId": flow, "x": 1});
    let written = written.id(Uuid::now_v7()).metadata_as_json(&metadata).unwrap();
    client.append_to_stream("fraud-1", &Default::default(), written).await.unwrap();
    let query = Query::all().correlation(flow.into());
    let page = store.read(&query, Position::START, Direction::Forward, 10).await.unwrap();
    let [found] = &page.events[..] else { panic!("{page:?}") };
    assert_eq!((&*found.event_type, &found.data[..]), ("fraud.checked", &b"{\"risk\":3}"[..]));
    assert_eq!(store.head().await.unwrap().map(|head| head.event), Some(found.id));
}

#[tokio::test]
async fn metadata_that_only_looks_like_ours_stops_the_stream_and_not_the_log() {
    let behind = Arc::new(MemoryStore::like_kurrentdb());
    let gateway = gateway_at(Arc::clone(&behind) as _, ([127, 0, 0, 1], 0).into()).await;
    let store = open(gateway.address()).await;
    // What the gateway would not take, a server does.
    let mut written = event("fraud.checked");
    written.metadata.tags = vec![Tag::new(conventions::CUSTOM_METADATA, r#"{"quadrille":{}}"#)];
    let (stream, expected) = (stream("fraud-1"), ExpectedVersion::NoStream);
    let theirs = Append { stream: stream.clone(), expected, events: vec![written.clone()] };
    behind.append(theirs).await.unwrap();
    append(&store, ExpectedVersion::NoStream, vec![event("order.placed")]).await.unwrap();
    let all = Query::all();
    let page = store.read(&all, Position::START, Direction::Forward, 10).await.unwrap();
    let [found, _] = &page.events[..] else { panic!("{page:?}") };
    assert_eq!((found.id, &*found.metadata.component), (written.id, conventions::EXTERNAL));
    assert_eq!(found.metadata.tags, written.metadata.tags);
    let read = store.read_stream(&stream, Version::NONE, Direction::Forward, 10).await;
    assert!(matches!(read, Err(StoreError::Corrupt { .. })), "{read:?}");
}

#[tokio::test]
async fn metadata_of_streams_is_none_of_our_log() {
    let (_gateway, store, client) = bench().await;
    let metadata = StreamMetadata::builder().max_count(100).build();
    client.set_stream_metadata("order-1", &Default::default(), &metadata).await.unwrap();
    let head = store.head().await.unwrap().expect("a head");
    let everything = Query::everything();
    let mut from = Position::START;
    for _ in 0..3 {
        let page = store.read(&everything, from, Direction::Forward, 100).await.unwrap();
        let through = page.through.map_or(from, |through| through.position);
        assert_eq!((through, page.more), (head.position, false));
        from = through;
    }
    // What was passed over once is not in the way of what comes.
    append(&store, ExpectedVersion::Any, vec![event("order.paid")]).await.unwrap();
    let page = store.read(&everything, from, Direction::Forward, 100).await.unwrap();
    assert_eq!(page.events.len(), 1);
}

#[tokio::test]
async fn metadata_of_streams_wakes_nobody() {
    let (gateway, store, client) = bench().await;
    let (waiting, head) = (open(gateway.address()).await, store.head().await.unwrap());
    let waiter = waiting.clone();
    let behind = head.expect("a head").position;
    let woken = tokio::spawn(async move { waiter.appended_after(behind).await });
    append(&store, ExpectedVersion::Any, vec![event("order.paid")]).await.unwrap();
    // Its subscription stands when this is over.
    woken.await.unwrap();
    let head = waiting.head().await.unwrap().expect("a head").position;
    let metadata = StreamMetadata::builder().max_count(100).build();
    client.set_stream_metadata("order-1", &Default::default(), &metadata).await.unwrap();
    let woken = timeout(Duration::from_secs(1), waiting.appended_after(head)).await;
    assert!(woken.is_err(), "woken, and there is nothing to read");
}

#[tokio::test]
async fn what_is_repeated_is_found_in_a_stream_of_several_pages() {
    let (gateway, store, _client) = bench().await;
    let batches: Vec<Vec<_>> =
        (0..5).map(|_| (0..450).map(|_| event("order.paid")).collect()).collect();
    for batch in &batches {
        append(&store, ExpectedVersion::Any, batch.clone()).await.unwrap();
    }
    for (batch, first) in batches.into_iter().zip((5..).step_by(450)) {
        let store = open(gateway.address()).await;
        let (stream, expected) = (stream("order-1"), ExpectedVersion::NoStream);
        let receipt = store.append(Append { stream, expected, events: batch }).await.unwrap();
        assert_eq!((receipt.first_version, receipt.repeated), (Version(first), true));
    }
}

#[tokio::test]
async fn the_server_selects_where_much_would_be_passed_over() {
    let gateway = small_gateway().await;
    let proxy = Proxy::to(gateway.address()).await.unwrap();
    let store = open(proxy.address()).await;
    for n in 0..20 {
        let events = (0..450).map(|_| event("order.common")).collect();
        append(&store, ExpectedVersion::at(Version(n * 450)), events).await.unwrap();
    }
    let events = vec![event("rare.happened")];
    let (stream, expected) = (stream("rare-1"), ExpectedVersion::NoStream);
    store.append(Append { stream: stream.clone(), expected, events }).await.unwrap();
    let mut answered = Vec::new();
    let rare = quadrille_core::Category::new("rare").unwrap();
    for query in [
        Query::all().correlation(Uuid::now_v7().into()),
        Query::all().types(["rare.happened"]),
        Query::all().category(rare),
        Query::all().stream(stream.clone()),
    ] {
        let before = proxy.bytes(Way::ToClient);
        let mut from = Position::START;
        loop {
            let page = store.read(&query, from, Direction::Forward, 100).await.unwrap();
            from = page.through.map_or(from, |through| through.position);
            if !page.more {
                break;
            }
        }
        answered.push(proxy.bytes(Way::ToClient) - before);
    }
    let [all, selected @ ..] = &answered[..] else { panic!("{answered:?}") };
    // The first page is read before it is known how little of it is wanted.
    assert!(selected.iter().all(|bytes| *bytes < all / 4), "{answered:?}");
}

#[tokio::test]
async fn a_query_that_selects_little_of_much_finds_it_all() {
    let (_gateway, store, _client) = bench().await;
    let rare = stream("rare-1");
    for n in 0..6 {
        let events = (0..450).map(|_| event("order.common")).collect();
        append(&store, ExpectedVersion::Any, events).await.unwrap();
        let expected = ExpectedVersion::at(Version(n));
        let events = vec![event("rare.happened")];
        store.append(Append { stream: rare.clone(), expected, events }).await.unwrap();
    }
    let head = store.head().await.unwrap().expect("a head").position;
    let category = || quadrille_core::Category::new("rare").unwrap();
    for query in [
        Query::all().types(["rare.happened"]),
        Query::all().category(category()),
        Query::all().stream(rare.clone()),
        Query::all().types(["rare"]),
    ] {
        for limit in [2, 100] {
            let (mut found, mut from) = (0, Position::START);
            loop {
                let page = store.read(&query, from, Direction::Forward, limit).await.unwrap();
                found += page.events.len();
                from = page.through.map_or(from, |through| through.position);
                if !page.more {
                    break;
                }
            }
            let expected = if query.types == ["rare"] { 0 } else { 6 };
            assert_eq!((found, from), (expected, head), "{query:?} by {limit}");
        }
    }
}
