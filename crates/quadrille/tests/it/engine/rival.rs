use super::support::event;
use async_trait::async_trait;
use quadrille::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, ExpectedVersion,
    Position, Query, StoreError, StoreId, StreamId, Version,
    memory::MemoryStore,
    store::{Direction, Page, Place, StreamFilter, StreamInfo},
};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicU32, Ordering},
};
use tokio::sync::watch;

/// A store on which another process writes two events to an account just before each of the next
/// appends, and which is slow, out of reach or set back when it is told to be.
#[derive(Clone)]
pub struct Rival {
    inner: Arc<Mutex<MemoryStore>>,
    appends: Arc<AtomicU32>,
    holds: watch::Sender<bool>,
    fails: Arc<AtomicBool>,
    /// How many events came with each append to an account.
    came: Arc<Mutex<Vec<usize>>>,
}

impl Rival {
    pub fn on(store: &MemoryStore) -> Self {
        Self {
            inner: Arc::new(Mutex::new(store.clone())),
            appends: Arc::default(),
            holds: watch::Sender::new(false),
            fails: Arc::default(),
            came: Arc::default(),
        }
    }

    pub fn writes_before(&self, appends: u32) {
        self.appends.store(appends, Ordering::SeqCst);
    }

    /// Whether appends to accounts wait.
    pub fn hold(&self, holds: bool) {
        self.holds.send_replace(holds);
    }

    /// The next append to an account fails, and writes nothing.
    pub fn fail(&self) {
        self.fails.store(true, Ordering::SeqCst);
    }

    /// From now on the log is another one.
    pub fn set_back_to(&self, store: MemoryStore) {
        *self.inner.lock().unwrap() = store;
    }

    fn inner(&self) -> MemoryStore {
        self.inner.lock().unwrap().clone()
    }

    pub fn came(&self) -> Vec<usize> {
        self.came.lock().unwrap().clone()
    }
}

#[async_trait]
impl EventStore for Rival {
    fn id(&self) -> StoreId {
        self.inner().id()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let ours = append.stream.category().as_str() == "account";
        if ours {
            self.came.lock().unwrap().push(append.events.len());
            self.holds.subscribe().wait_for(|holds| !holds).await.unwrap();
            if self.fails.swap(false, Ordering::SeqCst) {
                return Err(StoreError::unavailable("the log", "it is told to fail").into());
            }
        }
        let writes = |left: u32| left.checked_sub(1);
        if ours && self.appends.fetch_update(Ordering::SeqCst, Ordering::SeqCst, writes).is_ok() {
            let event = || event("account.deposited", r#"{"cents":1,"note":""}"#);
            let (stream, expected) = (append.stream.clone(), ExpectedVersion::Any);
            self.inner()
                .append(Append { stream, expected, events: vec![event(), event()] })
                .await?;
        }
        self.inner().append(append).await
    }

    async fn read_stream(
        &self,
        s: &StreamId,
        from: Version,
        d: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner().read_stream(s, from, d, limit).await
    }

    async fn read(
        &self,
        q: &Query,
        from: Position,
        d: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.inner().read(q, from, d, limit).await
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        self.inner().head().await
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        self.inner().event_at(position).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        self.inner().event(id).await
    }

    async fn events_of_command(
        &self,
        s: &StreamId,
        id: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner().events_of_command(s, id).await
    }

    async fn streams(
        &self,
        f: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        self.inner().streams(f, after, limit).await
    }

    async fn appended_after(&self, after: Position) {
        self.inner().appended_after(after).await;
    }
}
