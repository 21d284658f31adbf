//! Metadata, deletion and the end of a stream: facts in a stream of the framework's own.
//!
//! The last of them says all. Nothing is deleted: what they hide is hidden by the gateway, from
//! those who read the stream by its name.

use crate::{name::Target, status};
use chrono::{DateTime, TimeDelta, Utc};
use quadrille_core::{
    Envelope, EventStore, NewEvent, StoreError, StreamId, Tag, Version, store::Direction,
};
use serde::Deserialize;
use serde_json::{Map, Value};
use tonic::Status;

/// How clients call the type of a stream's metadata.
pub(crate) const METADATA_TYPE: &str = "$metadata";

/// The metadata was written.
pub(crate) const DESCRIBED: &str = "quadrille.stream.described";
/// The stream was deleted, and may begin again behind where it was.
pub(crate) const DELETED: &str = "quadrille.stream.deleted";
/// The stream was deleted for ever.
pub(crate) const TOMBSTONED: &str = "quadrille.stream.tombstoned";

/// The tag that holds the version up to which a stream was deleted.
const DELETED_AT: &str = "deleted-at";

const ID_PREFIX: &str = "stream-metadata-";

/// How often to try again when somebody else writes facts about the same stream.
pub(crate) const ATTEMPTS: usize = 8;

/// What clients write to say that all there is be hidden.
const DELETED_REVISION: u64 = i64::MAX as u64;

/// The stream that holds the facts about another; `None` where that one's name is too long.
pub(crate) fn facts_of(stream: &StreamId) -> Option<StreamId> {
    StreamId::framework(format!("{ID_PREFIX}{stream}")).ok()
}

/// What clients call the stream of an event that was read as metadata.
pub(crate) fn shown_as(event: &Envelope) -> Target {
    let fact = [DESCRIBED, DELETED, TOMBSTONED].contains(&event.event_type.as_str());
    let about = event.stream.category().is_framework().then(|| event.stream.id());
    let about = about.and_then(|id| id.strip_prefix(ID_PREFIX)?.parse().ok());
    match about.filter(|_| fact) {
        Some(stream) => Target::Metadata(stream),
        None => Target::Events(event.stream.clone()),
    }
}

/// The tag that says up to where a stream was deleted.
pub(crate) fn deleted_at(version: Version) -> Tag {
    Tag::new(DELETED_AT, version)
}

/// Metadata that also says, as clients write it, that the events up to `last` are hidden. What is no
/// metadata says nothing else.
pub(crate) fn truncated(data: &[u8], last: Version) -> Vec<u8> {
    let mut data: Map<String, Value> = serde_json::from_slice(data).unwrap_or_default();
    data.insert("$tb".to_owned(), last.0.into());
    Value::Object(data).to_string().into_bytes()
}

/// What the gateway understands of a stream's metadata.
#[derive(Debug, Default, Deserialize)]
struct Rules {
    #[serde(rename = "$maxCount", default)]
    max_count: Option<u64>,
    #[serde(rename = "$maxAge", default)]
    max_age: Option<u64>,
    #[serde(rename = "$tb", default)]
    truncate_before: Option<u64>,
}

impl Rules {
    /// What it can read of metadata, which clients may write as they like.
    fn read(data: &[u8]) -> Self {
        serde_json::from_slice(data).unwrap_or_default()
    }
}

/// What is known of a stream besides its events.
#[derive(Debug, Default)]
pub(crate) struct StreamState {
    /// The version of the facts.
    pub version: Version,
    /// The metadata as it was written last.
    pub data: Vec<u8>,
    rules: Rules,
    /// Up to where a deletion hid it.
    hidden_to: Option<Version>,
    /// Whether nothing was said of it since that deletion.
    deleted: bool,
    pub tombstoned: bool,
}

impl StreamState {
    /// The state of a stream.
    pub async fn load(store: &dyn EventStore, stream: &StreamId) -> Result<Self, StoreError> {
        let Some(facts) = facts_of(stream) else { return Ok(Self::default()) };
        let last = store.read_stream(&facts, Version(u64::MAX), Direction::Backward, 1).await?;
        Ok(last.into_iter().next().map(Self::from).unwrap_or_default())
    }

    /// # Errors
    /// When the stream was deleted for ever.
    pub fn check_alive(&self, stream: &StreamId) -> Result<(), Status> {
        if self.tombstoned {
            return Err(status::stream_deleted(&stream.to_string()));
        }
        Ok(())
    }

    /// The version at which the stream was deleted and has not begun again, if its last event has
    /// version `last`.
    pub fn deleted(&self, last: Version) -> bool {
        self.deleted_at().is_some_and(|at| at >= last)
    }

    /// Where the stream was deleted, if it was.
    pub fn deleted_at(&self) -> Option<Version> {
        self.hidden_to.filter(|_| self.deleted)
    }

    /// New metadata of a stream whose last event has version `last`. As with the official server
    /// there is a stream again when a deleted one is described, and what was deleted stays hidden
    /// unless the metadata itself says from where on to show it.
    pub fn keep_hidden(&self, mut event: NewEvent, last: Version) -> NewEvent {
        let hidden_to = match (Rules::read(&event.data).truncate_before, self.hidden_to) {
            (Some(DELETED_REVISION), _) => last,
            (None, Some(at)) => {
                event.data = truncated(&event.data, at);
                at
            }
            _ => return event,
        };
        event.metadata.tags.push(deleted_at(hidden_to));
        event
    }

    /// Whether it is needed to know the last event to know which are shown.
    pub fn counts(&self) -> bool {
        self.rules.max_count.is_some()
    }

    /// Which events are shown of a stream whose last has version `last`.
    pub fn window(&self, last: Version) -> Window {
        // What was written to hide everything hides what there was then.
        let before = self.rules.truncate_before.filter(|before| *before != DELETED_REVISION);
        let truncated = before.map_or(0, |before| before.saturating_add(1));
        let deleted = self.hidden_to.map_or(0, |at| at.0 + 1);
        let counted = self.rules.max_count.map_or(0, |count| (last.0 + 1).saturating_sub(count));
        let age = self
            .rules
            .max_age
            .and_then(|seconds| TimeDelta::try_seconds(i64::try_from(seconds).ok()?));
        Window {
            first: Version(truncated.max(deleted).max(counted).max(1)),
            since: age.and_then(|age| Utc::now().checked_sub_signed(age)),
        }
    }
}

impl From<Envelope> for StreamState {
    fn from(fact: Envelope) -> Self {
        let tag = fact.metadata.tags.iter().find(|tag| tag.key == DELETED_AT);
        let rules = Rules::read(&fact.data);
        Self {
            version: fact.version,
            deleted: fact.event_type == DELETED || rules.truncate_before == Some(DELETED_REVISION),
            rules,
            data: fact.data,
            hidden_to: tag.and_then(|tag| tag.value.parse().ok()).map(Version),
            tombstoned: fact.event_type == TOMBSTONED,
        }
    }
}

/// Which events of a stream are shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    /// From this version on.
    pub first: Version,
    since: Option<DateTime<Utc>>,
}

impl Window {
    pub fn looks_at_age(&self) -> bool {
        self.since.is_some()
    }

    pub fn shows(&self, event: &Envelope) -> bool {
        event.version >= self.first && self.since.is_none_or(|since| event.recorded_at >= since)
    }
}
