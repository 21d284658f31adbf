//! The event store: one schema, a few connections that write, a few that read.

mod append;
mod batch;
mod envelope;
mod loads;
mod log;
mod news;
mod open;
mod options;
mod queue;
mod read;
mod stall;
mod statements;
mod streams;
mod writer;

pub use options::PostgresOptions;

use crate::server::{Kept, Pool, Server};
use async_trait::async_trait;
use loads::Loads;
use log::Readable;
use news::News;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{
        AppendAll, Capabilities, Direction, Limits, Page, Place, Stall, StoredPayload,
        StreamFilter, StreamInfo,
    },
};
use queue::{Answer, Queue};
use statements::Statements;
use std::sync::Arc;
use tokio::{runtime::Handle, sync::oneshot};

/// Rows that one statement returns at most.
const ROWS_AT_ONCE: usize = 1_000;

/// An event store in a schema of a PostgreSQL database.
///
/// Any number of processes may open the same schema. Appends of one process share transactions.
/// Positions have gaps, and an event whose position is lower may be committed later than one whose
/// position is higher; readers of the whole log are shown neither until both are settled, and so
/// skip nothing. A reader of one stream sees what is committed at once.
///
/// A clone is another handle on the same connections, which are closed after the last handle is
/// dropped and what was accepted is written.
#[derive(Debug, Clone)]
pub struct PostgresStore {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    core: Arc<Core>,
    queue: Queue,
    ended: oneshot::Receiver<()>,
}

/// What all parts of a store share.
#[derive(Debug)]
struct Core {
    id: StoreId,
    server: Server,
    options: PostgresOptions,
    statements: Statements,
    reads: Pool,
    loads: Loads,
    /// For loads: at most so many run at once.
    loading: Kept,
    readable: Readable,
    /// For appends: at most so many run at once.
    writes: Kept,
    news: News,
    runtime: Handle,
}

impl PostgresStore {
    /// Opens the store in the database that the URL names, in the schema `quadrille` or that of the
    /// URL's parameter `schema`. It must have been migrated.
    ///
    /// # Errors
    /// As [`PostgresOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::options(url).open().await
    }

    /// Ways to open a store.
    pub fn options(url: &str) -> PostgresOptions {
        PostgresOptions::new(url)
    }

    /// The URL, without its secrets.
    pub fn url(&self) -> &str {
        &self.core().server.shown
    }

    /// Drops this handle. If it was the last, waits until what was accepted is written and the
    /// connections are closed.
    pub async fn close(self) {
        if let Some(Shared { ended, queue, .. }) = Arc::into_inner(self.shared) {
            drop(queue);
            // An error means that the writer is gone, which is what was waited for.
            let _ = ended.await;
        }
    }

    fn core(&self) -> &Core {
        &self.shared.core
    }
}

impl Core {
    /// Tells those who wait for events.
    fn appended(&self, answers: &[Answer]) {
        let written = answers.iter().flatten().flatten().filter(|receipt| !receipt.repeated);
        if let Some(last) = written.map(|receipt| receipt.position).max() {
            self.news.appended(last);
        }
    }
}

#[async_trait]
impl EventStore for PostgresStore {
    fn id(&self) -> StoreId {
        self.core().id
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities::ALL
    }

    fn limits(&self) -> Limits {
        self.core().options.limits
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.limits().check(&append)?;
        let all = AppendAll { appends: vec![append], unless: vec![] };
        append::check_text(&all)?;
        let receipts = self.shared.queue.append(all).await?;
        Ok(receipts.into_iter().next().expect("an accepted append has a receipt"))
    }

    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        self.limits().check_all(&appends)?;
        append::check_text(&appends)?;
        self.shared.queue.append(appends).await
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
            let count = (limit - events.len()).min(ROWS_AT_ONCE);
            let part = self.core().stream(stream, from, direction, count).await?;
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
        above: Version,
        limit: usize,
    ) -> Result<Vec<StoredPayload>, StoreError> {
        loads::load(&self.shared.core, stream, above, limit).await
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.core().page(query, from, direction, limit).await
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        self.core().head_with_own().await
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        self.core().event_at(position).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        self.core().event(id).await
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.core().of_command(stream, command).await
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
            let count = (limit - found.len()).min(ROWS_AT_ONCE);
            let part = self.core().list_streams(filter, after.as_ref(), count).await?;
            let last = part.len() < count;
            found.extend(part);
            if last {
                break;
            }
        }
        Ok(found)
    }

    async fn stalls(&self) -> Result<Vec<Stall>, StoreError> {
        self.core().stalls().await
    }

    async fn appended_after(&self, after: Position) {
        let mut calls = self.core().news.calls();
        calls.mark_unchanged();
        // Where this fails, the caller's next read says why.
        if let Ok(Some(head)) = self.core().head().await
            && head.position > after
        {
            return;
        }
        // The sender lives as long as this handle.
        let _ = calls.changed().await;
    }
}
