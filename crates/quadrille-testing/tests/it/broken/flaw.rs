use async_trait::async_trait;
use futures_util::future::BoxFuture;
use quadrille::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    memory::MemoryStore,
    store::{
        AppendAll, Capabilities, Direction, Limits, Page, Place, StoredPayload, StreamFilter,
        StreamInfo,
    },
};
use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::Duration,
};

pub type Receipt<T> = Result<T, AppendError>;

/// What was asked for when a page was read.
pub struct Ask<'a> {
    pub query: &'a Query,
    pub from: Position,
    pub direction: Direction,
    pub limit: usize,
}

/// What a store does wrong: [`SOUND`] with some of its parts replaced.
#[derive(Clone, Copy)]
pub struct Flaw {
    pub patience: Duration,
    pub capabilities: Capabilities,
    pub append: for<'a> fn(&'a Broken, Append) -> BoxFuture<'a, Receipt<Appended>>,
    pub append_all: for<'a> fn(&'a Broken, AppendAll) -> BoxFuture<'a, Receipt<Vec<Appended>>>,
    pub receipt: fn(&mut Appended),
    pub stream: fn(&StreamId) -> StreamId,
    pub query: fn(&Query) -> Query,
    pub page: for<'a> fn(&'a Broken, Ask<'a>, Page) -> BoxFuture<'a, Page>,
    pub bounds: fn(Version, Direction, usize) -> (Version, usize),
    pub payloads: fn(&mut Vec<StoredPayload>),
    pub envelope: fn(&mut Envelope),
    pub head: for<'a> fn(&'a Broken, Option<Place>) -> BoxFuture<'a, Option<Place>>,
    pub event_at: for<'a> fn(&'a Broken, Position) -> BoxFuture<'a, Option<Envelope>>,
    pub by_id: fn(Option<Envelope>) -> Option<Envelope>,
    pub of_command: fn(Vec<Envelope>) -> Vec<Envelope>,
    pub listed: fn(&StreamFilter, Option<&StreamId>, &mut Vec<StreamInfo>),
    pub filter: fn(&StreamFilter) -> StreamFilter,
    pub wakes: fn(&Broken) -> BoxFuture<'_, ()>,
    pub reopen: fn(&Broken) -> Broken,
}

/// How long the cases wait for a store that is known to hang.
pub const SHORT: Duration = Duration::from_secs(5);

/// Low, so that the cases that reach for them are quick.
pub const LIMITS: Limits =
    Limits { event_bytes: 10_000, events_per_append: 200, append_bytes: 25_000, tags_per_event: 8 };

/// Nothing wrong.
pub const SOUND: Flaw = Flaw {
    patience: Duration::from_secs(60),
    capabilities: Capabilities::ALL,
    append: Broken::put,
    append_all: |broken, all| broken.inner.append_all(all),
    receipt: |_| (),
    stream: StreamId::clone,
    query: Query::clone,
    page: |_, _, page| Box::pin(std::future::ready(page)),
    bounds: |from, _, limit| (from, limit),
    payloads: |_| (),
    envelope: |_| (),
    head: |_, head| Box::pin(std::future::ready(head)),
    event_at: |broken, at| Box::pin(async move { broken.inner.event_at(at).await.unwrap() }),
    by_id: |found| found,
    of_command: |found| found,
    listed: |_, _, _| (),
    filter: StreamFilter::clone,
    wakes: |_| Box::pin(std::future::ready(())),
    reopen: Broken::clone,
};

/// A sound store with a flaw laid over it.
#[derive(Clone)]
pub struct Broken {
    pub inner: MemoryStore,
    /// Events that readers do not see yet.
    pub hidden: Arc<Mutex<HashSet<EventId>>>,
    flaw: Flaw,
}

impl Broken {
    pub fn new(flaw: Flaw) -> Self {
        Self { inner: MemoryStore::new(), hidden: Arc::default(), flaw }
    }

    /// Appends as a sound store does.
    pub fn put(&self, append: Append) -> BoxFuture<'_, Receipt<Appended>> {
        Box::pin(async move {
            LIMITS.check(&append)?;
            self.inner.append(append).await
        })
    }

    /// The version of a stream's last event.
    pub async fn version(&self, stream: &StreamId) -> Version {
        let last = self.inner.read_stream(stream, Version(u64::MAX), Direction::Backward, 1).await;
        last.unwrap().first().map_or(Version::NONE, |event| event.version)
    }

    fn shown(&self, mut events: Vec<Envelope>) -> Vec<Envelope> {
        let hidden = self.hidden.lock().unwrap();
        events.retain(|event| !hidden.contains(&event.id));
        events.iter_mut().for_each(self.flaw.envelope);
        events
    }
}

#[async_trait]
impl EventStore for Broken {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        self.flaw.capabilities
    }

    fn limits(&self) -> Limits {
        LIMITS
    }

    async fn append(&self, mut append: Append) -> Receipt<Appended> {
        append.stream = (self.flaw.stream)(&append.stream);
        let mut receipt = (self.flaw.append)(self, append).await?;
        (self.flaw.receipt)(&mut receipt);
        Ok(receipt)
    }

    async fn append_all(&self, all: AppendAll) -> Receipt<Vec<Appended>> {
        let mut receipts = (self.flaw.append_all)(self, all).await?;
        receipts.iter_mut().for_each(self.flaw.receipt);
        Ok(receipts)
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let stream = (self.flaw.stream)(stream);
        let (from, limit) = (self.flaw.bounds)(from, direction, limit);
        Ok(self.shown(self.inner.read_stream(&stream, from, direction, limit).await?))
    }

    async fn read_payloads(
        &self,
        stream: &StreamId,
        above: Version,
        limit: usize,
    ) -> Result<Vec<StoredPayload>, StoreError> {
        let events = self.read_stream(stream, above, Direction::Forward, limit).await?;
        let mut payloads = events.into_iter().map(StoredPayload::from).collect();
        (self.flaw.payloads)(&mut payloads);
        Ok(payloads)
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let understood = (self.flaw.query)(query);
        let page = self.inner.read(&understood, from, direction, limit).await?;
        let ask = Ask { query, from, direction, limit };
        let mut page = (self.flaw.page)(self, ask, page).await;
        page.events = self.shown(page.events);
        Ok(page)
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        Ok((self.flaw.head)(self, self.inner.head().await?).await)
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        let found = (self.flaw.event_at)(self, position).await;
        Ok(self.shown(found.into_iter().collect()).pop())
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        let found = (self.flaw.by_id)(self.inner.event(id).await?);
        Ok(self.shown(found.into_iter().collect()).pop())
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        let stream = (self.flaw.stream)(stream);
        let found = self.inner.events_of_command(&stream, command).await?;
        Ok(self.shown((self.flaw.of_command)(found)))
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let understood = (self.flaw.filter)(filter);
        let mut listed = self.inner.streams(&understood, after, limit).await?;
        (self.flaw.listed)(filter, after, &mut listed);
        Ok(listed)
    }

    async fn appended_after(&self, after: Position) {
        self.inner.appended_after(after).await;
        (self.flaw.wakes)(self).await;
    }
}
