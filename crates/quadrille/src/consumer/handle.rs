use super::Behaviour;
use crate::{
    EventId, Position,
    app::OperateError,
    journal::Resolution,
    state::{Activity, Consumer, Epoch},
};
use chrono::{DateTime, Utc};
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot, watch};

/// What others see of a worker.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    /// Everything up to here was looked at.
    pub position: Position,
    /// Everything that was due by then was done; set when there was nothing left to do.
    pub idle_since: Option<DateTime<Utc>>,
    pub activity: Activity,
    pub last_error: Option<String>,
    /// The keys of parked events.
    pub parked: Arc<HashSet<String>>,
    /// Whether another worker took its place: nothing is left for this one to do.
    pub retired: bool,
}

/// What a worker can be asked to do.
pub(crate) enum RequestKind {
    /// Decide what becomes of a parked event.
    Resolve { event: EventId, resolution: Resolution, reason: String, actor: String },
    /// Build the read model again.
    Rebuild,
    /// Go on after a stop.
    Resume,
    /// Read the deadlines of all instances from the log again.
    RebuildDeadlines,
    /// End: another worker serves the read model from now on.
    Retire,
    /// Another process has taken the consumer over.
    StandBy,
}

pub(crate) struct Request {
    pub kind: RequestKind,
    pub answer: oneshot::Sender<Result<(), OperateError>>,
}

/// A running consumer, seen from outside.
pub(crate) struct Handle {
    pub behaviour: Arc<dyn Behaviour>,
    pub consumer: Consumer,
    /// Whether it builds a read model that queries do not see yet.
    pub building: AtomicBool,
    /// The epoch that it is worked at; `None` while another process works it.
    pub epoch: Mutex<Option<Epoch>>,
    pub progress: watch::Sender<Progress>,
    pub requests: mpsc::Sender<Request>,
}

impl Handle {
    pub fn name(&self) -> &str {
        self.behaviour.name()
    }

    pub fn is_building(&self) -> bool {
        self.building.load(Ordering::SeqCst)
    }

    pub fn epoch(&self) -> Option<Epoch> {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn set_epoch(&self, epoch: Option<Epoch>) {
        *self.epoch.lock().unwrap_or_else(PoisonError::into_inner) = epoch;
    }

    pub fn stands_by(&self) -> bool {
        self.epoch().is_none()
    }

    /// Asks the worker, and waits for its answer.
    pub async fn ask(&self, kind: RequestKind) -> Result<(), OperateError> {
        let (answer, answered) = oneshot::channel();
        let gone = |_| OperateError::NotRunning(self.name().to_owned());
        self.requests.send(Request { kind, answer }).await.map_err(|_| gone(()))?;
        answered.await.map_err(|_| gone(()))?
    }
}
