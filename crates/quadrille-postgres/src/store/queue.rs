//! The way of an append to a writer and of its answer back.

use super::PostgresOptions;
use quadrille_core::{AppendError, Appended, StoreError, store::AppendAll};
use std::{sync::Arc, time::Duration};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

pub(super) type Answer = Result<Vec<Appended>, AppendError>;

/// An append that waits to be written. Its places in the queue are free again when it is dropped.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) appends: AppendAll,
    pub(super) bytes: usize,
    answer: oneshot::Sender<Answer>,
    _places: [OwnedSemaphorePermit; 2],
}

impl Request {
    pub(super) fn answer(self, answer: Answer) {
        // Whoever appended may have gone meanwhile.
        let _ = self.answer.send(answer);
    }
}

/// Bounded by count and by bytes.
#[derive(Debug)]
pub(super) struct Queue {
    shown: Arc<str>,
    requests: mpsc::UnboundedSender<Request>,
    count: Places,
    bytes: Places,
}

impl Queue {
    pub(super) fn new(
        shown: Arc<str>,
        options: &PostgresOptions,
    ) -> (Self, mpsc::UnboundedReceiver<Request>) {
        let (requests, receiver) = mpsc::unbounded_channel();
        let count = Places::new(options.queue, options.patience);
        let bytes = Places::new(options.queue_bytes, options.patience);
        (Self { shown, requests, count, bytes }, receiver)
    }

    pub(super) async fn append(&self, appends: AppendAll) -> Answer {
        let events = appends.appends.iter().flat_map(|append| &append.events);
        let bytes = events.map(|event| event.data.len()).sum();
        let full = |full| {
            let what = format!("{}, for which too many appends are waiting", self.shown);
            StoreError::unavailable(what, full)
        };
        let places =
            [self.count.take(1).await.map_err(full)?, self.bytes.take(bytes).await.map_err(full)?];
        let (answer, answered) = oneshot::channel();
        let request = Request { appends, bytes, answer, _places: places };
        self.requests.send(request).map_err(|_| {
            let what = format!("{}, whose writing task has ended; open it again", self.shown);
            StoreError::unavailable(what, "the append was not handed over")
        })?;
        answered.await.unwrap_or_else(|gone| {
            let what = format!("the append to {}", self.shown);
            Err(StoreError::OutcomeUnknown { what, source: gone.into() }.into())
        })
    }
}

/// Places in a queue, given out in the order in which they were asked for.
#[derive(Debug)]
struct Places {
    free: Arc<Semaphore>,
    all: u32,
    patience: Duration,
}

/// A queue stayed full for longer than a caller has patience.
#[derive(Debug, thiserror::Error)]
#[error("no place became free within {0:?}; append less at once, or allow a longer queue")]
struct Full(Duration);

impl Places {
    fn new(count: usize, patience: Duration) -> Self {
        let all = u32::try_from(count).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(all as usize)), all, patience }
    }

    /// Waits for this many places; for all of them, where it asks for more than there are.
    async fn take(&self, count: usize) -> Result<OwnedSemaphorePermit, Full> {
        let count = u32::try_from(count).map_or(self.all, |count| count.min(self.all));
        // Timers cost, and most of the time there is room.
        if let Ok(permit) = self.free.clone().try_acquire_many_owned(count) {
            return Ok(permit);
        }
        let permit = self.free.clone().acquire_many_owned(count);
        match tokio::time::timeout(self.patience, permit).await {
            Ok(permit) => Ok(permit.expect("the semaphore is never closed")),
            Err(_) => Err(Full(self.patience)),
        }
    }
}
