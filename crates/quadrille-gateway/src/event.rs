//! Events on their way in and out.

use crate::{
    name::Target,
    proto::{
        StreamIdentifier, Uuid as WireUuid,
        streams::{
            ReadResp, append_req, batch_append_req,
            read_resp::{
                Content, ReadEvent,
                read_event::{Position as AtPosition, RecordedEvent},
            },
        },
        uuid::{Structured, Value},
    },
    status::shortened,
    stream_state,
};
use chrono::Utc;
use quadrille_core::{Envelope, EventId, NewEvent, Tag, conventions};
use tonic::Status;
use uuid::Uuid;

const TYPE: &str = "type";
const CONTENT_TYPE: &str = "content-type";
const CREATED: &str = "created";
const JSON: &str = "application/json";

/// Bytes of metadata that others may write beside an event: they are kept in a tag, and an index
/// of PostgreSQL holds no more.
const CUSTOM_METADATA_BYTES: usize = 2_000;

/// Bytes of one tag, its key and its value, for the same reason.
const TAG_BYTES: usize = 2_048;

/// An event that a client wants to be appended, without whatever else it said.
pub(crate) struct Proposed {
    id: Option<WireUuid>,
    event_type: Option<String>,
    content_type: Option<String>,
    custom_metadata: Vec<u8>,
    data: Vec<u8>,
}

macro_rules! proposed_from {
    ($($message:ty),+) => { $(
        impl From<$message> for Proposed {
            fn from(mut message: $message) -> Self {
                Self {
                    id: message.id,
                    event_type: message.metadata.remove(TYPE),
                    content_type: message.metadata.remove(CONTENT_TYPE),
                    // Copies: these bytes keep the whole message in memory.
                    custom_metadata: message.custom_metadata.to_vec(),
                    data: message.data.to_vec(),
                }
            }
        }
    )+ };
}
proposed_from!(append_req::ProposedMessage, batch_append_req::ProposedMessage);

impl Proposed {
    /// Bytes that a client can make as many as it likes.
    pub fn size(&self) -> usize {
        let id = match self.id.as_ref().and_then(|id| id.value.as_ref()) {
            Some(Value::String(text)) => text.len(),
            Some(Value::Structured(_)) | None => 0,
        };
        let texts = [&self.event_type, &self.content_type].into_iter().flatten();
        let texts: usize = texts.map(String::len).sum();
        self.data.len() + self.custom_metadata.len() + texts + id
    }

    pub fn event_type(&self) -> Result<&str, Status> {
        self.event_type
            .as_deref()
            .ok_or_else(|| Status::invalid_argument("Required Metadata Property 'type' is missing"))
    }

    /// The event as the store takes it, under a type that it can keep.
    pub fn into_event(self, event_type: &str) -> Result<NewEvent, Status> {
        let id = EventId(uuid(self.id.as_ref(), "an event's id")?);
        let (schema_version, mut metadata) =
            conventions::from_json(&self.custom_metadata, id, Utc::now()).map_err(|error| {
                Status::invalid_argument(format!(
                    "an event's custom metadata has a key `quadrille`, which is Quadrille's own, and does not hold what belongs there: {}",
                    shortened(&error.to_string())
                ))
            })?;
        self.keep_custom(schema_version, &mut metadata)?;
        let content_type = self.content_type.filter(|kind| kind != JSON);
        // Quadrille's own metadata is kept as it is; to it a payload is bytes, whatever they are.
        let of_others = conventions::custom(&metadata).is_some();
        if let Some(kind) = content_type.filter(|_| of_others) {
            metadata.tags.push(Tag::new(CONTENT_TYPE, kind));
        }
        check_tags(&metadata.tags)?;
        let event = NewEvent::new(id, event_type, self.data, metadata);
        let mut event = event.map_err(|error| {
            Status::invalid_argument(format!("{error}; name your event types otherwise"))
        })?;
        event.schema_version = schema_version;
        Ok(event)
    }

