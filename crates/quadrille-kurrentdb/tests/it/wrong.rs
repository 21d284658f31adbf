//! Readers of the log that are wrong in ways that this store could have been.

use async_trait::async_trait;
use quadrille_core::{
    Append, AppendError, Appended, CommandId, Envelope, EventId, EventStore, Position, Query,
    StoreError, StoreId, StreamId, Version,
    store::{Direction, Limits, Page, Place, StreamFilter, StreamInfo},
};
use quadrille_kurrentdb::KurrentDbStore;

#[derive(Debug, Clone, Copy)]
pub enum Wrong {
    /// Takes the end of the log, asked for when the page was read, for what was looked through.
    HeadAfterRead,
    /// Takes the position that a page begins behind for one that it begins with.
    Inclusive,
}

pub struct WrongReader {
    inner: KurrentDbStore,
    wrong: Wrong,
}

impl Wrong {
    pub const ALL: [Self; 2] = [Self::HeadAfterRead, Self::Inclusive];

    pub fn over(self, inner: KurrentDbStore) -> WrongReader {
        WrongReader { inner, wrong: self }
    }
}

#[async_trait]
impl EventStore for WrongReader {
    fn id(&self) -> StoreId {
        self.inner.id()
    }

    fn limits(&self) -> Limits {
        self.inner.limits()
    }

    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        self.inner.append(append).await
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
        let mut page = self.inner.read(query, from, direction, limit).await?;
        if direction == Direction::Backward {
            return Ok(page);
        }
        match self.wrong {
            Wrong::HeadAfterRead if !page.more => page.through = self.inner.head().await?,
            Wrong::HeadAfterRead => {}
            Wrong::Inclusive => {
                page.events.splice(0..0, self.inner.event_at(from).await?);
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
