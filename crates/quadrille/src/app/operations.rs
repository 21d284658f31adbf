//! What operators ask of a running app: from the same program, or through the control stream.

use super::{App, Engine, chain};
use crate::{
    Append, AppendError, Envelope, EventId, ExpectedVersion, Metadata, Position, Query, StoreError,
    consumer::{Handle, RequestKind},
    journal::{
        Fact, Operation, OperationAnswered, OperationError, OperationRequested, Operations,
        Resolution, control_stream,
    },
    state::{Consumer, ConsumerKind, ConsumerStatus, ParkedEvent},
    store::Direction,
};
use async_trait::async_trait;
use std::sync::Arc;

/// Requests that are read at once.
const PAGE: usize = 100;
/// What was asked for longer ago is answered, but no longer done: nobody expects it any more.
const LONGEST_WAIT: chrono::TimeDelta = chrono::TimeDelta::hours(24);

/// Why an operation was not carried out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperateError {
    /// No consumer of this name runs here.
    #[error("operate {0}: no such consumer runs in this app")]
    Unknown(String),
    /// The consumer has ended.
    #[error("operate {0}: it no longer runs")]
    NotRunning(String),
    /// The event is not parked there.
    #[error("resolve event {event}: it is not parked at {consumer}")]
    NotParked {
        /// The consumer.
        consumer: String,
        /// The event.
        event: EventId,
    },
    /// It was tried again, and failed again.
    #[error("replay event {event}: it failed again and stays parked: {reason}")]
    ParkedAgain {
        /// The event.
        event: EventId,
        /// Why.
        reason: String,
    },
    /// It cannot be done now, or not at all.
    #[error("operate: {0}")]
    Refused(String),
    /// Storage has a problem.
    #[error("operate")]
    Store(#[source] StoreError),
}

impl App {
    /// How every consumer of the store's apps is doing.
    ///
    /// # Errors
    /// When the engine's state cannot be read.
    pub async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        self.engine.state.statuses().await
    }

    /// All parked events of this app's consumers, each with its consumer.
    ///
    /// # Errors
    /// When storage cannot be read.
    pub async fn parked(&self) -> Result<Vec<(Consumer, ParkedEvent)>, StoreError> {
        let mut all = Vec::new();
        for handle in self.engine.handles() {
            let consumer = handle.consumer.clone();
            let parked = handle.behaviour.parked(&self.engine, &consumer).await?;
            all.extend(parked.into_iter().map(|event| (consumer.clone(), event)));
        }
        Ok(all)
    }

    /// Tries a parked event again, and then those that waited behind it.
    ///
    /// # Errors
    /// When it is not parked there, or fails again.
    pub async fn replay(
        &self,
        consumer: &str,
        event: EventId,
        reason: impl Into<String>,
        actor: impl Into<String>,
    ) -> Result<(), OperateError> {
        let (consumer, resolution) = (consumer.to_owned(), Resolution::Replay);
        let operation = Operation::Resolve { consumer, event, resolution, reason: reason.into() };
        self.operate(&operation, &actor.into()).await
    }

    /// Gives a parked event up, and goes on with those that waited behind it.
    ///
    /// # Errors
    /// As [`App::replay`].
    pub async fn discard(
        &self,
        consumer: &str,
        event: EventId,
        reason: impl Into<String>,
        actor: impl Into<String>,
    ) -> Result<(), OperateError> {
        let (consumer, resolution) = (consumer.to_owned(), Resolution::Discard);
        let operation = Operation::Resolve { consumer, event, resolution, reason: reason.into() };
        self.operate(&operation, &actor.into()).await
    }

    /// Builds a read model again, beside the one that is queried; it takes its place when it has
    /// caught up. Returns when the building has begun.
    ///
    /// # Errors
    /// When there is no such read model here.
    pub async fn rebuild(&self, projection: &str) -> Result<(), OperateError> {
        let operation = Operation::Rebuild { projection: projection.into() };
        self.operate(&operation, "app").await
    }

    /// Lets a consumer go on that has stopped.
    ///
    /// # Errors
    /// When there is no such consumer here.
    pub async fn resume(&self, consumer: &str) -> Result<(), OperateError> {
        self.operate(&Operation::Resume { consumer: consumer.into() }, "app").await
    }

    /// Carries out an operation in this app.
    ///
    /// # Errors
    /// As the operation says.
    pub async fn operate(&self, operation: &Operation, actor: &str) -> Result<(), OperateError> {
        self.engine.operate(operation, actor).await
    }
}

#[async_trait]
impl Operations for App {
    async fn perform(&self, operation: Operation, actor: &str) -> Result<(), OperationError> {
        let done = self.operate(&operation, actor).await;
        done.map_err(|error| OperationError::Error(error.into()))
    }
}

