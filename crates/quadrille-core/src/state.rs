//! What the engine remembers beside the log: who has read how far, what is parked, what is due.
//!
//! None of it is the truth: checkpoints save work, and deadlines can be read from the log again.

use crate::{
    CorrelationId, EventId, Position, StoreError, StoreId, StreamId, Version, store::Place,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::{fmt, time::Duration};
use uuid::Uuid;

/// What kind of consumer of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ConsumerKind {
    /// A read model written with SQL.
    Projector,
    /// A read model of rows.
    RowProjector,
    /// A stateless reaction.
    Reaction,
    /// A process manager.
    Process,
}

impl ConsumerKind {
    /// Its name in tables and listings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Projector => "projector",
            Self::RowProjector => "row projector",
            Self::Reaction => "reaction",
            Self::Process => "process",
        }
    }

    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Projector, Self::RowProjector, Self::Reaction, Self::Process]
            .into_iter()
            .find(|kind| kind.as_str() == name)
    }

    /// Whether it writes a read model.
    pub const fn is_projector(self) -> bool {
        matches!(self, Self::Projector | Self::RowProjector)
    }
}

/// A consumer of the log, by what makes it itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Consumer {
    /// What it is.
    pub kind: ConsumerKind,
    /// Its name.
    pub name: String,
    /// Its version; always 1 for reactions and process managers, which never begin anew.
    pub version: u32,
    /// How often this version was built anew; 0 the first time.
    pub generation: u32,
}

impl Consumer {
    /// A reaction or a process manager.
    pub fn handler(kind: ConsumerKind, name: impl Into<String>) -> Self {
        Self { kind, name: name.into(), version: 1, generation: 0 }
    }
}

impl fmt::Display for Consumer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.as_str(), self.name)?;
        if self.kind.is_projector() {
            write!(f, " v{}", self.version)?;
        }
        Ok(())
    }
}

/// How far a consumer has read: a committed event, and the store that it lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    /// The store.
    pub store: StoreId,
    /// The event.
    pub place: Place,
}

/// Who may commit for a consumer: whoever claimed it last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(pub u64);

/// What a worker knows when it has claimed a consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Its right to commit.
    pub epoch: Epoch,
    /// Where to go on; `None` for a consumer that has not begun.
    pub checkpoint: Option<Checkpoint>,
}

/// Who wants to work a consumer, and how long its word shall hold without being renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// A name of the process, for people; no two that run at once have the same.
    pub holder: String,
    /// How long nobody else may claim the consumer, by the storage's clock.
    pub time_to_live: Duration,
}

/// Somebody else works a consumer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub holder: String,
    /// How long it will be so unless it is renewed, by the storage's clock.
    pub remaining: Duration,
}

/// An event that was put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParkedEvent {
    /// The event.
    pub event: EventId,
    /// Its place in the log.
    pub position: Position,
    /// Its type.
    pub event_type: String,
    /// Its stream.
    pub stream: StreamId,
    /// Its flow.
    pub correlation: CorrelationId,
    /// What later events wait by: the stream, the correlation or the instance.
    pub key: String,
    /// Why.
    pub reason: String,
    /// How often it was tried; 0 for one that only waits behind another.
    pub attempts: u32,
    /// The deadline or the command of a process instance that stood in the way, if it was one.
    pub subject: Option<Uuid>,
    /// When.
    pub parked_at: DateTime<Utc>,
}

/// A deadline of a process instance, or a command of its that goes out later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The deadline's id, or the delayed command's.
    pub id: Uuid,
    /// The process.
    pub process: String,
    /// The instance.
    pub key: String,
    /// The input's variant, or `category.command` of a delayed command.
    pub name: String,
    /// Whether it is a command that goes out later.
    pub is_command: bool,
    /// When it is due.
    pub due: DateTime<Utc>,
    /// The flow that it belongs to.
    pub correlation: CorrelationId,
}

/// What a worker commits, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Change {
    /// The new checkpoint; `None` leaves it where it is.
    pub checkpoint: Option<Checkpoint>,
    /// Events to put aside; one that is there already is replaced.
    pub park: Vec<ParkedEvent>,
    /// Parked events that are done with; one that `park` puts aside again stays.
    pub unpark: Vec<EventId>,
    /// Instances whose deadlines are replaced as a whole: process, key, deadlines.
    pub deadlines: Vec<(String, String, Vec<Deadline>)>,
}

