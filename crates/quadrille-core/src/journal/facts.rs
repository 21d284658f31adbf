use crate::{
    CommandId, CorrelationId, DecodeError, EncodeError, Envelope, EventId, Metadata, NewEvent,
    Position, Rejected, StreamId, manifest::Manifest,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::value::RawValue;
use uuid::Uuid;

/// A fact of the framework's own, with its type in the log.
pub trait Fact: Serialize + DeserializeOwned {
    /// The event type.
    const TYPE: &'static str;

    /// The fact as an event.
    ///
    /// # Errors
    /// When it has no JSON form.
    fn event(&self, id: EventId, metadata: Metadata) -> Result<NewEvent, EncodeError> {
        let data = serde_json::to_vec(self).map_err(|e| EncodeError::new(Self::TYPE, e))?;
        Ok(NewEvent { id, event_type: Self::TYPE.into(), schema_version: 1, data, metadata })
    }

    /// The fact of an event; `Ok(None)` when it is of another type.
    ///
    /// # Errors
    /// When the payload does not fit.
    fn read(envelope: &Envelope) -> Result<Option<Self>, DecodeError> {
        if envelope.event_type != Self::TYPE {
            return Ok(None);
        }
        serde_json::from_slice(&envelope.data)
            .map(Some)
            .map_err(|e| DecodeError::payload(Self::TYPE, envelope.schema_version, e))
    }
}

macro_rules! fact {
    ($name:ident, $type:literal) => {
        impl Fact for $name {
            const TYPE: &'static str = $type;
        }
    };
}
fact!(ProcessStepped, "quadrille.process.stepped");
fact!(ProcessSettled, "quadrille.process.settled");
fact!(ProcessDiscarded, "quadrille.process.discarded");
fact!(ReactionSettled, "quadrille.reaction.settled");
fact!(Parked, "quadrille.parked");
fact!(ParkedResolved, "quadrille.parked.resolved");
fact!(HandlerStarted, "quadrille.handler.started");
fact!(ManifestRecorded, "quadrille.manifest.recorded");
fact!(OperationRequested, "quadrille.control.requested");
fact!(OperationAnswered, "quadrille.control.answered");

/// What led to a step of a process instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An event.
    Event(EventId),
    /// A deadline came due.
    Deadline(Uuid),
    /// A command of the instance was refused.
    Rejected(CommandId),
}

impl Cause {
    /// The id of whatever it was: no instance takes the same one twice.
    pub fn id(&self) -> Uuid {
        match self {
            Self::Event(id) => id.0,
            Self::Deadline(id) => *id,
            Self::Rejected(id) => id.0,
        }
    }
}

/// A command that undoes another.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Undo {
    /// The aggregate's stream.
    pub to: StreamId,
    /// The command's name within its category.
    pub command: String,
    /// Its payload.
    pub data: Box<RawValue>,
}

/// A command that a handler issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issued {
    /// Its id.
    pub id: CommandId,
    /// The aggregate's stream.
    pub to: StreamId,
    /// The command's name within its category.
    pub command: String,
    /// Its payload.
    pub data: Box<RawValue>,
    /// When it goes out, unless at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// What undoes it once it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Undo>,
    /// Whether it undoes something itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compensates: bool,
    /// Whether the process compensated in the same step, behind it: accepted, it is undone at
    /// once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub undo_at_once: bool,
}

/// A deadline that a process instance set.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeadlineSet {
    /// Its id.
    pub id: Uuid,
    /// The input's variant.
    pub name: String,
    /// Its payload.
    pub data: Box<RawValue>,
    /// When it is due.
    pub due: DateTime<Utc>,
}

/// One input of a process instance, and all that followed from it: one event, one append.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessStepped {
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The input's variant.
    pub input: String,
    /// What led to it.
    pub cause: Cause,
    /// The version of the code that wrote the state.
    pub state_version: u32,
    /// The state after it.
    pub state: Box<RawValue>,
    /// Commands issued, with their payloads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issued: Vec<Issued>,
    /// Undos registered by `undo_with`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Undo>,
    /// Deadlines set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<DeadlineSet>,
    /// Deadlines cancelled, by variant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// Why it compensates, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compensates: Option<String>,
    /// Delayed commands that compensating dropped before they went out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<CommandId>,
    /// Whether the instance is done.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub completes: bool,
    /// Effects that the input's declaration does not allow.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It led to these events.
    Accepted(Vec<EventId>),
    /// It was accepted and changed nothing.
    Unchanged,
    /// It was refused.
    Rejected(Rejected),
}

/// A command and how it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settled {
    /// The command's id.
    pub id: CommandId,
    /// The aggregate's stream.
    pub to: StreamId,
    /// `category.command`.
    pub command: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How often it was tried, from 1.
    pub attempts: u32,
}

/// A command of a process instance has ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProcessSettled {
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The command and how it ended.
    pub settled: Settled,
    /// The undo that goes out at once, because the instance had compensated already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone_by: Option<Issued>,
}

/// Somebody gave up a deadline, a command or a refusal that a process instance could not get past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessDiscarded {
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The deadline's id, or the command's.
    pub subject: Uuid,
    /// The deadline's variant, or `category.command`.
    pub name: String,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub actor: String,
}

/// The commands of a stateless reaction on one event have ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionSettled {
    /// The reaction.
    pub reaction: String,
    /// The event that it reacted to.
    pub cause: EventId,
    /// The commands and how they ended.
    pub settled: Vec<Settled>,
}

/// An event that a consumer could not handle was put aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// Its type.
    pub event_type: String,
    /// Why; for one that only waits, what it waits behind.
    pub reason: String,
    /// How often it was tried.
    pub attempts: u32,
    /// The deadline or the command of a process instance that stood in the way, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Uuid>,
}

/// What becomes of a parked event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It is tried again.
    Replay,
    /// It is given up.
    Discard,
}

/// Somebody decided what becomes of a parked event, and it was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParkedResolved {
    /// The consumer.
    pub consumer: String,
    /// The event.
    pub event: EventId,
    /// What was done.
    pub resolution: Resolution,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub actor: String,
}

/// A handler was registered for the first time; it takes events behind this position.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandlerStarted {
    /// The handler.
    pub handler: String,
    /// Where it begins.
    pub after: Position,
}

/// An app started with this manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestRecorded {
    /// What it registered.
    pub manifest: Manifest,
}

/// Something that only a running app can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Build a read model again, beside the one that is queried, and swap.
    Rebuild {
        /// The projector's name.
        projection: String,
    },
    /// Decide what becomes of a parked event.
    Resolve {
        /// The consumer.
        consumer: String,
        /// The event.
        event: EventId,
        /// What to do.
        resolution: Resolution,
        /// Why.
        reason: String,
    },
    /// Go on after a stop.
    Resume {
        /// The consumer.
        consumer: String,
    },
    /// Read a process's streams and write its part of the deadline table again.
    RebuildDeadlines {
        /// The process.
        process: String,
    },
}

/// Somebody asks a running app for an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRequested {
    /// What is asked for.
    pub operation: Operation,
    /// Who asks.
    pub actor: String,
}

/// A running app has done what it was asked for, or could not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationAnswered {
    /// The request's event.
    pub request: EventId,
    /// Why it could not be done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// The flow of the framework's own facts that belong to no user's flow.
impl OperationRequested {
    /// A request's metadata: it begins a flow of its own.
    pub fn metadata(actor: &str, now: DateTime<Utc>) -> Metadata {
        let flow = CorrelationId::new();
        let mut metadata = Metadata::new(flow, flow.0, "quadrille", now);
        metadata.actor = Some(actor.into());
        metadata
    }
}
