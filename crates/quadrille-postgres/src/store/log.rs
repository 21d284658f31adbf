//! Reading the log as a whole, as consumers do all the time.
//!
//! How far readers may read is one statement, and reading up to there a later one: what is committed
//! in between lies above. The later one looks for the event there by its id too: where it is, the
//! server is the one that was asked, or one that holds all that it held.

use super::{
    Core,
    append::int,
    envelope::envelope,
    read::{PAGE_BYTES, WINDOW, place, statement},
};
use quadrille_core::{
    Category, Envelope, Position, Query, StoreError,
    name::FRAMEWORK_CATEGORY,
    store::{Page, Place},
};
use sqlx::Row;
use std::sync::{Mutex, PoisonError};

/// How often it is asked how far readers may read, when what was said holds no more.
const TRIES: u32 = 3;

/// How far readers may read, as it was found out last: what was settled stays so.
#[derive(Debug, Default)]
pub(super) struct Readable(Mutex<Option<Place>>);

impl Readable {
    fn keep(&self, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(place);
    }

    /// If that is further than so many positions away.
    fn beyond(&self, after: Position, count: usize) -> Option<Place> {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.filter(|place| place.position.0 > after.0.saturating_add(count as u64))
    }
}

/// Which events of the log.
struct Filter {
    types: Option<Vec<String>>,
    categories: Option<Vec<String>>,
    hidden: Option<&'static str>,
}

impl Filter {
    fn of(query: &Query) -> Self {
        let names =
            |names: &[Category]| names.iter().map(|name| name.as_str().to_owned()).collect();
        Self {
            types: (!query.types.is_empty()).then(|| query.types.clone()),
            categories: (!query.categories.is_empty()).then(|| names(&query.categories)),
            hidden: query.hides_framework().then_some(FRAMEWORK_CATEGORY),
        }
    }
}

impl Core {
    /// A page of what a query selects that follows no index, forward.
    pub(super) async fn log_page(
        &self,
        query: &Query,
        after: Position,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (filter, limit) = (Filter::of(query), limit.min(WINDOW));
        if limit == 0 {
            return Ok(Page::default());
        }
        // Whoever is far behind need not ask each time how far it may read, only at the end.
        if let Some(upto) = self.readable.beyond(after, limit)
            && let Some(page) = self.page_up_to(&filter, after, upto, limit).await?
            && page.more
        {
            return Ok(page);
        }
        for _ in 0..TRIES {
            let Some(upto) = self.head().await? else { return Ok(Page::default()) };
            self.readable.keep(upto);
            if upto.position <= after {
                return Ok(Page::default());
            }
            if let Some(page) = self.page_up_to(&filter, after, upto, limit).await? {
                return Ok(page);
            }
        }
        let exchanged = "the last event was gone each time when the log was read up to it";
        Err(StoreError::unavailable(&*self.server.shown, exchanged))
    }

    /// A page up to a place; `None` when there is no such event.
    async fn page_up_to(
        &self,
        filter: &Filter,
        after: Position,
        upto: Place,
        limit: usize,
    ) -> Result<Option<Page>, StoreError> {
        let (events, full) = self.events_up_to(filter, after, upto, limit).await?;
        let through = match events.last() {
            Some(last) if full => Place::from(last),
            // Those that were found show that the event is there, and it is within the window.
            Some(_) if upto.position.0 - after.0 <= WINDOW as u64 => upto,
            _ => match self.window_end(after, upto).await? {
                Some(window_end) => window_end,
                None => return Ok(None),
            },
        };
        let more = through.position != upto.position;
        Ok(Some(Page { events, through: Some(through), more }))
    }

    /// Events up to a place, and whether they fill a page.
    async fn events_up_to(
        &self,
        filter: &Filter,
        after: Position,
        upto: Place,
        limit: usize,
    ) -> Result<(Vec<Envelope>, bool), StoreError> {
        let read = || {
            statement(&self.statements.read_log)
                .bind(int(after.0))
                .bind(int(upto.position.0))
                .bind(WINDOW as i64)
                .bind(filter.types.clone())
                .bind(filter.categories.clone())
                .bind(filter.hidden)
                .bind(limit as i64)
                .bind(upto.event.0)
        };
        let bytes = |event: &Envelope| event.data.len();
        let (events, stopped) = self.reads.fetch_up_to(PAGE_BYTES, read, envelope, bytes).await?;
        let full = stopped || events.len() >= limit;
        Ok((events, full))
    }

    /// How far was looked: up to the place, or to the end of a window before it. `None` when there is
    /// no such event.
    async fn window_end(&self, after: Position, upto: Place) -> Result<Option<Place>, StoreError> {
        let rows = self.reads.fetch(|| {
            statement(&self.statements.window_end)
                .bind(int(after.0))
                .bind(int(upto.position.0))
                .bind(WINDOW as i64)
                .bind(upto.event.0)
        });
        let rows = rows.await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let end = row.try_get::<Option<i64>, _>(0).and_then(|end| match end {
            Some(_) => place(row),
            None => Ok(upto),
        });
        end.map(Some).map_err(|error| self.reads.error(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PostgresStore;
    use quadrille_core::{EventId, EventStore};
    use quadrille_testing::postgres::TestPostgres;

    const INSERT: &str = "INSERT INTO quadrille.events (version, occurred_at, recorded_at,
            schema_version, id, correlation, causation, run, category, stream, type, component, data)
        SELECT 1, now(), now(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,
            'order', gen_random_uuid()::text, 'order.placed', 'shop', '{}'::bytea
        FROM generate_series(1, $1)";

    /// As after a failover that lost the last commits, between two statements of one page.
    #[tokio::test]
    async fn nothing_is_said_of_a_log_whose_last_event_is_another_one() {
        let Some(server) = TestPostgres::shared() else { return };
        let database = server.database().await;
        let store = PostgresStore::options(database.url()).migrate(true).open().await.unwrap();
        let core = store.core();
        let rows = WINDOW as i64 + 2_000;
        core.reads.fetch_once(sqlx::query(INSERT).bind(rows)).await.unwrap();
        let last = store.head().await.unwrap().unwrap();
        let [all, none] = [Query::all(), Query::all().types(["order.lost"])];
        let [all, none] = [all, none].map(|query| Filter::of(&query));
        let close = Position(last.position.0 - 5);
        let page = async |filter: &Filter, after, upto| {
            core.page_up_to(filter, after, upto, 100).await.unwrap()
        };

        let found = page(&all, close, last).await.unwrap();
        assert_eq!((found.events.len(), found.through, found.more), (5, Some(last), false));
        let found = page(&none, close, last).await.unwrap();
        assert_eq!((found.events.len(), found.through, found.more), (0, Some(last), false));
        let found = page(&none, Position::START, last).await.unwrap();
        let window_end = found.through.unwrap().position;
        assert!(found.events.is_empty() && found.more && window_end < last.position);

        let lost = Place { event: EventId::new(), ..last };
        let elsewhere = Place { position: Position(last.position.0 + 1), ..last };
        for upto in [lost, elsewhere] {
            for after in [Position::START, close] {
                assert_eq!(page(&all, after, upto).await, None);
                assert_eq!(page(&none, after, upto).await, None);
            }
        }
    }
}