impl Engine {
    async fn operate(&self, operation: &Operation, actor: &str) -> Result<(), OperateError> {
        match operation {
            Operation::Rebuild { projection } => {
                self.named(projection)?.ask(RequestKind::Rebuild).await
            }
            Operation::Resume { consumer } => self.named(consumer)?.ask(RequestKind::Resume).await,
            Operation::Resolve { consumer, event, resolution, reason } => {
                let (event, resolution) = (*event, *resolution);
                let (reason, actor) = (reason.clone(), actor.to_owned());
                let kind = RequestKind::Resolve { event, resolution, reason, actor };
                self.named(consumer)?.ask(kind).await
            }
            Operation::RebuildDeadlines => {
                for handle in self.handles().into_iter().filter(|handle| !handle.stands_by()) {
                    handle.ask(RequestKind::RebuildDeadlines).await?;
                }
                Ok(())
            }
        }
    }

    fn named(&self, name: &str) -> Result<Arc<Handle>, OperateError> {
        let handles = self.handles();
        let found = handles.into_iter().filter(|handle| handle.name() == name);
        let found = found.min_by_key(|handle| handle.is_building());
        found.ok_or_else(|| OperateError::Unknown(name.to_owned()))
    }

    /// Whose turn it is to carry an operation out.
    fn turn(&self, operation: &Operation) -> OperationTurn {
        match operation {
            Operation::Rebuild { projection: name }
            | Operation::Resume { consumer: name }
            | Operation::Resolve { consumer: name, .. } => match self.named(name) {
                Ok(handle) if handle.stands_by() => OperationTurn::Later,
                Ok(_) => OperationTurn::Ours,
                Err(_) => OperationTurn::Never,
            },
            Operation::RebuildDeadlines => {
                let elsewhere = |handle: &Arc<Handle>| {
                    handle.behaviour.kind() == ConsumerKind::Process && handle.stands_by()
                };
                match self.handles().iter().any(elsewhere) {
                    true => OperationTurn::Later,
                    false => OperationTurn::Ours,
                }
            }
        }
    }
}

/// Carries out what is asked for in the control stream, and answers there. What was asked for while
/// no app ran is not forgotten, nor what a process left unanswered that another one takes over from.
pub(super) async fn listen(engine: Arc<Engine>) {
    let (mut after, mut open) = (Position::START, Vec::new());
    let mut stop = engine.stop.subscribe();
    while !*stop.borrow() {
        match read_requests(&engine, &mut after, &mut open).await {
            Ok(()) => answer_all(&engine, &mut open).await,
            Err(error) => tracing::warn!(error = %chain(&error), "requests could not be read"),
        }
        tokio::select! {
            () = async { let _ = stop.wait_for(|stop| *stop).await.map(drop); } => {}
            () = engine.store.appended_after(after) => {}
            () = tokio::time::sleep(engine.settings.poll_interval) => {}
        }
    }
}

/// Reads on, and keeps the requests that nobody has answered yet.
async fn read_requests(
    engine: &Engine,
    after: &mut Position,
    open: &mut Vec<Envelope>,
) -> Result<(), StoreError> {
    let types = [OperationRequested::TYPE, OperationAnswered::TYPE];
    let query = Query::all().stream(control_stream()).types(types);
    loop {
        let page = engine.store.read(&query, *after, Direction::Forward, PAGE).await?;
        for envelope in page.events {
            match OperationAnswered::read(&envelope) {
                Ok(Some(answered)) => open.retain(|request| request.id != answered.request),
                Ok(None) => open.push(envelope),
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "an answer could not be read");
                }
            }
        }
        *after = page.through.map_or(*after, |place| place.position);
        if !page.more {
            return Ok(());
        }
    }
}

/// Answers what is this process's to answer, and forgets what is not for this app at all.
async fn answer_all(engine: &Engine, open: &mut Vec<Envelope>) {
    for envelope in std::mem::take(open) {
        let request = match OperationRequested::read(&envelope) {
            Ok(Some(request)) => request,
            Ok(None) => continue,
            Err(error) => {
                tracing::warn!(error = %chain(&error), "a request could not be read");
                continue;
            }
        };
        match engine.turn(&request.operation) {
            OperationTurn::Ours => answer(engine, &envelope, request).await,
            OperationTurn::Later => open.push(envelope),
            OperationTurn::Never => {}
        }
    }
}

/// Whose a request is.
enum OperationTurn {
    /// This process's, now.
    Ours,
    /// This process's, if it takes the consumer over before it is answered.
    Later,
    /// Another app's.
    Never,
}

async fn answer(engine: &Engine, envelope: &Envelope, request: OperationRequested) {
    let age = chrono::Utc::now() - envelope.recorded_at;
    let error = if age > LONGEST_WAIT {
        Some("nobody was there to do it in time; ask again".to_owned())
    } else {
        let done = engine.operate(&request.operation, &request.actor).await;
        done.err().map(|error| chain(&error))
    };
    let fact = OperationAnswered { request: envelope.id, error };
    let correlation = envelope.metadata.correlation;
    let metadata = Metadata::new(correlation, envelope.id, engine.name.clone(), engine.clock.now());
    let id = EventId::of_fact(envelope.id.0, "answered", &engine.name);
    let Ok(event) = fact.event(id, metadata) else { return };
    let (stream, expected) = (control_stream(), ExpectedVersion::Any);
    let append = Append { stream, expected, events: vec![event] };
    match engine.store.append(append).await {
        Ok(_) | Err(AppendError::IdReused { .. }) => {}
        Err(error) => tracing::warn!(error = %chain(&error), "an answer could not be recorded"),
    }
}
