//! The running application.

pub(crate) mod aggregates;
mod builder;
mod component;
mod external;
pub(crate) mod history;
mod location;
mod operations;
mod query;
mod settings;
mod settle;

pub use builder::{Quadrille, StartError};
pub use component::Component;
pub use external::External;
pub use history::{HistoryError, LeftOut, See};
pub use location::{InvalidLocation, Location};
pub use operations::OperateError;
pub use query::QueryError;
pub use settings::Settings;
pub use settle::SettleError;

use crate::{
    Aggregate, Clock, EngineState, EventStore, Execute, ExecuteError, Position, Receipt,
    StoreError, StreamId,
    consumer::{Handle, Tail},
    execute::run::too_many_waiting,
    manifest::Manifest,
    read_model::ReadModels,
    state::Lease,
    telemetry::Telemetry,
};
use aggregates::Aggregates;
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    error::Error,
    fmt::{Display, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::{
    sync::{Semaphore, SemaphorePermit, watch},
    task::JoinHandle,
};

/// A running application: executes commands, keeps read models up to date, lets handlers react.
///
/// Clones are handles on the same application. It goes on until [`App::shutdown`], or until the
/// last handle is dropped.
#[derive(Clone)]
pub struct App {
    pub(crate) engine: Arc<Engine>,
    _stop: Arc<StopOnDrop>,
}

struct StopOnDrop(Arc<Engine>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop.send_replace(true);
    }
}

/// What all parts of an app share.
pub(crate) struct Engine {
    pub name: String,
    pub store: Arc<dyn EventStore>,
    pub state: Arc<dyn EngineState>,
    pub models: Arc<dyn ReadModels>,
    pub databases: HashMap<TypeId, Box<dyn Any + Send + Sync>>,
    pub clock: Arc<dyn Clock>,
    pub telemetry: Option<Box<dyn Telemetry>>,
    pub settings: Settings,
    /// How this process works consumers, so that no other does at the same time.
    pub lease: Lease,
    pub aggregates: Aggregates,
    pub manifest: Manifest,
    /// Every consumer that runs.
    pub handles: Mutex<Vec<Arc<Handle>>>,
    /// Changes when consumers should look again, at the log or at the clock.
    pub nudge: watch::Sender<u64>,
    pub stop: watch::Sender<bool>,
    /// The end of the log, read once for all consumers.
    pub tail: Tail,
    tasks: Mutex<Vec<JoinHandle<()>>>,
    in_flight: Semaphore,
    last_receipt: Mutex<Option<(Position, StreamId)>>,
}

impl App {
    /// Sends a command to an aggregate: set its options, then await it.
    ///
    /// # Errors
    /// See [`ExecuteError`].
    pub fn execute<A: Aggregate>(
        &self,
        id: impl Display,
        command: impl Into<A::Command>,
    ) -> Execute<A> {
        Execute::new(self.clone(), id.to_string(), command.into())
    }

    /// An aggregate's state now, read from its events.
    ///
    /// # Errors
    /// As for a command: when the store cannot be reached or the events cannot be read.
    pub async fn load<A: Aggregate>(&self, id: impl Display) -> Result<A, ExecuteError<A::Error>> {
        let invalid = |why: String| ExecuteError::Invalid(why);
        let category = crate::name::Category::new(<A::Event as crate::Event>::CATEGORY);
        let stream = category.and_then(|category| StreamId::new(category, id.to_string()));
        let stream = stream.map_err(|error| invalid(error.to_string()))?;
        let registered = self.engine.aggregates.of::<A>();
        let registered = registered.ok_or_else(|| invalid("it is not registered".into()))?;
        Ok(registered.load(&self.engine, &stream).await?.state)
    }

    /// The event store.
    pub fn store(&self) -> &Arc<dyn EventStore> {
        &self.engine.store
    }

    /// What the engine remembers beside the log.
    pub fn state(&self) -> &Arc<dyn EngineState> {
        &self.engine.state
    }

    /// The default database of read models.
    pub fn read_models(&self) -> &Arc<dyn ReadModels> {
        &self.engine.models
    }

    /// A database that was registered, or the default one, by its type.
    pub fn database<D: Clone + 'static>(&self) -> Option<D> {
        self.engine.databases.get(&TypeId::of::<D>())?.downcast_ref::<D>().cloned()
    }

    /// The clock.
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.engine.clock
    }

    /// The declared graph: everything that was registered.
    pub fn manifest(&self) -> &Manifest {
        &self.engine.manifest
    }

    /// Whether another process works one of this app's consumers, while this one stands by to take
    /// it over.
    pub fn stands_by(&self) -> bool {
        self.engine.handles().iter().any(|handle| handle.stands_by())
    }

    /// Whether this process works the consumer of this name now.
    pub fn works(&self, consumer: &str) -> bool {
        let handles = self.engine.handles();
        handles.iter().any(|handle| handle.name() == consumer && !handle.stands_by())
    }

    /// Stops: consumers finish the page that they are at, write their checkpoints and statuses,
    /// give their leases back and end. Commands that are in flight go on to their own end.
    pub async fn shutdown(&self) {
        self.engine.stop.send_replace(true);
        // One task may have started another while it ended.
        while let Some(task) = self.engine.take_task() {
            if let Err(error) = task.await {
                tracing::error!(%error, "a consumer's task ended badly");
            }
        }
    }
}

impl Engine {
    /// Lets a command in, or says that too many are waiting.
    pub async fn admit(&self) -> Result<SemaphorePermit<'_>, StoreError> {
        let limit = self.settings.max_in_flight;
        let wait = tokio::time::timeout(self.settings.patience, self.in_flight.acquire()).await;
        match wait {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(too_many_waiting(limit)),
        }
    }

    /// Remembers the last receipt, which queries of read models wait for.
    pub fn saw(&self, receipt: &Receipt) {
        let mut last = self.last_receipt.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(position, _)| *position < receipt.position) {
            *last = Some((receipt.position, receipt.stream.clone()));
        }
    }

    pub fn last_receipt(&self) -> Option<(Position, StreamId)> {
        self.last_receipt.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn last_position(&self) -> Position {
        self.last_receipt().map_or(Position::START, |(position, _)| position)
    }

    pub fn handles(&self) -> Vec<Arc<Handle>> {
        self.handles_mut().clone()
    }

    pub fn handles_mut(&self) -> MutexGuard<'_, Vec<Arc<Handle>>> {
        self.handles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_task(&self) -> Option<JoinHandle<()>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub fn keep_task(&self, task: JoinHandle<()>) {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner).push(task);
    }

    /// Lets every consumer look again.
    pub fn nudge(&self) {
        self.nudge.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// An error with all its sources, in one line.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let source_text = source.to_string();
        // `#[error(transparent)]` says the same twice.
        if !text.ends_with(&source_text) {
            write!(text, ": {source_text}").expect("a String takes everything");
        }
        next = source.source();
    }
    text
}
