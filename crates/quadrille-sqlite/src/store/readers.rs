//! The threads that read.

use super::{File, queue::Places, read::Reader};
use crate::error::store_error;
use quadrille_core::StoreError;
use std::{
    fmt,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    thread,
};
use tokio::sync::oneshot;

type Job = Box<dyn FnOnce(&mut Reader) + Send>;

/// The way of a read to one of the threads.
pub(super) struct Readers {
    path: PathBuf,
    jobs: mpsc::Sender<Job>,
    places: Places,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("places", &self.places).finish_non_exhaustive()
    }
}

impl Readers {
    /// Runs one short read on the next thread that is free.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut Reader) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let unavailable = |problem| format!("{}, {problem}", self.path.display());
        let place = self.places.take(1).await.map_err(|full| {
            StoreError::unavailable(unavailable("whose queue of reads is full"), full)
        })?;
        let (answer, answered) = oneshot::channel();
        let job = move |reader: &mut Reader| {
            let _place = place;
            if !answer.is_closed() {
                // Whoever asked may have gone meanwhile.
                let _ = answer.send(read(reader));
            }
        };
        let ended = |_| unavailable("whose reading threads have ended; open it again");
        self.jobs
            .send(Box::new(job))
            .map_err(|gone| StoreError::unavailable(ended(()), gone.to_string()))?;
        answered
            .await
            .map_err(|gone| StoreError::unavailable(ended(()), gone))?
            .map_err(|error| store_error(&self.path, error))
    }
}

/// Starts a thread for each reader. They end when the [`Readers`] are dropped and all is read.
pub(super) fn start(
    readers: Vec<Reader>,
    file: &File,
) -> Result<(Readers, Vec<thread::JoinHandle<()>>), StoreError> {
    let (jobs, queue) = mpsc::channel::<Job>();
    let queue = Arc::new(Mutex::new(queue));
    let path = file.path.clone();
    let start = |mut reader: Reader| {
        let queue = queue.clone();
        thread::Builder::new().name("quadrille-read".into()).spawn(move || {
            while let Some(job) = next(&queue) {
                job(&mut reader);
            }
        })
    };
    let threads = readers.into_iter().map(start).collect::<Result<_, _>>().map_err(|error| {
        StoreError::unavailable(format!("a thread that reads {}", path.display()), error)
    })?;
    let places = Places::new(file.options.queue, file.options.patience);
    Ok((Readers { path, jobs, places }, threads))
}

/// `None` when all senders are gone.
fn next(queue: &Mutex<mpsc::Receiver<Job>>) -> Option<Job> {
    queue.lock().ok()?.recv().ok()
}
