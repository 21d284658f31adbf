use crate::{
    Category, CausationId, CorrelationId, Encoded, Envelope, EventId, Position, StreamId, Tag,
    Version,
};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// An event of a stream, without its metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPayload {
    /// The event's id.
    pub id: EventId,
    /// Its place in the stream.
    pub version: Version,
    /// The event's type.
    pub event_type: Arc<str>,
    /// The version of the payload's schema.
    pub schema_version: u32,
    /// The payload as it was written.
    pub data: Vec<u8>,
}

impl StoredPayload {
    /// Its type and its payload.
    pub fn encoded(&self) -> Encoded<'_> {
        let Self { id, event_type, schema_version, data, .. } = self;
        Encoded { id: *id, event_type, schema_version: *schema_version, data }
    }
}

impl From<Envelope> for StoredPayload {
    fn from(event: Envelope) -> Self {
        let Envelope { id, version, event_type, schema_version, data, .. } = event;
        Self { id, version, event_type: event_type.into(), schema_version, data }
    }
}

/// Which way to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From old to new.
    Forward,
    /// From new to old.
    Backward,
}

/// Which events of the log: those that meet everything that is set.
///
/// The framework's own streams are hidden unless [`Query::framework`] asks for them or
/// [`Query::stream`] or [`Query::category`] names them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// Of these types; none for all.
    pub types: Vec<String>,
    /// Of these categories; none for all.
    pub categories: Vec<Category>,
    /// Of this stream.
    pub stream: Option<StreamId>,
    /// Of this flow.
    pub correlation: Option<CorrelationId>,
    /// Directly caused by this.
    pub causation: Option<CausationId>,
    /// Carrying all of these tags.
    pub tags: Vec<Tag>,
    /// Whether the framework's own streams are included.
    pub framework: bool,
}

impl Query {
    /// Every event but the framework's own.
    pub fn all() -> Self {
        Self::default()
    }

    /// Every event, the framework's own included.
    pub fn everything() -> Self {
        Self { framework: true, ..Self::default() }
    }

    /// Also requires one of these types.
    pub fn types<T: Into<String>>(mut self, types: impl IntoIterator<Item = T>) -> Self {
        self.types.extend(types.into_iter().map(Into::into));
        self
    }

    /// Also requires one of these categories; call it again to allow more.
    pub fn category(mut self, category: Category) -> Self {
        self.categories.push(category);
        self
    }

    /// Also requires this stream.
    pub fn stream(mut self, stream: StreamId) -> Self {
        self.stream = Some(stream);
        self
    }

    /// Also requires this flow.
    pub fn correlation(mut self, correlation: CorrelationId) -> Self {
        self.correlation = Some(correlation);
        self
    }

    /// Also requires this direct cause.
    pub fn causation(mut self, causation: CausationId) -> Self {
        self.causation = Some(causation);
        self
    }

    /// Also requires this tag.
    pub fn tag(mut self, tag: Tag) -> Self {
        self.tags.push(tag);
        self
    }

    /// Whether the framework's streams are hidden from this query.
    pub fn hides_framework(&self) -> bool {
        let names_it = |category: &Category| category.is_framework();
        !self.framework
            && !self.stream.as_ref().is_some_and(|stream| names_it(stream.category()))
            && !self.categories.iter().any(names_it)
    }

    /// Whether an event is selected. Stores that select in another way must agree with this.
    pub fn matches(&self, event: &Envelope) -> bool {
        let category = event.stream.category();
        let metadata = &event.metadata;
        (!self.hides_framework() || !category.is_framework())
            && (self.types.is_empty() || self.types.contains(&event.event_type))
            && (self.categories.is_empty() || self.categories.contains(category))
            && self.stream.as_ref().is_none_or(|stream| *stream == event.stream)
            && self.correlation.is_none_or(|id| id == metadata.correlation)
            && self.causation.is_none_or(|id| id == metadata.causation)
            && self.tags.iter().all(|tag| metadata.tags.contains(tag))
    }
}

/// A committed event's place in the log: what a checkpoint may stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Its position.
    pub position: Position,
    /// Its id.
    pub event: EventId,
}

impl From<&Envelope> for Place {
    fn from(event: &Envelope) -> Self {
        Self { position: event.position, event: event.id }
    }
}

/// A part of the log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// The events selected.
    pub events: Vec<Envelope>,
    /// The last committed event looked at, selected or not: go on from there. `None` when there
    /// was nothing to look at. A forward page without [`Page::more`] looked at all that was
    /// committed before it was asked for, so that a reader of few events still reaches the head.
    pub through: Option<Place>,
    /// Whether there was more to look at when the page was read. A page that says so has a
    /// `through`, so that going on from there comes to an end.
    pub more: bool,
}

/// Which streams to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StreamFilter {
    /// Of this category; `None` for all but the framework's.
    pub category: Option<Category>,
    /// With ids that begin so.
    pub id_prefix: String,
    /// Whether the framework's own streams are included.
    pub framework: bool,
}

impl StreamFilter {
    /// Whether a stream is selected. Stores that select in another way must agree with this.
    pub fn matches(&self, stream: &StreamId) -> bool {
        let category = stream.category();
        let visible = self.framework || !category.is_framework();
        self.category.as_ref().map_or(visible, |wanted| wanted == category)
            && stream.id().starts_with(&self.id_prefix)
    }
}

/// A stream in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// Its name.
    pub stream: StreamId,
    /// The version of its last event, which is the number of its events.
    pub version: Version,
    /// The position of its last event.
    pub position: Position,
    /// When its last event was recorded.
    pub recorded_at: DateTime<Utc>,
}
