//! The event store: one file, one thread that writes, a few that read.

mod append;
mod course;
mod envelope;
mod file;
mod numbers;
mod open;
mod options;
mod queue;
mod read;
mod readers;
mod streams;
mod writer;

pub use options::{Durability, SqliteOptions};

use async_trait::async_trait;
use file::File;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{
        AppendAll, Capabilities, Direction, Limits, Page, Place, StoredPayload, StreamFilter,
        StreamInfo,
    },
};
use queue::Queue;
use readers::Readers;
use std::{path::Path, sync::Arc};
use tokio::sync::{oneshot, watch};

/// Rows that one transaction reads at most: a long one would keep the write-ahead log from being
/// written back.
const ROWS_AT_ONCE: usize = 1_000;

/// An event store in one SQLite file.
///
/// Several processes of one host may open the same file, which must not lie on a network file
/// system. Appends of one process share commits; those of others are only noticed by reading.
/// A clone is another handle on the same threads, which end after the last handle is dropped and
/// what was accepted is written.
#[derive(Debug, Clone)]
pub struct SqliteStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    id: StoreId,
    file: File,
    readers: Readers,
    /// `None` where the file was opened to read only.
    queue: Option<Queue>,
    head: watch::Sender<Position>,
    ended: oneshot::Receiver<()>,
}

impl SqliteStore {
    /// Opens the store in this file, which is made if it does not exist.
    ///
    /// # Errors
    /// As [`SqliteOptions::open`].
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options().open(path).await
    }

    /// Ways to open a store.
    pub fn options() -> SqliteOptions {
        SqliteOptions::default()
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.shared.file.path
    }

    /// Drops this handle. If it was the last, waits until what was accepted is written, the file
    /// is closed and the write-ahead log is gone.
    pub async fn close(self) {
        if let Some(Shared { ended, readers, queue, .. }) = Arc::into_inner(self.shared) {
            drop((readers, queue));
            // An error means that the threads are gone, which is what was waited for.
            let _ = ended.await;
        }
    }

    async fn write(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        match &self.shared.queue {
            Some(queue) => queue.append(appends).await,
            None => Err(StoreError::unusable(
                self.path().display().to_string(),
                "it was opened to read only; open it without `read_only(true)` to append",
            )
            .into()),
        }
    }

    /// Lets those who wait know of events that were met while reading.
    fn notice(&self, position: Position) {
        self.shared.head.send_if_modified(|head| {
            let news = position > *head;
            *head = position.max(*head);
            news
        });
    }
}

#[async_trait]
impl EventStore for SqliteStore {
    fn id(&self) -> StoreId {
        self.shared.id
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn limits(&self) -> Limits {
        self.shared.file.options.limits
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.limits().check(&append)?;
        let receipts = self.write(AppendAll { appends: vec![append], unless: vec![] }).await?;
        Ok(receipts.into_iter().next().expect("an accepted append has a receipt"))
    }

    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        self.limits().check_all(&appends)?;
        self.write(appends).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        mut from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let mut events = Vec::new();
        while events.len() < limit {
            let (stream, count) = (stream.clone(), (limit - events.len()).min(ROWS_AT_ONCE));
            let read =
                move |reader: &mut read::Reader| reader.stream(&stream, from, direction, count);
            let part = self.shared.readers.run(read).await?;
            let last = part.len() < count;
            from = part.last().map_or(from, |event| event.version);
            events.extend(part);
            if last {
                break;
            }
        }
        Ok(events)
    }

    async fn read_payloads(
        &self,
        stream: &StreamId,
        mut above: Version,
        limit: usize,
    ) -> Result<Vec<StoredPayload>, StoreError> {
        let mut events = Vec::new();
        while events.len() < limit {
            let (stream, count) = (stream.clone(), (limit - events.len()).min(ROWS_AT_ONCE));
            let read = move |reader: &mut read::Reader| reader.payloads(&stream, above, count);
            let part = self.shared.readers.run(read).await?;
            let last = part.len() < count;
            above = part.last().map_or(above, |event| event.version);
            events.extend(part);
            if last {
                break;
            }
        }
        Ok(events)
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let query = query.clone();
        let read = move |reader: &mut read::Reader| reader.page(&query, from, direction, limit);
        let page = self.shared.readers.run(read).await?;
        if let Some(through) = page.through {
            self.notice(through.position);
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        let head = self.shared.readers.run(|reader| reader.head()).await?;
        if let Some(head) = head {
            self.notice(head.position);
        }
        Ok(head)
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        self.shared.readers.run(move |reader| reader.event_at(position)).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        self.shared.readers.run(move |reader| reader.event(id)).await
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        let stream = stream.clone();
        self.shared.readers.run(move |reader| reader.events_of_command(&stream, command)).await
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let mut found: Vec<StreamInfo> = Vec::new();
        while found.len() < limit {
            let after = found.last().map(|info| &info.stream).or(after).cloned();
            let (filter, count) = (filter.clone(), (limit - found.len()).min(ROWS_AT_ONCE));
            let list =
                move |reader: &mut read::Reader| reader.streams(&filter, after.as_ref(), count);
            let part = self.shared.readers.run(list).await?;
            let last = part.len() < count;
            found.extend(part);
            if last {
                break;
            }
        }
        Ok(found)
    }

    async fn appended_after(&self, after: Position) {
        let mut head = self.shared.head.subscribe();
        if *head.borrow_and_update() > after {
            return;
        }
        // Another process may have appended. Where this fails, the caller's next read says why.
        if let Ok(Some(seen)) = self.head().await
            && seen.position > after
        {
            return;
        }
        // The sender lives as long as this handle.
        let _ = head.wait_for(|head| *head > after).await;
    }
}
