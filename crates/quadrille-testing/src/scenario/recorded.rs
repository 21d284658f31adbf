use super::Arrival;
use crate::delivery::Written;
use chrono::{DateTime, Utc};
use quadrille_core::{
    Category, CausationId, CommandId, CorrelationId, Envelope, Event, EventId, Metadata, NewEvent,
    Position, Recorded, StreamId, Version, View, view::reads_of,
};
use std::{collections::HashMap, error::Error, sync::Arc};

/// When everything begins that does not say otherwise.
pub(super) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_704_067_200, 0).expect("the first second of 2024")
}

/// An error with its sources, on one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let (mut text, mut source) = (error.to_string(), error.source());
    while let Some(error) = source {
        text += &format!(": {error}");
        source = error.source();
    }
    text
}

/// The event as it lies in a log.
pub(super) fn logged<E: Event>(event: &E) -> Result<Envelope, String> {
    let of = event.event_type();
    let data = event.encode().map_err(|error| chain(&error))?;
    let mut envelope =
        Draft { event: (), ..recorded(()) }.envelope(of.name, &mut Places::default());
    envelope.schema_version = of.version;
    envelope.data = data;
    Ok(envelope)
}

/// The event as it is read back from a log.
pub(super) fn read_back<E: Event>(envelope: &Envelope) -> Result<E, String> {
    match E::decode(envelope) {
        Ok(Some(event)) => Ok(event),
        Ok(None) => Err(format!("`{}` is not read back from its own type", envelope.event_type)),
        Err(error) => {
            Err(format!("the event is not read back from its own payload: {}", chain(&error)))
        }
    }
}

/// An event to be read, with an envelope that a test may fill in.
pub fn recorded<E>(event: E) -> Draft<E> {
    Draft {
        event,
        id: "1".into(),
        event_type: None,
        occurred_at: start(),
        correlation: None,
        actor: None,
        event_id: None,
        cause: None,
    }
}

/// An event whose envelope is being filled in: see [`recorded`].
#[derive(Debug, Clone)]
#[must_use]
pub struct Draft<E> {
    event: E,
    id: String,
    event_type: Option<String>,
    occurred_at: DateTime<Utc>,
    correlation: Option<CorrelationId>,
    actor: Option<String>,
    event_id: Option<EventId>,
    cause: Option<EventId>,
}

impl<E> Draft<E> {
    /// The id of its stream, within the category that its type begins with; `1` by default.
    pub fn stream(mut self, id: impl Into<String>) -> Self {
        self.id = id.into();
        self
    }

    /// Its type in the log; by default the first that the view reads.
    pub fn event_type(mut self, name: impl Into<String>) -> Self {
        self.event_type = Some(name.into());
        self
    }

    /// When it happened; by default the first second of 2024.
    pub fn at(mut self, time: DateTime<Utc>) -> Self {
        self.occurred_at = time;
        self
    }

    /// Who asked for it.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// The flow that it belongs to; by default one of its own.
    pub fn correlation(mut self, flow: CorrelationId) -> Self {
        self.correlation = Some(flow);
        self
    }

    /// Its id; by default a new one.
    pub fn event_id(mut self, id: EventId) -> Self {
        self.event_id = Some(id);
        self
    }

    /// The event that led to it: it never comes before that one, whatever the order.
    pub fn caused_by(mut self, cause: EventId) -> Self {
        self.cause = Some(cause);
        self
    }

    pub(super) fn event(&self) -> &E {
        &self.event
    }

    /// The stream in which an event of this type lies.
    fn stream_of(&self, event_type: &str) -> StreamId {
        let category = event_type.split('.').next().unwrap_or_default().to_owned();
        let stream = Category::new(category).and_then(|of| StreamId::new(of, self.id.clone()));
        stream.unwrap_or_else(|error| panic!("{error}"))
    }

    fn metadata(&self) -> Metadata {
        let command = CommandId::new();
        let cause = self.cause.map_or(CausationId::from(command), CausationId::from);
        let flow = self.correlation.unwrap_or_else(|| CorrelationId::of_command(command));
        let mut metadata = Metadata::new(flow, cause, "tests", self.occurred_at);
        metadata.actor.clone_from(&self.actor);
        metadata
    }

    /// The input of a process manager, as its event arrives; `event_type` is what it reads.
    pub(super) fn arrival(self, event_type: Option<&str>) -> Arrival<E> {
        let event_type = self.event_type.as_deref().or(event_type);
        let stream = event_type.map(|event_type| self.stream_of(event_type).to_string());
        let id = self.event_id.unwrap_or_else(EventId::new);
        Arrival { id, cause: self.cause, stream: stream.unwrap_or_default(), input: self.event }
    }

    fn envelope(&self, event_type: &str, places: &mut Places) -> Envelope {
        let stream = self.stream_of(event_type);
        let (position, version) = places.next(&stream);
        let metadata = self.metadata();
        Envelope {
            id: self.event_id.unwrap_or_else(EventId::new),
            event_type: event_type.into(),
            schema_version: 1,
            stream,
            version,
            position,
            recorded_at: self.occurred_at,
            data: b"{}".to_vec(),
            metadata,
        }
    }
}

impl<E: Event> Draft<E> {
    /// The event as it is appended to a store, for a test of whatever reads it there: see
    /// [`delivery::in_any_order`](crate::delivery::in_any_order).
    ///
    /// # Panics
    /// When the event has no JSON form.
    #[track_caller]
    pub fn written(self) -> Written {
        let of = self.event.event_type();
        let data = self.event.encode().unwrap_or_else(|error| panic!("{}", chain(&error)));
        let event_type = self.event_type.clone().unwrap_or_else(|| of.name.into());
        let (stream, metadata) = (self.stream_of(&event_type), self.metadata());
        let id = self.event_id.unwrap_or_else(EventId::new);
        let event = NewEvent { id, event_type, schema_version: of.version, data, metadata };
        Written { stream, event }
    }
}

/// Where in a log the next event lies.
#[derive(Debug, Clone, Default)]
pub struct Places {
    position: Position,
    versions: HashMap<StreamId, Version>,
}

impl Places {
    fn next(&mut self, stream: &StreamId) -> (Position, Version) {
        self.position = Position(self.position.0 + 1);
        let version = self.versions.entry(stream.clone()).or_default();
        *version = version.next();
        (self.position, *version)
    }
}

/// What stands for a recorded event in a test: the event alone, a [`Draft`], or the real thing.
pub trait IntoRecorded<E> {
    /// The event with an envelope; `places` says where it lies.
    fn into_recorded(self, places: &mut Places) -> Recorded<E>;
}

impl<E: View> IntoRecorded<E> for E {
    fn into_recorded(self, places: &mut Places) -> Recorded<E> {
        recorded(self).into_recorded(places)
    }
}

impl<E> IntoRecorded<E> for Recorded<E> {
    fn into_recorded(self, _: &mut Places) -> Recorded<E> {
        self
    }
}

impl<E: View> IntoRecorded<E> for Draft<E> {
    fn into_recorded(self, places: &mut Places) -> Recorded<E> {
        let reads = reads_of::<E>();
        let first = reads.first().map_or("nothing", |read| read.event_type);
        let event_type = self.event_type.as_deref().unwrap_or(first);
        let envelope = self.envelope(event_type, places);
        Recorded::new(self.event, Arc::new(envelope))
    }
}
