//! Events and streams to test with, and what is asked of a store again and again.

use quadrille_core::{
    Append, AppendError, Appended, CorrelationId, Envelope, EventId, EventStore, ExpectedVersion,
    Metadata, NewEvent, Position, Query, StreamId, Tag, Version,
    store::{Direction, StreamFilter},
};

pub(crate) fn stream(name: &str) -> StreamId {
    name.parse().expect("a stream's name")
}

pub(crate) fn metadata() -> Metadata {
    let flow = CorrelationId::new();
    Metadata::new(flow, flow.0, "conformance", chrono::Utc::now())
}

pub(crate) fn event(event_type: &str) -> NewEvent {
    let id = EventId::new();
    let data = format!(r#"{{"id":"{id}"}}"#);
    NewEvent::new(id, event_type, data, metadata()).expect("an event type")
}

pub(crate) fn tagged(event_type: &str, tags: &[Tag]) -> NewEvent {
    let mut event = event(event_type);
    event.metadata.tags = tags.to_vec();
    event
}

pub(crate) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event("order.placed")).collect()
}

pub(crate) fn append(
    stream: &StreamId,
    expected: ExpectedVersion,
    events: impl Into<Vec<NewEvent>>,
) -> Append {
    Append { stream: stream.clone(), expected, events: events.into() }
}

/// Appends whatever the stream's version is.
pub(crate) async fn put(
    store: &dyn EventStore,
    stream: &StreamId,
    events: impl Into<Vec<NewEvent>>,
) -> Appended {
    let written = store.append(append(stream, ExpectedVersion::Any, events)).await;
    written.unwrap_or_else(|error| panic!("append to {stream}: {error:?}"))
}

/// Appends new events and gives them back.
pub(crate) async fn put_new(
    store: &dyn EventStore,
    stream: &StreamId,
    count: usize,
) -> Vec<NewEvent> {
    let events = events(count);
    put(store, stream, events.clone()).await;
    events
}

/// A whole stream.
pub(crate) async fn read_all(store: &dyn EventStore, stream: &StreamId) -> Vec<Envelope> {
    let events = store.read_stream(stream, Version::NONE, Direction::Forward, usize::MAX).await;
    events.unwrap_or_else(|error| panic!("read {stream}: {error:?}"))
}

/// All that a query selects, page by page.
pub(crate) async fn walk(
    store: &dyn EventStore,
    query: &Query,
    mut from: Position,
    direction: Direction,
    limit: usize,
) -> Vec<Envelope> {
    let mut events = Vec::new();
    loop {
        let page = store.read(query, from, direction, limit).await;
        let page = page.unwrap_or_else(|error| panic!("read {query:?}: {error:?}"));
        events.extend(page.events);
        if !page.more {
            return events;
        }
        let through = page.through.expect("a page with more behind it says how far it looked");
        let moves = match direction {
            Direction::Forward => through.position > from,
            Direction::Backward => through.position < from,
        };
        assert!(moves, "a page from {from} with more behind it ends at {}", through.position);
        from = through.position;
    }
}

/// The whole log, the framework's streams included.
pub(crate) async fn log(store: &dyn EventStore) -> Vec<Envelope> {
    walk(store, &Query::everything(), Position::START, Direction::Forward, 1000).await
}

/// Fails unless `refused` was refused and left the log as it is.
pub(crate) async fn assert_leaves_nothing(
    store: &dyn EventStore,
    refused: Append,
    is_right: impl Fn(&AppendError) -> bool,
) {
    let everywhere = StreamFilter { framework: true, ..StreamFilter::default() };
    let before = (log(store).await, store.streams(&everywhere, None, 1000).await.unwrap());
    let error = store.append(refused.clone()).await;
    let error = error.expect_err("an append that the contract refuses was accepted");
    assert!(is_right(&error), "refused for another reason than expected: {error:?}");
    let after = (log(store).await, store.streams(&everywhere, None, 1000).await.unwrap());
    assert_eq!(before, after, "a refused append changed the log");
    for event in &refused.events {
        let found = store.event(event.id).await.unwrap();
        let was_there = before.0.iter().any(|earlier| earlier.id == event.id);
        assert_eq!(found.is_some(), was_there, "a refused append left event {}", event.id);
    }
}

/// Fails unless `found` is `written`, in this place.
pub(crate) fn assert_same(
    found: &Envelope,
    written: &NewEvent,
    stream: &StreamId,
    version: Version,
) {
    let kept = NewEvent {
        id: found.id,
        event_type: found.event_type.clone(),
        schema_version: found.schema_version,
        data: found.data.clone(),
        metadata: found.metadata.clone(),
    };
    assert_eq!(&kept, written, "version {version} of {stream} came back changed");
    assert_eq!((&found.stream, found.version), (stream, version), "the event lies elsewhere");
}

pub(crate) fn ids(events: &[Envelope]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

pub(crate) fn new_ids(events: &[NewEvent]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}
