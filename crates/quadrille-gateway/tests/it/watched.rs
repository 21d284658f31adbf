use async_trait::async_trait;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{Direction, Page, Place, StreamFilter, StreamInfo},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::RwLock;

/// A store that counts what is read, and lets something happen between a read and what follows.
pub struct Watched {
    pub inner: Arc<dyn EventStore>,
    /// Events that were read from the log.
    pub events: AtomicUsize,
    /// Reads of streams, and the most events that one of them gave.
    pub stream_reads: AtomicUsize,
    pub largest_read: AtomicUsize,
    /// Appended once, behind the next read of the stream that it goes to.
    pub between: Mutex<Option<Append>>,
    /// Whoever holds it for writing holds all appends up.
    pub gate: RwLock<()>,
}

impl Watched {
    pub fn over(inner: Arc<dyn EventStore>) -> Self {
        Self {
            inner,
            events: AtomicUsize::new(0),
            stream_reads: AtomicUsize::new(0),
            largest_read: AtomicUsize::new(0),
            between: Mutex::new(None),
            gate: RwLock::new(()),
        }
    }

    fn due(&self, stream: &StreamId) -> Option<Append> {
        self.between.lock().unwrap().take_if(|append| append.stream == *stream)
    }
}

#[async_trait]
impl EventStore for Watched {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let _open = self.gate.read().await;
        self.inner.append(append).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let events = self.inner.read_stream(stream, from, direction, limit).await?;
        self.stream_reads.fetch_add(1, Ordering::SeqCst);
        self.largest_read.fetch_max(events.len(), Ordering::SeqCst);
        if let Some(append) = self.due(stream) {
            self.inner.append(append).await.unwrap();
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
        let page = self.inner.read(query, from, direction, limit).await?;
        self.events.fetch_add(page.events.len(), Ordering::SeqCst);
        Ok(page)
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        self.inner.head().await
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        self.inner.event_at(position).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        self.inner.event(id).await
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner.events_of_command(stream, command).await
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        self.inner.streams(filter, after, limit).await
    }

    async fn appended_after(&self, after: Position) {
        self.inner.appended_after(after).await;
    }
}
