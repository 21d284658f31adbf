//! A part of a server's log that looks like a store of its own: the conformance suite wants an empty
//! one for every case, and a server that is named has but one log, which is not empty.

use async_trait::async_trait;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    name::MAX_ID_BYTES,
    store::{Direction, Limits, Page, Place, StreamFilter, StreamInfo},
};
use quadrille_kurrentdb::KurrentDbStore;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};
use uuid::Uuid;

/// Where a part begins, and what its streams are called on the server.
#[derive(Clone)]
pub struct Part {
    begin: Position,
    mark: String,
    /// Streams here, by what they are called there.
    names: Arc<Mutex<HashMap<StreamId, StreamId>>>,
}

impl Part {
    /// The part that begins now.
    pub async fn new(store: &KurrentDbStore) -> Self {
        let begin = store.head().await.unwrap().map_or(Position::START, |head| head.position);
        let mark = format!("{}.", &Uuid::new_v4().simple().to_string()[..12]);
        Self { begin, mark, names: Arc::default() }
    }

    pub fn of(&self, inner: KurrentDbStore) -> Apart {
        Apart { inner, part: self.clone() }
    }

    /// What a stream is called on the server. The end of a long name gives way to the mark.
    fn there(&self, here: &StreamId) -> StreamId {
        let mut id = format!("{}{}", self.mark, here.id());
        while id.len() > MAX_ID_BYTES {
            id.pop();
        }
        let there = StreamId::new(here.category().clone(), id).unwrap();
        self.names.lock().unwrap().insert(there.clone(), here.clone());
        there
    }

    fn here(&self, there: &StreamId) -> StreamId {
        let names = self.names.lock().unwrap();
        names.get(there).unwrap_or_else(|| panic!("{there} is somebody else's")).clone()
    }

    fn shown(&self, mut event: Envelope) -> Option<Envelope> {
        (event.position > self.begin).then(|| {
            event.stream = self.here(&event.stream);
            event
        })
    }

    fn all_shown(&self, events: Vec<Envelope>) -> Vec<Envelope> {
        events.into_iter().filter_map(|event| self.shown(event)).collect()
    }
}

pub struct Apart {
    inner: KurrentDbStore,
    part: Part,
}

#[async_trait]
impl EventStore for Apart {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let here = append.stream.clone();
        let appended = self.inner.append(Append { stream: self.part.there(&here), ..append }).await;
        appended.map_err(|error| match error {
            AppendError::Conflict { expected, actual, .. } => {
                AppendError::Conflict { stream: here, expected, actual }
            }
            AppendError::IdReused { event, .. } => AppendError::IdReused { stream: here, event },
            error => error,
        })
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let there = self.part.there(stream);
        Ok(self.part.all_shown(self.inner.read_stream(&there, from, direction, limit).await?))
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let mut query = query.clone();
        query.stream = query.stream.map(|stream| self.part.there(&stream));
        let from = from.max(self.part.begin);
        let page = self.inner.read(&query, from, direction, limit).await?;
        let Page { events, mut through, mut more } = page;
        let events = self.part.all_shown(events);
        if through.is_some_and(|through| through.position <= self.part.begin) {
            let (all, begin) = (Query::everything(), self.part.begin);
            let first = self.inner.read(&all, begin, Direction::Forward, 1).await?.events;
            through = first.first().map(Place::from).filter(|it| it.position < from);
            more = false;
        }
        Ok(Page { events, through, more })
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        Ok(self.inner.head().await?.filter(|head| head.position > self.part.begin))
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        let found = self.inner.event_at(position).await?;
        Ok(found.and_then(|event| self.part.shown(event)))
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        let found = self.inner.event(id).await?;
        Ok(found.and_then(|event| self.part.shown(event)))
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        let there = self.part.there(stream);
        Ok(self.part.all_shown(self.inner.events_of_command(&there, command).await?))
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let id_prefix = format!("{}{}", self.part.mark, filter.id_prefix);
        let filter = StreamFilter { id_prefix, ..filter.clone() };
        let after = after.map(|stream| self.part.there(stream));
        let found = self.inner.streams(&filter, after.as_ref(), limit).await?;
        let here = |info: StreamInfo| StreamInfo { stream: self.part.here(&info.stream), ..info };
        Ok(found.into_iter().map(here).collect())
    }

    async fn appended_after(&self, after: Position) {
        self.inner.appended_after(after.max(self.part.begin)).await;
    }
}
