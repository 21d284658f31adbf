//! The way of an append to the writer and of its answer back.

use super::File;
use quadrille_core::{AppendError, Appended, StoreError, store::AppendAll};
use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    time::Duration,
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

pub(super) type Answer = Result<Vec<Appended>, AppendError>;

/// An append that waits to be written. Its places in the queue are free again when it is dropped.
pub(super) struct Request {
    pub(super) appends: AppendAll,
    pub(super) bytes: usize,
    pub(super) answer: oneshot::Sender<Answer>,
    _places: [OwnedSemaphorePermit; 2],
}

/// Bounded by count and by bytes.
#[derive(Debug)]
pub(super) struct Queue {
    path: PathBuf,
    requests: mpsc::Sender<Request>,
    count: Places,
    bytes: Places,
}

impl Queue {
    pub(super) fn new(file: &File) -> (Self, mpsc::Receiver<Request>) {
        let (requests, receiver) = mpsc::channel();
        let options = &file.options;
        let count = Places::new(options.queue, options.patience);
        let bytes = Places::new(options.queue_bytes, options.patience);
        (Self { path: file.path.clone(), requests, count, bytes }, receiver)
    }

    pub(super) async fn append(&self, appends: AppendAll) -> Answer {
        let bytes = size(&appends);
        let full =
            |full| StoreError::unavailable(self.what("whose queue of appends is full"), full);
        let places =
            [self.count.take(1).await.map_err(full)?, self.bytes.take(bytes).await.map_err(full)?];
        let (answer, answered) = oneshot::channel();
        let request = Request { appends, bytes, answer, _places: places };
        self.requests.send(request).map_err(|_| {
            let what = self.what("whose writing thread has ended; open it again");
            StoreError::unavailable(what, "the append was not handed over")
        })?;
        answered.await.unwrap_or_else(|gone| {
            let what = format!("the append to {}", self.path.display());
            Err(StoreError::OutcomeUnknown { what, source: gone.into() }.into())
        })
    }

    fn what(&self, problem: &str) -> String {
        format!("{}, {problem}", self.path.display())
    }
}

fn size(appends: &AppendAll) -> usize {
    let events = appends.appends.iter().flat_map(|append| &append.events);
    events.map(|event| event.data.len()).sum()
}

/// Places in a queue, given out in the order in which they were asked for.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    all: u32,
    patience: Duration,
}

/// A queue stayed full for longer than a caller has patience.
#[derive(Debug, thiserror::Error)]
#[error("no place became free within {0:?}; append less at once, or allow a longer queue")]
pub(super) struct Full(Duration);

impl Places {
    pub(super) fn new(count: usize, patience: Duration) -> Self {
        let all = u32::try_from(count).unwrap_or(u32::MAX);
        Self { free: Arc::new(Semaphore::new(all as usize)), all, patience }
    }

    /// Waits for this many places; for all of them, where it asks for more than there are.
    pub(super) async fn take(&self, count: usize) -> Result<OwnedSemaphorePermit, Full> {
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

#[cfg(test)]
mod tests {
    use super::{super::SqliteOptions, *};
    use std::path::Path;

    fn file() -> File {
        File { path: Path::new("orders.db").into(), options: SqliteOptions::default() }
    }

    fn append(queue: &Queue) -> Answer {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(queue.append(AppendAll::default()))
    }

    #[test]
    fn a_writer_that_is_gone_has_written_nothing() {
        let (queue, requests) = Queue::new(&file());
        drop(requests);
        let answer = append(&queue);
        let Err(AppendError::Store(error @ StoreError::Unavailable { .. })) = answer else {
            panic!("{answer:?}")
        };
        assert!(error.to_string().contains("thread has ended; open it again"), "{error}");
    }

    #[test]
    fn a_writer_that_dies_over_an_append_may_have_written_it() {
        let (queue, requests) = Queue::new(&file());
        let writer = std::thread::spawn(move || drop(requests.recv()));
        let answer = append(&queue);
        writer.join().unwrap();
        let unknown = matches!(&answer, Err(AppendError::Store(StoreError::OutcomeUnknown { .. })));
        assert!(unknown, "{answer:?}");
    }
}
