//! Events: what is appended, what is read back, and the types that users give them.

use crate::{
    CausationId, CommandId, CorrelationId, DecodeError, EncodeError, EventId, Field, InvalidName,
    Position, StreamId, Version, View, name,
};
use chrono::{DateTime, SubsecRound, Utc};
use serde::{Deserialize, Serialize};
use std::{ops::Deref, sync::Arc};
use uuid::Uuid;

/// One type of event of an aggregate, as its derive found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventType {
    /// The name in the log: `category.snake_case_variant` unless pinned.
    pub name: &'static str,
    /// The schema version that this code writes, from 1.
    pub version: u32,
    /// The enum's variant.
    pub variant: &'static str,
    /// The payload's fields, by their names in the payload.
    pub fields: &'static [Field],
}

/// An event enum that its aggregate owns. Derive it: `#[derive(Event)]`.
///
/// A payload holds the variant's fields and nothing else; a unit variant is `{}`, a newtype its
/// inner value.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    note = "add `#[derive(Event)]` and `#[event(category = \"…\")]` to it"
)]
pub trait Event: View {
    /// The category of the streams that these events live in.
    const CATEGORY: &'static str;
    /// All types of this enum, in the order of its variants.
    const TYPES: &'static [EventType];

    /// The index of this event's type in [`Event::TYPES`].
    fn kind(&self) -> usize;

    /// The payload's bytes.
    ///
    /// # Errors
    /// When a value has no JSON form (a map with keys that are not text, for example).
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;

    /// The event that was written so; `Ok(None)` when its type is none of [`Event::TYPES`].
    ///
    /// # Errors
    /// As [`View::decode`].
    fn decode_own(event: Encoded<'_>) -> Result<Option<Self>, DecodeError>;

    /// The tags that this event carries: fields marked `#[event(tag)]`.
    fn tags(&self) -> Vec<Tag> {
        Vec::new()
    }

    /// This event's type.
    fn event_type(&self) -> &'static EventType {
        &Self::TYPES[self.kind()]
    }
}

/// A key and a value by which events are found across streams.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag {
    /// What the value is, such as `customer`.
    pub key: String,
    /// The value.
    pub value: String,
}

impl Tag {
    /// A tag of these two.
    pub fn new(key: impl Into<String>, value: impl ToString) -> Self {
        Self { key: key.into(), value: value.to_string() }
    }
}

/// The W3C trace context that a command came with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// The header `traceparent`.
    pub parent: String,
    /// The header `tracestate`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
}

impl TraceContext {
    /// The trace's id, 32 hexadecimal digits; `None` where the header makes no sense.
    pub fn trace_id(&self) -> Option<&str> {
        let id = self.parent.split('-').nth(1)?;
        let is_id = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_id.then_some(id)
    }
}

/// The command that an event came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandStamp {
    /// The command's id, the key of idempotency within the event's stream.
    pub id: CommandId,
    /// `category.snake_case_variant`, such as `order.place`.
    pub name: String,
    /// A fingerprint of the request: the same id with another one is an error.
    pub fingerprint: Uuid,
}

impl CommandStamp {
    /// A command's stamp; `payload` is its encoded form.
    pub fn new(id: CommandId, name: impl Into<String>, payload: &[u8]) -> Self {
        let name = name.into();
        let fingerprint = crate::id::derive(Uuid::nil(), &[b"request", name.as_bytes(), payload]);
        Self { id, name, fingerprint }
    }
}

/// What every event carries besides its payload. None of it is optional in the sense that a store
/// may leave it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// The flow.
    pub correlation: CorrelationId,
    /// The direct cause.
    pub causation: CausationId,
    /// The command that led to this event; `None` for imported events and the framework's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<CommandStamp>,
    /// The component that owns the writer.
    pub component: String,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When it happened, to the microsecond. It orders nothing.
    pub occurred_at: DateTime<Utc>,
    /// The trace that the command belonged to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<TraceContext>,
    /// Keys to find this event by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
}

