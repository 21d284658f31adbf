//! What is compared of a log.

use quadrille_core::{
    Envelope, EventStore, Position, Query, StoreError,
    journal::{Fact, HandlerStarted, ManifestRecorded, Parked, ReactionSettled},
    store::Direction,
};
use serde_json::Value;
use std::collections::BTreeMap;

/// A line for each event, stream by stream.
pub(super) async fn lines(store: &dyn EventStore) -> Result<Vec<String>, StoreError> {
    let mut streams: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut after = Position::START;
    loop {
        let page = store.read(&Query::everything(), after, Direction::Forward, 1_000).await?;
        for envelope in &page.events {
            if is_compared(envelope) {
                let lines = streams.entry(envelope.stream.to_string()).or_default();
                lines.push(line(envelope));
                if is_unordered(envelope) {
                    lines.sort();
                }
            }
        }
        match page.through {
            Some(place) if page.more => after = place.position,
            _ => return Ok(streams.into_values().flatten().collect()),
        }
    }
}

/// Manifests name the store, and where a handler began is a position.
fn is_compared(envelope: &Envelope) -> bool {
    ![ManifestRecorded::TYPE, HandlerStarted::TYPE].contains(&envelope.event_type.as_str())
}

/// Facts about events of different flows, which are handled at the same time.
fn is_unordered(envelope: &Envelope) -> bool {
    [ReactionSettled::TYPE, Parked::TYPE].contains(&envelope.event_type.as_str())
}

fn line(envelope: &Envelope) -> String {
    let data = match serde_json::from_slice::<Value>(&envelope.data) {
        Ok(mut value) => {
            forget_attempts(&mut value);
            value.to_string()
        }
        Err(_) => String::from_utf8_lossy(&envelope.data).into_owned(),
    };
    let Envelope { stream, event_type, metadata, .. } = envelope;
    format!("{stream}: {event_type} {data}, caused by {}", metadata.causation)
}

/// How often something was tried is what a fault changes, and may.
fn forget_attempts(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.remove("attempts");
            fields.values_mut().for_each(forget_attempts);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_attempts),
        _ => {}
    }
}
