//! Events and facts to try the binary on.

use crate::bench::append;
use chrono::{DateTime, TimeZone, Utc};
use quadrille_core::{
    CommandId, CommandStamp, CorrelationId, EventId, EventStore, Metadata, NewEvent, StreamId, Tag,
    journal::{Cause, DeadlineSet, Fact, Issued, ProcessStepped, process_stream},
};
use serde_json::value::RawValue;
use uuid::Uuid;

pub const FLOW: CorrelationId = CorrelationId(Uuid::from_u128(0xf));

pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap()
}

pub fn stream(name: &str) -> StreamId {
    name.parse().unwrap()
}

fn metadata(cause: Uuid) -> Metadata {
    Metadata::new(FLOW, cause, "shop", start())
}

/// An event of a command from outside.
pub fn placed(n: u128) -> NewEvent {
    let command = CommandId(Uuid::from_u128(0xc0 + n));
    let mut metadata = metadata(command.0);
    metadata.command = Some(CommandStamp::new(command, "order.place", b"{}"));
    metadata.actor = Some("alice".into());
    metadata.tags = vec![Tag::new("customer", n)];
    let data = format!(r#"{{"total_cents":{}}}"#, n * 100);
    NewEvent::new(EventId(Uuid::from_u128(0xe0 + n)), "order.placed", data, metadata).unwrap()
}

fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.into()).unwrap()
}

/// A first step of an instance: it sends a command and sets a deadline.
pub fn stepped(process: &str, key: &str, cause: EventId) -> ProcessStepped {
    ProcessStepped {
        process: process.into(),
        key: key.into(),
        input: "Placed".into(),
        cause: Cause::Event(cause),
        state_version: 1,
        state: raw(r#"{"cents":100}"#),
        issued: vec![Issued {
            id: CommandId(Uuid::from_u128(0xc9)),
            to: stream("payment-o1"),
            command: "capture".into(),
            data: raw("{}"),
            due: None,
            undo: None,
            compensates: false,
            undo_at_once: false,
        }],
        undo: Vec::new(),
        deadlines: vec![DeadlineSet {
            id: Uuid::from_u128(0xd),
            name: "PaymentOverdue".into(),
            data: raw("{}"),
            due: start() + chrono::Duration::days(3),
        }],
        cancelled: Vec::new(),
        compensates: None,
        dropped: Vec::new(),
        completes: false,
        undeclared: Vec::new(),
    }
}

pub async fn append_fact<F: Fact>(store: &dyn EventStore, to: &StreamId, fact: &F, cause: EventId) {
    let event = fact.event(EventId::new(), metadata(cause.0)).unwrap();
    append(store, to, vec![event]).await;
}

/// The next step of the same instance: it was paid.
pub fn paid(process: &str, key: &str, cause: EventId) -> ProcessStepped {
    ProcessStepped {
        input: "Paid".into(),
        state: raw(r#"{"cents":100,"paid":true}"#),
        issued: Vec::new(),
        deadlines: Vec::new(),
        ..stepped(process, key, cause)
    }
}

/// Two instances: `o1` of `fulfilment`, which waits, and `late-1` of `order`, which is done.
pub async fn two_instances(store: &dyn EventStore) {
    append(store, &stream("order-o1"), vec![placed(1)]).await;
    let open = stepped("fulfilment", "o1", placed(1).id);
    append_fact(store, &process_stream("fulfilment", "o1").unwrap(), &open, placed(1).id).await;
    let mut done = stepped("order", "late-1", placed(1).id);
    (done.issued, done.deadlines, done.completes) = (Vec::new(), Vec::new(), true);
    append_fact(store, &process_stream("order", "late-1").unwrap(), &done, placed(1).id).await;
}
