//! Starting the threads.

use super::{
    File, Shared, SqliteOptions, SqliteStore, queue::Queue, read::Reader, readers, writer::Writer,
};
use quadrille_core::StoreError;
use std::{path::PathBuf, sync::Arc, thread};
use tokio::sync::{oneshot, watch};

/// Opens a store on a thread of its own, which then is the one that writes.
pub(super) async fn open(path: PathBuf, options: SqliteOptions) -> Result<SqliteStore, StoreError> {
    let file = File { path, options };
    let (answer, opened) = oneshot::channel();
    let (end, ended) = oneshot::channel();
    let what = file.path.display().to_string();
    let unstarted = |error| StoreError::unavailable(format!("a thread for {what}"), error);
    thread::Builder::new()
        .name("quadrille-write".into())
        .spawn(move || {
            match start(file, ended) {
                Ok((shared, threads)) => {
                    // Nobody waits for the store any more: dropping it ends the threads.
                    let _ = answer.send(Ok(SqliteStore { shared }));
                    threads.run();
                }
                Err(error) => drop(answer.send(Err(error))),
            }
            drop(end);
        })
        .map_err(unstarted)?;
    opened.await.unwrap_or_else(|gone| {
        Err(StoreError::unavailable(format!("{what}: the thread that opens it ended"), gone))
    })
}

/// What runs on the threads of a store.
struct Threads {
    writer: Option<Writer>,
    readers: Vec<thread::JoinHandle<()>>,
}

impl Threads {
    /// Returns when all handles are gone and the file is closed. The writer's connection is closed
    /// last, because only a connection that writes can remove the write-ahead log.
    fn run(self) {
        let writer = self.writer.map(Writer::run);
        for reader in self.readers {
            // It can only have panicked, which it has told already.
            let _ = reader.join();
        }
        drop(writer);
    }
}

fn start(file: File, ended: oneshot::Receiver<()>) -> Result<(Arc<Shared>, Threads), StoreError> {
    file.prepare()?;
    let connection = (!file.options.read_only).then(|| file.writer()).transpose()?;
    let readers = (0..file.options.readers)
        .map(|_| Ok(Reader::new(file.reader()?)))
        .collect::<Result<Vec<_>, StoreError>>()?;
    let id = file.store_id(readers[0].connection())?;
    let head = watch::Sender::default();
    let (queue, writer) = match connection {
        Some(connection) => {
            let (queue, requests) = Queue::new(&file);
            let writer = Writer::new(connection, file.clone(), requests, head.clone());
            (Some(queue), Some(writer))
        }
        None => (None, None),
    };
    let (pool, threads) = readers::start(readers, &file)?;
    let shared = Shared { id, file, readers: pool, queue, head, ended };
    Ok((Arc::new(shared), Threads { writer, readers: threads }))
}
