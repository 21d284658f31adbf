use super::support::event;
use async_trait::async_trait;
use quadrille::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, ExpectedVersion,
    Position, Query, StoreError, StoreId, StreamId, Version,
    memory::MemoryStore,
    store::{Direction, Page, Place, StreamFilter, StreamInfo},
};
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

/// A store on which another process writes to an account just before each of the next appends.
#[derive(Clone)]
pub struct Rival {
    inner: MemoryStore,
    appends: Arc<AtomicU32>,
}

impl Rival {
    pub fn on(store: &MemoryStore) -> Self {
        Self { inner: store.clone(), appends: Arc::default() }
    }

    pub fn writes_before(&self, appends: u32) {
        self.appends.store(appends, Ordering::SeqCst);
    }
}

#[async_trait]
impl EventStore for Rival {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let ours = append.stream.category().as_str() == "account";
        let writes = |left: u32| left.checked_sub(1);
        if ours && self.appends.fetch_update(Ordering::SeqCst, Ordering::SeqCst, writes).is_ok() {
            let event = event("account.deposited", r#"{"cents":1,"note":""}"#);
            let (stream, expected) = (append.stream.clone(), ExpectedVersion::Any);
            self.inner.append(Append { stream, expected, events: vec![event] }).await?;
        }
        self.inner.append(append).await
    }

    async fn read_stream(
        &self,
        s: &StreamId,
        from: Version,
        d: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner.read_stream(s, from, d, limit).await
    }

    async fn read(
        &self,
        q: &Query,
        from: Position,
        d: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.inner.read(q, from, d, limit).await
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
        s: &StreamId,
        id: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner.events_of_command(s, id).await
    }

    async fn streams(
        &self,
        f: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        self.inner.streams(f, after, limit).await
    }

    async fn appended_after(&self, after: Position) {
        self.inner.appended_after(after).await;
    }
}
