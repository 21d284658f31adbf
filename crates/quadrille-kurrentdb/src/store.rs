//! The event store on a server.

mod append;
mod course;
mod courses;
mod envelope;
mod filtered;
mod identity;
mod log;
mod stream;
mod wake;

use crate::{KurrentDbOptions, client::Server};
use append::too_large;
use async_trait::async_trait;
use courses::Courses;
use log::Quiet;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{Direction, Limits, Page, Place, StreamFilter, StreamInfo},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use wake::Wake;

/// An event store on EventStoreDB or KurrentDB. A clone is another handle on the same connection,
/// which the client keeps open until the process ends; so open a store once.
///
/// Version is revision + 1, and position the commit position in `$all`, which servers tell with the
/// events of a stream from release 22.6 on: older ones are refused. Events of others are seen
/// where they lie in streams with names of Quadrille's kind (`category-id`); everything else is
/// passed over, and so is all that begins with `$`.
///
/// What the server has no index for is read through, in pages:
/// - [`EventStore::event`] and [`EventStore::streams`] read `$all`, the former from its end;
/// - queries by correlation, causation or tag read `$all` as well; those by type, category or
///   stream let the server select where much would be passed over;
/// - the first append to a stream, and the first look for a command in it, read the whole stream;
///   the ids are then remembered, within bounds ([`KurrentDbOptions::remembered`]).
///
/// An append asks three times: what was added to the stream since, the append itself, and what the
/// stream holds then. So an append that was made before is recognised whatever version is
/// expected, on every server, although the server itself promises this for exact versions only.
/// [`Appended::repeated`] is wrong in one case: where two processes append the same events, byte
/// for byte, at the same moment, both may be told that theirs was the first. They are written once.
#[derive(Clone)]
pub struct KurrentDbStore {
    shared: Arc<Shared>,
}

struct Shared {
    id: StoreId,
    server: Arc<Server>,
    options: KurrentDbOptions,
    courses: Courses,
    quiet: Mutex<Option<Quiet>>,
    wake: Wake,
}

impl KurrentDbStore {
    /// Opens the store on the server with this URL, which is made if there is none.
    ///
    /// # Errors
    /// As [`KurrentDbOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::options(url).open().await
    }

    /// Ways to open the store on the server with this URL: `esdb://host:2113`,
    /// `esdb://a:2113,b:2113,c:2113` or `esdb+discover://domain` for a cluster, or the same with
    /// `kurrentdb`; with `user:password@` in front of the host, and `?tls=false` or
    /// `?tlsCaFile=PATH` behind.
    pub fn options(url: &str) -> KurrentDbOptions {
        KurrentDbOptions::new(url)
    }

    pub(crate) async fn begin(
        server: Server,
        options: KurrentDbOptions,
    ) -> Result<Self, StoreError> {
        let id = identity::find(&server, options.create).await?;
        let courses = Courses::new(options.remembered);
        let server = Arc::new(server);
        let (quiet, wake) = Default::default();
        Ok(Self { shared: Arc::new(Shared { id, server, options, courses, quiet, wake }) })
    }

    /// The server's URL without secrets.
    pub fn url(&self) -> &str {
        self.shared.server.name()
    }
}

impl Shared {
    /// Lets those who wait know of events that were met.
    fn notice(&self, position: Position) {
        self.wake.notice(position);
    }
}

#[async_trait]
impl EventStore for KurrentDbStore {
    fn id(&self) -> StoreId {
        self.shared.id
    }

    fn limits(&self) -> Limits {
        self.shared.options.limits
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.limits().check(&append)?;
        if let Some(refusal) = too_large(&append, self.shared.options.append_bytes) {
            return Err(refusal.into());
        }
        self.shared.append(append).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        match direction {
            Direction::Forward => self.shared.forward(stream, from, limit).await,
            Direction::Backward => self.shared.backward(stream, from, limit).await,
        }
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let page = self.shared.page(query, from, direction, limit).await?;
        if direction == Direction::Forward {
            return self.shared.filtered(query, page, limit).await;
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Option<Place>, StoreError> {
        self.shared.head().await
    }

    async fn event_at(&self, position: Position) -> Result<Option<Envelope>, StoreError> {
        self.shared.event_at(position).await
    }

    async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        let mut from = Position::END;
        loop {
            let all = Query::everything();
            let page = self.shared.page(&all, from, Direction::Backward, usize::MAX).await?;
            let found = page.events.into_iter().find(|event| event.id == id);
            match page.through {
                Some(through) if found.is_none() && page.more => from = through.position,
                _ => return Ok(found),
            }
        }
    }

    async fn events_of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.shared.of_command(stream, command).await
    }

    async fn streams(
        &self,
        filter: &StreamFilter,
        after: Option<&StreamId>,
        limit: usize,
    ) -> Result<Vec<StreamInfo>, StoreError> {
        let mut found = BTreeMap::new();
        let mut from = Position::START;
        loop {
            let all = Query::everything();
            let page = self.shared.page(&all, from, Direction::Forward, usize::MAX).await?;
            for event in page.events {
                if filter.matches(&event.stream) && after.is_none_or(|after| event.stream > *after)
                {
                    let Envelope { version, position, recorded_at, .. } = event;
                    found.insert(event.stream, (version, position, recorded_at));
                    if found.len() > limit {
                        found.pop_last();
                    }
                }
            }
            match page.through {
                Some(through) if page.more => from = through.position,
                _ => break,
            }
        }
        let info = |(stream, (version, position, recorded_at))| StreamInfo {
            stream,
            version,
            position,
            recorded_at,
        };
        Ok(found.into_iter().map(info).collect())
    }

    async fn appended_after(&self, after: Position) {
        wake::appended_after(&self.shared, after).await;
    }
}

/// Without secrets.
impl std::fmt::Debug for KurrentDbStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KurrentDbStore").field("url", &self.url()).finish_non_exhaustive()
    }
}
