//! Consumers of the log: one worker each, which reads pages, hands them to what the consumer
//! does, and waits for more.

mod handle;
mod keyed;
mod lease;
mod parking;
pub(crate) mod process;
pub(crate) mod reaction;
pub(crate) mod rows;
pub(crate) mod sql;
mod start;
mod tail;
mod traced;
mod wait;
mod worker;

pub(crate) use handle::{Handle, Progress, Request, RequestKind};
pub(crate) use lease::{holder_name, renew_leases};
pub(crate) use tail::Tail;
pub(crate) use worker::Worker;

use crate::{
    Envelope, Read, StoreError,
    app::{
        Engine,
        aggregates::Aggregates,
        history::{HistoryError, LeftOut, See},
    },
    journal::Resolution,
    read_model::{ModelInfo, ReadModels},
    state::{Checkpoint, Claim, Consumer, ConsumerKind, Consumers, Held, ParkedEvent},
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    sync::Arc,
};
use uuid::Uuid;

/// What can be said of a consumer when it is registered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Options {
    pub from_beginning: bool,
    pub was: Option<String>,
    pub parks: Option<usize>,
    pub sends: Option<Vec<(&'static str, &'static str)>>,
}

/// The component that a consumer belongs to, and its options.
pub(crate) struct PartOf {
    pub component: String,
    pub options: Options,
}

/// Databases that projectors write to, by type.
pub(crate) type Databases = HashMap<TypeId, Box<dyn Any + Send + Sync>>;

/// Where a worker stands while its consumer works.
pub(crate) struct Work<'a> {
    pub engine: &'a Arc<Engine>,
    pub consumer: &'a Consumer,
    pub component: &'a str,
    pub claim: Claim,
    /// Whether progress alone may be committed later.
    pub may_defer: bool,
    /// What is parked, by the key that later events wait by.
    pub parked: &'a HashMap<String, ParkedEvent>,
}

/// Events to handle, and what to commit with them.
pub(crate) struct Batch<'a> {
    pub events: &'a [Arc<Envelope>],
    /// Where the consumer stands afterwards; `None` when a parked event is replayed.
    pub checkpoint: Option<Checkpoint>,
    /// What was decided on a parked event, which is done with if this succeeds.
    pub decision: Option<&'a Decision>,
}

/// What becomes of a parked event.
pub(crate) struct Decision {
    pub parked: ParkedEvent,
    pub resolution: Resolution,
    pub reason: String,
    pub actor: String,
}

/// What came of a batch.
#[derive(Debug, Default)]
pub(crate) struct Handled {
    pub handled: u64,
    /// Events for an instance that never started or had completed.
    pub unmatched: u64,
    pub parked: Vec<ParkedEvent>,
    /// Whether the checkpoint was left where it was.
    pub deferred: bool,
}

/// Why a batch could not be finished. Nothing of it counts, except what is idempotent.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Storage has a problem.
    Storage(StoreError),
    /// A command cannot be carried out now.
    Later(String),
    /// An event cannot be handled and the consumer must not go on without it.
    Event {
        /// Why.
        reason: String,
        /// The deadline or the command of an instance that stands in the way, if it is one.
        subject: Option<Uuid>,
    },
}

impl Failure {
    pub fn event(reason: impl Into<String>) -> Self {
        Self::Event { reason: reason.into(), subject: None }
    }

    /// Says which deadline or command it was that an event could not be handled for.
    pub fn about(self, id: Uuid) -> Self {
        match self {
            Self::Event { reason, subject } => {
                Self::Event { reason, subject: subject.or(Some(id)) }
            }
            other => other,
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Storage(error)
    }
}

/// What a consumer does, and all that its worker must know of it.
#[async_trait]
pub(crate) trait Behaviour: Send + Sync + 'static {
    fn kind(&self) -> ConsumerKind;
    /// Its identity in the log and in checkpoints.
    fn name(&self) -> &str;
    fn part(&self) -> &PartOf;
    fn reads(&self) -> Vec<Read>;

