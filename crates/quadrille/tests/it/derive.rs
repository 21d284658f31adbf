//! The derives: what lands in the log, what is read back, and what they record of it.

mod command;
mod event;
mod fields;
mod hygiene;
mod input;
mod rejection;
mod row;
mod view;

use quadrille::{
    CausationId, CommandId, CorrelationId, Envelope, Event, EventId, Field, Metadata, Position,
    Version, View,
};
use std::fmt::Debug;

/// An event as a store would hand it out.
fn envelope(stream: &str, event_type: &str, schema_version: u32, data: &str) -> Envelope {
    let command = CommandId::new();
    let flow = CorrelationId::of_command(command);
    let occurred_at = "2024-02-29T12:00:00Z".parse().unwrap();
    let mut metadata = Metadata::new(flow, CausationId::from(command), "tests", occurred_at);
    metadata.actor = Some("alice".into());
    Envelope {
        id: EventId::new(),
        event_type: event_type.into(),
        schema_version,
        stream: stream.parse().unwrap(),
        version: Version(3),
        position: Position(70),
        recorded_at: occurred_at,
        data: data.into(),
        metadata,
    }
}

fn decode<V: View>(event_type: &str, schema_version: u32, data: &str) -> Option<V> {
    V::decode(&envelope("order-o1", event_type, schema_version, data)).unwrap()
}

/// The error and all its sources in one line.
fn failure<V: View + Debug>(event_type: &str, schema_version: u32, data: &str) -> String {
    let error = V::decode(&envelope("order-o1", event_type, schema_version, data)).unwrap_err();
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// Writes an event and reads it back: the payload is `json`, and nothing is lost.
fn round_trip<E: Event + PartialEq + Debug>(event: E, event_type: &str, json: &str) {
    assert_eq!(event.event_type().name, event_type);
    assert_eq!(String::from_utf8(event.encode().unwrap()).unwrap(), json);
    assert_eq!(decode::<E>(event_type, event.event_type().version, json), Some(event));
}

/// The names of fields, those that a reader can do without with a `?`.
fn names(fields: &[Field]) -> Vec<String> {
    let mark = |field: &Field| if field.optional { "?" } else { "" };
    fields.iter().map(|field| format!("{}{}", field.name, mark(field))).collect()
}
