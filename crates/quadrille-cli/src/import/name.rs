//! Ids of imported events: the same log gives the same ids, so that nothing is imported twice.

use chrono::{DateTime, Utc};
use quadrille_core::{Category, CorrelationId, EventId, id::derive};
use uuid::Uuid;

const NAMESPACE: Uuid = Uuid::from_u128(0x7d1c_31f6_5c0e_4b58_9a43_2f06_a1c5_6be2);

/// The flow of a case that began at `began`, whose time comes first so that ids lie close together
/// in an index.
pub(super) fn flow(category: &Category, case: &str, began: DateTime<Utc>) -> CorrelationId {
    let named = derive(NAMESPACE, &[b"case", category.as_str().as_bytes(), case.as_bytes()]);
    let mut bytes = *named.as_bytes();
    let millis = began.timestamp_millis().to_be_bytes();
    bytes[..6].copy_from_slice(&millis[2..]);
    CorrelationId(Uuid::from_bytes(bytes))
}

/// The id of an event of a flow: its place and all that the log says of it.
pub(super) fn event(flow: CorrelationId, ordinal: usize, event_type: &str, data: &[u8]) -> EventId {
    let ordinal = (ordinal as u64).to_be_bytes();
    EventId(derive(flow.0, &[b"event", &ordinal, event_type.as_bytes(), data]))
}
