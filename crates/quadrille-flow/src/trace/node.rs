use super::{Elapsed, Lagging};
use crate::payload::Difference;
use chrono::{DateTime, Utc};
use quadrille_core::{
    CommandId, CorrelationId, EventId, Position, StreamId, Version, journal::Resolution,
};
use serde::Serialize;
use uuid::Uuid;

/// A flow: its nodes in the order in which a tree is read, each behind its cause.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Trace {
    /// The flow.
    pub correlation: CorrelationId,
    /// When its first event occurred.
    pub began_at: Option<DateTime<Utc>>,
    /// When its last event occurred.
    pub ended_at: Option<DateTime<Utc>>,
    /// What there is in it.
    pub totals: Totals,
    /// Whether there was more of it than was read.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// The tree, depth first.
    pub nodes: Vec<Node>,
    /// Read models that have not read all of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lagging: Vec<Lagging>,
}

/// Counts over a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Totals {
    /// Events, without the framework's own.
    pub events: usize,
    /// Commands, refused ones included.
    pub commands: usize,
    /// Commands that were refused.
    pub rejected: usize,
    /// Commands that were tried more than once.
    pub retried: usize,
    /// Commands that undo something.
    pub compensating: usize,
    /// Deadlines that were set.
    pub deadlines: usize,
    /// Deadlines that are open.
    pub open_deadlines: usize,
    /// Events that are put aside now.
    pub parked: usize,
    /// Effects that no declaration allows.
    pub undeclared: usize,
    /// Effects that seem to lie before their cause: clocks that differ.
    pub negative: usize,
}

/// One thing that happened, in the tree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Node {
    /// The index of what led to it; `None` for roots.
    pub parent: Option<usize>,
    /// How far below its root it lies.
    pub depth: usize,
    /// When it happened, by the clock of whoever did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
    /// How long after its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_cause: Option<Elapsed>,
    /// The component that it belongs to, as far as it is known: of an event its writer's, of a
    /// command its aggregate's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// Where in the log it came to be, or what it began with.
    #[serde(skip)]
    pub(super) place: Position,
    /// Whether this is what was asked for.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub marked: bool,
    /// What it is.
    #[serde(flatten)]
    pub what: What,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// A command, with its events below it.
    Command(CommandNode),
    /// Events of one stream that no command of this log led to, such as imported ones.
    Recorded {
        /// The stream.
        stream: StreamId,
    },
    /// An event.
    Event(EventNode),
    /// A stateless reaction to the event above it.
    Reaction {
        /// Its name.
        name: String,
    },
    /// A step of a process manager.
    Step(StepNode),
    /// A deadline that a step set, with the step below it that it led to.
    Deadline(DeadlineNode),
    /// The event above was put aside by a consumer.
    Parked(ParkedNode),
}

/// A command.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CommandNode {
    /// Its id.
    pub id: CommandId,
    /// `category.command`.
    pub name: String,
    /// The aggregate's stream.
    pub to: StreamId,
    /// How it ended.
    pub outcome: Outcome,
    /// How often it was tried; 0 when that was not recorded.
    pub attempts: u32,
    /// Who asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// The id of the trace that it was carried out in, for a backend that shows traces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<String>,
    /// When it goes out, for a delayed one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due: Option<DateTime<Utc>>,
    /// Whether it undoes something.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub compensates: bool,
    /// Whether its outcome came when its process had completed.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// What led to it, where that is not in this flow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub foreign_cause: Option<Uuid>,
}

/// How a command ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// It led to events.
    Accepted,
    /// It was accepted and changed nothing.
    Unchanged,
    /// It was refused.
    Rejected {
        /// The rejection's code.
        code: String,
        /// The rejection in words.
        message: String,
    },
    /// It was to go out later, and compensating dropped it.
    Dropped,
    /// It could not be carried out, and somebody gave it up.
    Discarded,
    /// It goes out later.
    Delayed,
    /// Nothing is known of an outcome yet.
    Pending,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EventNode {
    /// Its id.
    pub id: EventId,
    /// Its type.
    pub event_type: String,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// Its place in the log.
    pub position: Position,
    /// A fact of the framework's own that could not be read, with the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreadable: Option<String>,
}

/// What a step of a process manager began with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An event.
    Event,
    /// A deadline.
    Deadline,
    /// A refusal.
    Rejection,
}

/// A step of a process manager.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepNode {
    /// The event that records it.
    pub entry: EventId,
    /// Its place in the log.
    pub position: Position,
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The input's variant.
    pub input: String,
    /// What it began with.
    pub trigger: Trigger,
    /// Deadlines that it cancelled, by variant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cancelled: Vec<String>,
    /// Why it compensates, if it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compensates: Option<String>,
    /// Whether the instance is done with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub completes: bool,
    /// Whether the instance had completed before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// Effects that its declaration does not allow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undeclared: Vec<String>,
    /// What it changed in the state of its instance.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<Difference>,
}

/// A deadline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DeadlineNode {
    /// Its id.
    pub id: Uuid,
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The input's variant.
    pub name: String,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// What became of it.
    pub state: DeadlineState,
}

/// What became of a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineState {
    /// It stands.
    Open,
    /// It came due and led to a step.
    Fired,
    /// A step cancelled it, or set another of its name.
    Cancelled,
    /// Its process completed before it was due.
    Completed,
    /// The process could not take it, and somebody gave it up.
    Discarded,
}

/// An event that a consumer put aside.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParkedNode {
    /// The consumer.
    pub consumer: String,
    /// Why.
    pub reason: String,
    /// How often it was tried; 0 for one that waits behind another.
    pub attempts: u32,
    /// What somebody decided; `None` while it is parked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolved>,
}

/// What became of a parked event.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Resolved {
    /// What was done.
    pub resolution: Resolution,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}
