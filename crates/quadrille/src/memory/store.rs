use super::{
    lock,
    log::{Log, Shape},
};
use crate::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{AppendAll, Capabilities, Direction, Page, Place, StreamFilter, StreamInfo},
};
use async_trait::async_trait;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// An event store in memory. Clones are the same store.
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: StoreId,
    shape: Shape,
    log: Mutex<Log>,
    end: watch::Sender<Position>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl MemoryStore {
    /// An empty store that can do all that the contract names.
    pub fn new() -> Self {
        Self::shaped(Shape::Full)
    }

    /// An empty store that can do no more than KurrentDB: one stream an append, positions far
    /// apart, ids that are unique within their stream only, pages that end early.
    ///
    /// What runs on it relies on the base contract alone.
    pub fn like_kurrentdb() -> Self {
        Self::shaped(Shape::KurrentDb)
    }

    fn shaped(shape: Shape) -> Self {
        let log = Mutex::new(Log::new(shape));
        let end = watch::Sender::new(Position::START);
        Self(Arc::new(Inner { id: StoreId::new(), shape, log, end }))
    }

    fn read_log<T>(&self, read: impl FnOnce(&Log) -> T) -> T {
        read(&lock(&self.0.log))
    }

    fn write(&self, all: AppendAll) -> Result<Vec<Appended>, AppendError> {
        let receipts = lock(&self.0.log).append_all(all)?;
        let last = receipts.iter().map(|receipt| receipt.position).max();
        let last = last.unwrap_or(Position::START);
        self.0.end.send_if_modified(|end| {
            let moves = *end < last;
            *end = last.max(*end);
            moves
        });
        Ok(receipts)
    }
}

#[async_trait]
impl EventStore for MemoryStore {
    fn id(&self) -> StoreId {
        self.0.id
    }

    fn capabilities(&self) -> Capabilities {
        match self.0.shape {
            Shape::Full => Capabilities::ALL,
            Shape::KurrentDb => Capabilities::BASE,
        }
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.limits().check(&append)?;
        let receipts = self.write(AppendAll { appends: vec![append], unless: Vec::new() })?;
        Ok(receipts.into_iter().next().expect("a receipt for each append"))
    }

    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        if self.capabilities() == Capabilities::BASE {
            return Err(AppendError::Store(StoreError::Unsupported {
                capability: "append to several streams or under a condition on tags",
                instead: "append to one stream at a time and let a process manager join them",
            }));
        }
        self.limits().check_all(&appends)?;
        self.write(appends)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        Ok(self.read_log(|log| log.read_stream(stream, from, direction, limit)))
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        Ok(self.read_log(|log| log.read(query, from, direction, limit)))
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        Ok(self.read_log(Log::head))
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        Ok(self.read_log(|log| log.event_at(position)))
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        Ok(self.read_log(|log| log.event(id)))
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        Ok(self.read_log(|log| log.events_of_command(stream, command)))
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        Ok(self.read_log(|log| log.streams(filter, after, limit)))
    }

    async fn appended_after(&self, after: Position) {
        let mut end = self.0.end.subscribe();
        // The sender lives as long as `self`, so the only answer is that the end moved on.
        let _ = end.wait_for(|end| *end > after).await;
    }
}