impl Metadata {
    /// Metadata of an event that no command of this log led to, such as an imported one.
    /// `occurred_at` is cut to the microsecond.
    pub fn new(
        correlation: CorrelationId,
        causation: impl Into<CausationId>,
        component: impl Into<String>,
        occurred_at: DateTime<Utc>,
    ) -> Self {
        Self {
            correlation,
            causation: causation.into(),
            command: None,
            component: component.into(),
            actor: None,
            occurred_at: occurred_at.trunc_subsecs(6),
            trace: None,
            tags: Vec::new(),
        }
    }
}

/// An event on its way into a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Its id: appended again to the same stream, it is not written again.
    pub id: EventId,
    /// Its type, as in [`EventType::name`].
    pub event_type: String,
    /// The version of its payload's schema, from 1.
    pub schema_version: u32,
    /// The payload: JSON by agreement among those who write it; to a store any bytes, kept as
    /// they are.
    pub data: Vec<u8>,
    /// The rest.
    pub metadata: Metadata,
}

impl NewEvent {
    /// An event of any type and payload.
    ///
    /// # Errors
    /// When the type's name cannot be kept.
    pub fn new(
        id: EventId,
        event_type: impl Into<String>,
        data: impl Into<Vec<u8>>,
        metadata: Metadata,
    ) -> Result<Self, InvalidName> {
        let event_type = event_type.into();
        name::check_event_type(&event_type)?;
        Ok(Self { id, event_type, schema_version: 1, data: data.into(), metadata })
    }
}

/// An event as a store hands it out: bytes and metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The event's id.
    pub id: EventId,
    /// The event's type.
    pub event_type: String,
    /// The version of the payload's schema.
    pub schema_version: u32,
    /// The stream that it lies in.
    pub stream: StreamId,
    /// Its place in that stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// When the store accepted it, by the store's clock, to the microsecond. It orders nothing.
    pub recorded_at: DateTime<Utc>,
    /// The payload as it was written.
    pub data: Vec<u8>,
    /// The rest.
    pub metadata: Metadata,
}

impl Envelope {
    /// Its type and its payload.
    pub fn encoded(&self) -> Encoded<'_> {
        let Self { id, event_type, schema_version, data, .. } = self;
        Encoded { id: *id, event_type, schema_version: *schema_version, data }
    }
}

/// An event's type and payload: all that its owner needs to read it.
#[derive(Debug, Clone, Copy)]
pub struct Encoded<'a> {
    /// The event's id.
    pub id: EventId,
    /// The event's type.
    pub event_type: &'a str,
    /// The version of the payload's schema.
    pub schema_version: u32,
    /// The payload as it was written.
    pub data: &'a [u8],
}

/// A decoded event with its envelope. It derefs to the event.
#[derive(Debug, Clone)]
pub struct Recorded<E> {
    event: E,
    envelope: Arc<Envelope>,
}

impl<E> Recorded<E> {
    /// Puts an event beside its envelope.
    pub fn new(event: E, envelope: Arc<Envelope>) -> Self {
        Self { event, envelope }
    }

    /// The event.
    pub fn event(&self) -> &E {
        &self.event
    }

    /// The event, without its envelope.
    pub fn into_event(self) -> E {
        self.event
    }

    /// All that the store knows of it.
    pub fn envelope(&self) -> &Arc<Envelope> {
        &self.envelope
    }

    /// The id within the category: for `order-4711`, `4711`.
    pub fn id(&self) -> &str {
        self.envelope.stream.id()
    }

    /// When it happened.
    pub fn occurred_at(&self) -> DateTime<Utc> {
        self.envelope.metadata.occurred_at
    }

    /// The flow that it belongs to.
    pub fn correlation(&self) -> CorrelationId {
        self.envelope.metadata.correlation
    }

    /// Its place in the log.
    pub fn position(&self) -> Position {
        self.envelope.position
    }
}

impl<E> Deref for Recorded<E> {
    type Target = E;
    fn deref(&self) -> &E {
        &self.event
    }
}