    /// What is not exactly Quadrille's own is kept as it was written.
    fn keep_custom(
        &self,
        schema_version: u32,
        metadata: &mut quadrille_core::Metadata,
    ) -> Result<(), Status> {
        let custom = &self.custom_metadata;
        let kept = conventions::custom(metadata);
        if kept.is_none() && conventions::to_json(metadata, schema_version) == *custom {
            return Ok(());
        }
        let text = std::str::from_utf8(custom).map_err(|_| {
            Status::invalid_argument(
                "an event's custom metadata must be UTF-8; the gateway's store keeps it as text",
            )
        })?;
        // Quadrille's own may carry such a tag, which is not all that was written.
        if kept != Some(text) {
            metadata.tags.push(Tag::new(conventions::CUSTOM_METADATA, text));
        }
        if custom.len() > CUSTOM_METADATA_BYTES {
            return Err(Status::invalid_argument(format!(
                "an event's custom metadata has {} bytes, the limit is {CUSTOM_METADATA_BYTES}; put the rest into its data",
                custom.len()
            )));
        }
        Ok(())
    }
}

fn check_tags(tags: &[Tag]) -> Result<(), Status> {
    match tags.iter().find(|tag| tag.key.len() + tag.value.len() > TAG_BYTES) {
        None => Ok(()),
        Some(Tag { key, value }) => Err(Status::invalid_argument(format!(
            "the tag {:?} of an event has {} bytes, the limit is {TAG_BYTES}",
            shortened(key),
            key.len() + value.len()
        ))),
    }
}

/// The form in which a client wants ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdForm {
    Structured,
    Text,
}

impl IdForm {
    pub fn write(self, id: Uuid) -> WireUuid {
        let value = match self {
            Self::Text => Value::String(id.to_string()),
            Self::Structured => {
                let (most, least) = id.as_u64_pair();
                Value::Structured(Structured {
                    most_significant_bits: most as i64,
                    least_significant_bits: least as i64,
                })
            }
        };
        WireUuid { value: Some(value) }
    }
}

/// A client's UUID, in either form; `what` it is.
pub(crate) fn uuid(id: Option<&WireUuid>, what: &str) -> Result<Uuid, Status> {
    match id.and_then(|id| id.value.as_ref()) {
        Some(Value::Structured(bits)) => Ok(Uuid::from_u64_pair(
            bits.most_significant_bits as u64,
            bits.least_significant_bits as u64,
        )),
        Some(Value::String(text)) => text.parse().map_err(|_| {
            let text = shortened(text);
            Status::invalid_argument(format!("{what} is {text:?}, which is not a UUID"))
        }),
        None => Err(Status::invalid_argument(format!("{what} is missing"))),
    }
}

/// An event as clients read it.
pub(crate) fn read_event(event: Envelope, form: IdForm) -> ReadResp {
    let target = stream_state::shown_as(&event);
    let shown = target.shown();
    let event_type = match target {
        Target::Events(_) => event.event_type,
        Target::Metadata(_) => stream_state::METADATA_TYPE.to_owned(),
    };
    let tags = &event.metadata.tags;
    let kind = tags.iter().find(|tag| tag.key == CONTENT_TYPE);
    let kind = kind.map_or_else(|| JSON.to_owned(), |tag| tag.value.clone());
    // In units of 100 ns, as the official server counts.
    let created = event.recorded_at.timestamp_micros() * 10;
    let custom_metadata = match conventions::custom(&event.metadata) {
        Some(custom) => custom.as_bytes().to_vec(),
        None => conventions::to_json(&event.metadata, event.schema_version),
    };
    let metadata = [(TYPE, event_type), (CONTENT_TYPE, kind), (CREATED, created.to_string())];
    let recorded = RecordedEvent {
        id: Some(form.write(event.id.0)),
        stream_identifier: Some(StreamIdentifier { stream_name: shown.into() }),
        stream_revision: event.version.0.saturating_sub(1),
        prepare_position: event.position.0,
        commit_position: event.position.0,
        metadata: metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
        custom_metadata: custom_metadata.into(),
        data: event.data.into(),
    };
    let event = ReadEvent {
        event: Some(recorded),
        link: None,
        position: Some(AtPosition::CommitPosition(event.position.0)),
    };
    answer(Content::Event(event))
}

/// One message of a read.
pub(crate) fn answer(content: Content) -> ReadResp {
    ReadResp { content: Some(content) }
}
