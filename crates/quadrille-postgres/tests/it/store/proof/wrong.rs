//! Readers that others have used, and that lose events.

use crate::support::store;
use async_trait::async_trait;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{AppendAll, Capabilities, Direction, Page, Place, StreamFilter, StreamInfo},
};
use quadrille_postgres::{PgPool, PostgresStore};

/// How a reader finds what it may read.
#[derive(Debug, Clone, Copy)]
pub struct Wrong {
    pub name: &'static str,
    /// Positions and ids above `$1`, at most `$2`.
    read: &'static str,
}

pub const WRONG_READERS: [Wrong; 3] = [
    Wrong {
        name: "a plain sequence, read past its gaps",
        read: "SELECT position, id FROM quadrille.events
            WHERE position > $1 ORDER BY position LIMIT $2",
    },
    Wrong {
        name: "the oldest running transaction, with a checkpoint by position",
        read: "SELECT position, id FROM quadrille.events
            WHERE position > $1
                AND xmin::text::bigint < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
            ORDER BY position LIMIT $2",
    },
    Wrong {
        name: "the bound, found by the statement that reads",
        read: "SELECT position, id FROM quadrille.events, (SELECT quadrille.bound() AS bound) AS b
            WHERE position > $1 AND position <= b.bound ORDER BY position LIMIT $2",
    },
];

/// The store, but for its readers of the whole log.
pub struct WrongReader {
    inner: PostgresStore,
    pool: PgPool,
    wrong: Wrong,
}

impl WrongReader {
    pub async fn open(url: &str, wrong: Wrong) -> Self {
        Self { inner: store(url).await, pool: PgPool::connect(url).await.unwrap(), wrong }
    }

    async fn places(&self, after: Position, limit: usize) -> Vec<Place> {
        let found: Vec<(i64, EventUuid)> = sqlx::query_as(self.wrong.read)
            .bind(i64::try_from(after.0).unwrap_or(i64::MAX))
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await
            .unwrap();
        let place = |(position, id): (i64, EventUuid)| Place {
            position: Position(position.unsigned_abs()),
            event: EventId(id),
        };
        found.into_iter().map(place).collect()
    }
}

type EventUuid = uuid::Uuid;

#[async_trait]
impl EventStore for WrongReader {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.inner.append(append).await
    }

    async fn append_all(&self, appends: AppendAll) -> Result<Vec<Appended>, AppendError> {
        self.inner.append_all(appends).await
    }

    async fn read_stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.inner.read_stream(stream, from, direction, limit).await
    }

    async fn read(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        if direction == Direction::Backward {
            return self.inner.read(query, from, direction, limit).await;
        }
        let places = self.places(from, limit).await;
        let mut page = Page { through: places.last().copied(), ..Page::default() };
        page.more = places.len() == limit;
        for place in places {
            let event = self.inner.event_at(place.position).await?.expect("it was found");
            if query.matches(&event) {
                page.events.push(event);
            }
        }
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
