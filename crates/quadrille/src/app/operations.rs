//! What operators ask of a running app: from the same program, or through the control stream.

use super::{App, Engine, chain};
use crate::{
    Append, AppendError, Envelope, EventId, ExpectedVersion, Metadata, Position, Query, StoreError,
    consumer::{Handle, RequestKind},
    journal::{
        Fact, Operation, OperationAnswered, OperationError, OperationRequested, Operations,
        Resolution, control_stream,
    },
    state::{Consumer, ConsumerStatus, ParkedEvent},
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
    /// Storage cannot be reached, and the consumer waits for it.
    #[error("operate {0}: it waits for storage to come back; try again then")]
    BackingOff(String),
    /// Another process of the app works this consumer.
    #[error("operate {0}: another process works it: ask there")]
    Elsewhere(String),
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
            Operation::RebuildDeadlines { process } => {
                self.named(process)?.ask(RequestKind::RebuildDeadlines).await
            }
        }
    }

    fn named(&self, name: &str) -> Result<Arc<Handle>, OperateError> {
        let handles = self.handles();
        let found = handles.into_iter().filter(|handle| handle.name() == name);
        let found = found.min_by_key(|handle| handle.is_building());
        found.ok_or_else(|| OperateError::Unknown(name.to_owned()))
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
            // Requests are rare: to look for one at each append would cost the appends more.
            () = tokio::time::sleep(engine.settings.poll_interval) => {}
        }
    }
}

/// A request that has no answer in the log yet.
struct Open {
    envelope: Envelope,
    what: OperationRequested,
    /// What came of it, once it was done: the error, if there was one.
    done: Option<Option<String>>,
}

/// Reads on, and keeps the requests that nobody has answered yet.
async fn read_requests(
    engine: &Engine,
    after: &mut Position,
    open: &mut Vec<Open>,
) -> Result<(), StoreError> {
    let types = [OperationRequested::TYPE, OperationAnswered::TYPE];
    let query = Query::all().stream(control_stream()).types(types);
    loop {
        let page = engine.store.read(&query, *after, Direction::Forward, PAGE).await?;
        for envelope in page.events {
            let answered = OperationAnswered::read(&envelope);
            let requested = OperationRequested::read(&envelope);
            match answered.and_then(|answered| Ok((answered, requested?))) {
                Ok((Some(answered), _)) => {
                    open.retain(|request| request.envelope.id != answered.request);
                }
                Ok((None, Some(what))) => open.push(Open { envelope, what, done: None }),
                Ok((None, None)) => {}
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "a request or answer could not be read");
                }
            }
        }
        *after = page.through.map_or(*after, |place| place.position);
        if !page.more {
            return Ok(());
        }
    }
}

/// Carries out what is this process's to do, and answers it.
async fn answer_all(engine: &Engine, open: &mut Vec<Open>) {
    for request in std::mem::take(open) {
        open.extend(answer(engine, request).await);
    }
}

/// Answers a request; gives it back when it must wait.
async fn answer(engine: &Engine, mut request: Open) -> Option<Open> {
    let error = match request.done.take() {
        Some(error) => error,
        None => {
            let age = chrono::Utc::now() - request.envelope.recorded_at;
            if age > LONGEST_WAIT {
                Some("nobody was there to do it in time; ask again".to_owned())
            } else {
                match engine.operate(&request.what.operation, &request.what.actor).await {
                    Ok(()) => None,
                    // Another process may do it, or this one when it can.
                    Err(
                        OperateError::Unknown(_)
                        | OperateError::NotRunning(_)
                        | OperateError::BackingOff(_)
                        | OperateError::Elsewhere(_),
                    ) => return Some(request),
                    Err(error) => Some(chain(&error)),
                }
            }
        }
    };
    match record_answer(engine, &request.envelope, error.clone()).await {
        // Another process may have answered differently, before: then that counts.
        Ok(()) | Err(AppendError::IdReused { .. }) => None,
        Err(why) => {
            tracing::warn!(error = %chain(&why), "an answer could not be recorded");
            request.done = Some(error);
            Some(request)
        }
    }
}

async fn record_answer(
    engine: &Engine,
    request: &Envelope,
    error: Option<String>,
) -> Result<(), AppendError> {
    let fact = OperationAnswered { request: request.id, error };
    let correlation = request.metadata.correlation;
    let metadata = Metadata::new(correlation, request.id, engine.name.clone(), engine.clock.now());
    // The same for all processes: the first answer counts.
    let id = EventId::of_fact(request.id.0, "answered", "");
    let event = fact.event(id, metadata).expect("an answer has a JSON form");
    let (stream, expected) = (control_stream(), ExpectedVersion::Any);
    engine.store.append(Append { stream, expected, events: vec![event] }).await.map(drop)
}