/// Progress of consumers. Implemented by whatever holds their checkpoints.
///
/// `quadrille_testing` has a suite for this and [`EngineState`]; the guarantees name its cases.
#[async_trait]
pub trait Consumers: Send + Sync + 'static {
    /// Takes a consumer over by force, whoever holds it: raises its epoch, so that whoever held it
    /// can no longer commit (`every_claim_raises_the_epoch`, `only_the_last_claim_commits`).
    /// Nobody holds a lease on it afterwards (`a_claim_by_force_leaves_no_lease`).
    ///
    /// # Errors
    /// When the storage cannot be reached or used.
    async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError>;

    /// Takes a consumer over with a lease, if nobody else holds one that has not run out
    /// (`a_held_consumer_is_not_leased`, `a_lease_that_ran_out_is_taken_over`). Granted, it raises
    /// the epoch like [`Consumers::claim`]. Of several who try at once one is granted it
    /// (`racing_leases_have_one_holder`). Only the storage's clock counts, so that those of
    /// processes need not agree. A lease says who may claim; who may commit, the epoch alone says.
    ///
    /// # Errors
    /// As [`Consumers::claim`].
    async fn lease(
        &self,
        consumer: &Consumer,
        lease: &Lease,
    ) -> Result<Result<Claim, Held>, StoreError>;

    /// Lets a lease hold for this long from now on (`a_renewed_lease_holds`).
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when `epoch` is no longer the consumer's.
    async fn renew(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError>;

    /// Gives a lease back, so that another process need not wait for its end
    /// (`a_released_consumer_is_free`). It is no error when the epoch is another's already.
    ///
    /// # Errors
    /// As [`Consumers::claim`].
    async fn release(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError>;

    /// Who holds a lease on a consumer; `None` when nobody does, or it has run out
    /// (`who_holds_a_consumer_can_be_asked`). To ask changes nothing.
    ///
    /// # Errors
    /// As [`Consumers::claim`].
    async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError>;

    /// Where a consumer stands; `None` when nobody has claimed it yet
    /// (`a_consumer_that_nobody_claimed_has_no_progress`).
    ///
    /// # Errors
    /// As [`Consumers::claim`].
    async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError>;

    /// Commits progress, atomically.
    ///
    /// # Errors
    /// [`StoreError::Fenced`] when `epoch` is no longer the consumer's; nothing is written then
    /// (`a_fenced_commit_writes_nothing`).
    async fn commit(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError>;

    /// A consumer's parked events, in the order of the log
    /// (`parked_events_come_in_the_order_of_the_log`).
    ///
    /// # Errors
    /// As [`Consumers::claim`].
    async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError>;
}

/// How a consumer is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It reads what there is and waits for more.
    Running,
    /// Storage cannot be reached; it tries again.
    BackingOff,
    /// It gave up on an event and waits for somebody.
    Stopped,
    /// It is being built, beside the version that is queried.
    Building,
    /// Another process works it, and this one waits to take over.
    StandingBy,
}

impl Activity {
    /// Its name in tables and listings.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::BackingOff => "backing off",
            Self::Stopped => "stopped",
            Self::Building => "building",
            Self::StandingBy => "standing by",
        }
    }

    /// The activity of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Running, Self::BackingOff, Self::Stopped, Self::Building, Self::StandingBy]
            .into_iter()
            .find(|activity| activity.as_str() == name)
    }
}

/// A consumer's row in the table of statuses: it keeps it up to date, others read it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConsumerStatus {
    /// Who.
    pub consumer: Consumer,
    /// The component that it belongs to.
    pub component: String,
    /// How it is doing.
    pub activity: Activity,
    /// How far it has read.
    pub position: Position,
    /// Events handled a second, lately.
    pub rate: f64,
    /// Events handled since the app started.
    pub handled: u64,
    /// Events that came for an instance that never started or had completed.
    pub unmatched: u64,
    /// Parked events that are open.
    pub parked: u64,
    /// The last error.
    pub last_error: Option<String>,
    /// When this was written.
    pub updated_at: DateTime<Utc>,
}

/// A kept state of an aggregate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The aggregate's [`VERSION`](crate::Aggregate::VERSION): another one drops the snapshot.
    pub aggregate_version: u32,
    /// The stream's version that the state holds.
    pub version: Version,
    /// The state as JSON.
    pub data: Vec<u8>,
}

/// A refusal that a direct caller met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectionRecord {
    /// The command.
    pub command: Uuid,
    /// `category.command`.
    pub name: String,
    /// The aggregate's stream.
    pub stream: StreamId,
    /// The flow that it would have belonged to.
    pub correlation: CorrelationId,
    /// The rejection's code.
    pub code: String,
    /// The rejection in words.
    pub message: String,
    /// Who asked.
    pub actor: Option<String>,
    /// When, by the app's clock.
    pub occurred_at: DateTime<Utc>,
}

/// Which deadlines to list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeadlineFilter {
    /// Of this process.
    pub process: Option<String>,
    /// Due at this moment or before.
    pub due_by: Option<DateTime<Utc>>,
    /// Of this flow.
    pub correlation: Option<CorrelationId>,
}

/// All that the engine remembers beside the log and the read models.
#[async_trait]
pub trait EngineState: Consumers {
    /// Deadlines, the earliest first (`deadlines_come_earliest_first`) and then by id, at most
    /// `limit`.
    ///
    /// # Errors
    /// When the storage cannot be reached or used.
    async fn deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError>;

    /// Writes a consumer's status.
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn set_status(&self, status: &ConsumerStatus) -> Result<(), StoreError>;

    /// All statuses, in the order of their consumers (`statuses_come_by_kind_and_name`).
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError>;

    /// The kept state of an aggregate.
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError>;

    /// Keeps the state of an aggregate, in place of an older one.
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn set_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError>;

    /// Records a refusal, and forgets the oldest beyond `keep`
    /// (`the_oldest_rejections_are_forgotten`).
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn record_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError>;

    /// Recorded refusals, the latest first: all, or those of one flow.
    ///
    /// # Errors
    /// As [`EngineState::deadlines`].
    async fn rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError>;
}