    /// Whether everything is there that it needs.
    fn check(&self, aggregates: &Aggregates, databases: &Databases) -> Result<(), String>;

    /// The consumer as storage knows it.
    async fn open(&self, engine: &Engine) -> Result<Consumer, StoreError> {
        let _ = engine;
        Ok(Consumer::handler(self.kind(), self.name()))
    }

    /// Takes it over, unless another process holds it, and makes what it writes into if that is
    /// not there yet.
    async fn lease(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Result<Claim, Held>, StoreError> {
        self.consumers(engine).lease(consumer, &engine.lease).await
    }

    /// Where its progress is kept.
    fn consumers<'a>(&self, engine: &'a Engine) -> &'a dyn Consumers {
        &*engine.state
    }

    /// Where storage says that it stands.
    async fn progress(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Option<Claim>, StoreError> {
        self.consumers(engine).progress(consumer).await
    }

    /// What is parked.
    async fn parked(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        self.consumers(engine).parked(consumer).await
    }

    /// Forgets whatever it remembers of the log: another process may have written since.
    fn forget(&self) {}

    /// Handles events and commits.
    async fn handle(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure>;

    /// Does what has come due at `now`, and says how much that was.
    async fn due(&self, work: &Work<'_>, now: DateTime<Utc>) -> Result<Handled, Failure> {
        let _ = (work, now);
        Ok(Handled::default())
    }

    /// When something comes due next. Nobody but this consumer changes it.
    async fn next_due(&self, engine: &Engine) -> Result<Option<DateTime<Utc>>, StoreError> {
        let _ = engine;
        Ok(None)
    }

    /// Reads what is due from the log again, and writes it where [`Behaviour::due`] looks.
    async fn recover(&self, work: &Work<'_>) -> Result<(), Failure> {
        let _ = work;
        Ok(())
    }

    /// A new generation of its read model, to be built beside the live one; `None` if it has none.
    async fn rebuild(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Option<Consumer>, StoreError> {
        let _ = (engine, consumer);
        Ok(None)
    }

    /// The generations of its read model's version that are there, the oldest first.
    async fn generations(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Vec<ModelInfo>, StoreError> {
        let _ = (engine, consumer);
        Ok(Vec::new())
    }

    /// Deletes a generation of its read model.
    async fn remove(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        let _ = (engine, consumer);
        Ok(())
    }

    /// Whether queries see this consumer's read model; `true` if it has none.
    async fn is_live(&self, engine: &Engine, consumer: &Consumer) -> Result<bool, StoreError> {
        Ok(self.live(engine).await?.is_none_or(|live| live == *consumer))
    }

    /// The consumer whose read model queries see now; `None` if it has none.
    async fn live(&self, engine: &Engine) -> Result<Option<Consumer>, StoreError> {
        let _ = engine;
        Ok(None)
    }

    /// Lets queries see this consumer's read model.
    async fn go_live(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        let _ = (engine, consumer);
        Ok(())
    }

    /// Shows one of its rows after each event that touches it.
    async fn row_history(
        &self,
        engine: &Engine,
        key: &[String],
        see: See<'_>,
    ) -> Result<LeftOut, HistoryError> {
        let _ = (engine, key, see);
        Err(HistoryError::NotRows(self.name().to_owned()))
    }
}

/// The generations of a version of a read model, the oldest first.
async fn generations(
    models: &(impl ReadModels + ?Sized),
    of: &Consumer,
) -> Result<Vec<ModelInfo>, StoreError> {
    let mut models = models.models().await?;
    models.retain(|model| {
        let Consumer { kind, name, version, .. } = &model.consumer;
        (*kind, name, *version) == (of.kind, &of.name, of.version)
    });
    models.sort_by_key(|model| model.consumer.generation);
    Ok(models)
}

/// The message of a panic.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("the handler panicked: {}", text.unwrap_or_else(|| "no message".into()))
}
