//! What operators ask of a running app: from the same program, or through the control stream.

use super::{App, Engine, StartError, chain};
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
use std::{future::Future, sync::Arc};

/// Requests that are read at once.
const PAGE: usize = 100;

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
                for handle in self.handles() {
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

    /// Whether an operation is one for this app.
    fn is_for_us(&self, operation: &Operation) -> bool {
        match operation {
            Operation::Rebuild { projection: name }
            | Operation::Resume { consumer: name }
            | Operation::Resolve { consumer: name, .. } => self.named(name).is_ok(),
            Operation::RebuildDeadlines => true,
        }
    }
}

/// Carries out what is asked for in the control stream from now on, and answers there.
pub(super) async fn listen(
    engine: Arc<Engine>,
) -> Result<impl Future<Output = ()> + Send, StartError> {
    let query = Query::all().stream(control_stream()).types([OperationRequested::TYPE]);
    let mut after = engine.store.head().await?.map_or(Position::START, |place| place.position);
    Ok(async move {
        let mut stop = engine.stop.subscribe();
        while !*stop.borrow() {
            match engine.store.read(&query, after, Direction::Forward, PAGE).await {
                Ok(page) => {
                    for envelope in &page.events {
                        answer(&engine, envelope).await;
                    }
                    after = page.through.map_or(after, |place| place.position);
                    if page.more {
                        continue;
                    }
                }
                Err(error) => {
                    tracing::warn!(error = %chain(&error), "requests could not be read");
                }
            }
            tokio::select! {
                () = async { let _ = stop.wait_for(|stop| *stop).await.map(drop); } => {}
                () = engine.store.appended_after(after) => {}
                () = tokio::time::sleep(engine.settings.poll_interval) => {}
            }
        }
    })
}

async fn answer(engine: &Engine, envelope: &Envelope) {
    let request = match OperationRequested::read(envelope) {
        Ok(Some(request)) => request,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(error = %chain(&error), "a request could not be read");
            return;
        }
    };
    if !engine.is_for_us(&request.operation) {
        return;
    }
    let done = engine.operate(&request.operation, &request.actor).await;
    let error = done.err().map(|error| chain(&error));
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
