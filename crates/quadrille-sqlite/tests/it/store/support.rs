use chrono::{DateTime, Utc};
use quadrille_core::{
    Append, CommandId, CommandStamp, CorrelationId, EventId, ExpectedVersion, Metadata, NewEvent,
    StreamId, Tag,
};
use quadrille_sqlite::SqliteStore;
use std::{
    future::{Future, poll_fn},
    path::PathBuf,
    pin::Pin,
    task::Poll,
};
use tempfile::TempDir;

/// A directory of its own, with a path for a store in it.
pub fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("events.db");
    (directory, path)
}

pub async fn open() -> (TempDir, SqliteStore) {
    let (directory, path) = place();
    (directory, SqliteStore::open(path).await.unwrap())
}

pub fn stream(name: &str) -> StreamId {
    name.parse().unwrap()
}

pub fn metadata() -> Metadata {
    let flow = CorrelationId::new();
    Metadata::new(flow, flow.0, "sales", Utc::now())
}

pub fn event(event_type: &str) -> NewEvent {
    NewEvent::new(EventId::new(), event_type, *b"{}", metadata()).unwrap()
}

/// An event with everything that metadata can hold.
pub fn full_event(tags: &[(&str, &str)]) -> NewEvent {
    let mut event = event("order.placed");
    event.schema_version = 7;
    event.data = "{\"price\" : 1.10, \"who\": \"søren\"}\n".into();
    event.metadata.command = Some(CommandStamp::new(CommandId::new(), "order.place", b"{}"));
    event.metadata.actor = Some("søren@example.org".into());
    event.metadata.occurred_at = DateTime::from_timestamp_micros(-1_234_567).unwrap();
    event.metadata.trace = Some(quadrille_core::TraceContext {
        parent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into(),
        state: Some("vendor=1".into()),
    });
    event.metadata.tags = tags.iter().map(|(key, value)| Tag::new(*key, value)).collect();
    event
}

pub fn tagged(event_type: &str, tags: &[(&str, &str)]) -> NewEvent {
    let mut event = event(event_type);
    event.metadata.tags = tags.iter().map(|(key, value)| Tag::new(*key, value)).collect();
    event
}

pub fn append(name: &str, expected: ExpectedVersion, events: Vec<NewEvent>) -> Append {
    Append { stream: stream(name), expected, events }
}

pub fn any(name: &str, events: Vec<NewEvent>) -> Append {
    append(name, ExpectedVersion::Any, events)
}

pub fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event("order.placed")).collect()
}

/// Polls a future once.
pub async fn is_pending<F: Future>(future: &mut Pin<&mut F>) -> bool {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
}
