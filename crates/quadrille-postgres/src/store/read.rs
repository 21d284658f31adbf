//! Reading: each call is one statement.

use super::{
    Core, Statements,
    append::{int, tags_json},
    envelope::{envelope, position},
};
use quadrille_core::{
    CommandId, Envelope, EventId, Position, Query, StoreError, StreamId, Version,
    name::FRAMEWORK_CATEGORY,
    store::{Direction, Page, Place},
};
use sqlx::{
    AssertSqlSafe, Error, Postgres, Row,
    postgres::{PgArguments, PgRow},
    query::Query as Statement,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use uuid::Uuid;

/// Events of the log that are looked at for one page, where no index leads to those that match.
pub(super) const WINDOW: usize = 10_000;
/// Bytes of payloads in a page, beyond which it ends.
pub(super) const PAGE_BYTES: usize = 16 << 20;
/// How long to wait for what this process appended to be readable, behind appends that are still
/// on their way.
const HEAD_PATIENCE: Duration = Duration::from_secs(1);
const HEAD_INTERVAL: Duration = Duration::from_millis(2);

impl Core {
    pub(super) async fn page(
        &self,
        selected: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let Query { stream, correlation, causation, tags, .. } = selected;
        let along_an_index =
            stream.is_some() || correlation.is_some() || causation.is_some() || !tags.is_empty();
        if direction == Direction::Forward && !along_an_index {
            return self.log_page(selected, from, limit).await;
        }
        let values = PageValues::new(selected, from, direction, limit);
        let rows = self.reads.fetch(|| values.call(&self.statements)).await?;
        values.page(&rows).map_err(|error| self.reads.error(error))
    }

    pub(super) async fn stream(
        &self,
        stream: &StreamId,
        from: Version,
        direction: Direction,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let text = match direction {
            Direction::Forward => &self.statements.stream_forward,
            Direction::Backward => &self.statements.stream_backward,
        };
        self.envelopes(|| {
            statement(text)
                .bind(stream.category().as_str().to_owned())
                .bind(stream.id().to_owned())
                .bind(int(from.0))
                .bind(int(limit as u64))
        })
        .await
    }

    /// The last event that a reader of the log sees. What this process has appended is waited for.
    pub(super) async fn head_with_own(&self) -> Result<Option<Place>, StoreError> {
        let (own, began) = (self.news.own(), Instant::now());
        loop {
            let head = self.head().await?;
            let reached = head.map_or(Position::START, |head| head.position) >= own;
            if reached || began.elapsed() >= HEAD_PATIENCE {
                return Ok(head);
            }
            tokio::time::sleep(HEAD_INTERVAL).await;
        }
    }

    pub(super) async fn head(&self) -> Result<Option<Place>, StoreError> {
        let rows = self.reads.fetch(|| statement(&self.statements.head)).await?;
        rows.first().map(place).transpose().map_err(|error| self.reads.error(error))
    }

    pub(super) async fn event_at(&self, at: Position) -> Result<Option<Envelope>, StoreError> {
        let events = self.envelopes(|| statement(&self.statements.event_at).bind(int(at.0))).await;
        Ok(events?.pop())
    }

    pub(super) async fn event(&self, id: EventId) -> Result<Option<Envelope>, StoreError> {
        let events = self.envelopes(|| statement(&self.statements.event_with_id).bind(id.0)).await;
        Ok(events?.pop())
    }

    pub(super) async fn of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        self.envelopes(|| {
            statement(&self.statements.events_of_command)
                .bind(command.0)
                .bind(stream.category().as_str().to_owned())
                .bind(stream.id().to_owned())
        })
        .await
    }

    async fn envelopes<'q>(
        &self,
        query: impl Fn() -> Statement<'q, Postgres, PgArguments>,
    ) -> Result<Vec<Envelope>, StoreError> {
        let rows = self.reads.fetch(query).await?;
        rows.iter().map(envelope).collect::<Result<_, _>>().map_err(|error| self.reads.error(error))
    }
}

pub(super) fn place(row: &PgRow) -> Result<Place, Error> {
    let event = EventId(row.try_get(1)?);
    Ok(Place { position: Position(row.try_get::<i64, _>(0)? as u64), event })
}

pub(super) fn statement<'q>(text: &Arc<str>) -> Statement<'q, Postgres, PgArguments> {
    sqlx::query(AssertSqlSafe(Arc::clone(text)))
}

/// The arguments of `read_page`.
struct PageValues {
    forward: bool,
    from: i64,
    limit: usize,
    window: usize,
    stream: Option<(String, String)>,
    correlation: Option<Uuid>,
    causation: Option<Uuid>,
    tags: Option<String>,
    types: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    hidden: Option<&'static str>,
}

impl PageValues {
    fn new(selected: &Query, from: Position, direction: Direction, limit: usize) -> Self {
        let Query { types, categories, stream, correlation, causation, tags, framework: _ } =
            selected;
        let names =
            |stream: &StreamId| (stream.category().as_str().to_owned(), stream.id().to_owned());
        let category_names = || categories.iter().map(|c| c.as_str().to_owned()).collect();
        Self {
            forward: direction == Direction::Forward,
            from: int(from.0),
            limit: limit.min(WINDOW),
            window: WINDOW,
            stream: stream.as_ref().map(names),
            correlation: correlation.map(|id| id.0),
            causation: causation.map(|id| id.0),
            tags: (!tags.is_empty()).then(|| tags_json(tags)),
            types: (!types.is_empty()).then(|| types.clone()),
            categories: (!categories.is_empty()).then(category_names),
            hidden: selected.hides_framework().then_some(FRAMEWORK_CATEGORY),
        }
    }

    fn call<'q>(&self, statements: &Statements) -> Statement<'q, Postgres, PgArguments> {
        let (category, stream) = self.stream.clone().unzip();
        statement(&statements.read_page)
            .bind(self.forward)
            .bind(self.from)
            .bind(self.limit as i32)
            .bind(PAGE_BYTES as i64)
            .bind(self.window as i32)
            .bind(category)
            .bind(stream)
            .bind(self.correlation)
            .bind(self.causation)
            .bind(self.tags.clone())
            .bind(self.types.clone())
            .bind(self.categories.clone())
            .bind(self.hidden)
    }

    fn page(&self, rows: &[PgRow]) -> Result<Page, Error> {
        let Some((end, rows)) = rows.split_last().filter(|_| self.limit > 0) else {
            return Ok(Page::default());
        };
        let events: Vec<Envelope> = rows.iter().map(envelope).collect::<Result<_, _>>()?;
        let more: bool = end.try_get(0)?;
        let end_position = position(end)?;
        let bytes: usize = events.iter().map(|event| event.data.len()).sum();
        let full = events.len() >= self.limit || bytes >= PAGE_BYTES;
        if let Some(last) = events.last().filter(|_| full) {
            let (through, more) = (Place::from(last), more || last.position != end_position);
            return Ok(Page { events, through: Some(through), more });
        }
        let through = Place { position: end_position, event: EventId(end.try_get(2)?) };
        Ok(Page { events, through: Some(through), more })
    }
}
