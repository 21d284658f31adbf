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
        if events.is_empty() && self.event(upto.event).await?.is_none() {
            return Ok(None);
        }
        let through = match events.last().filter(|_| full) {
            Some(last) => Place::from(last),
            None => self.window_end(after, upto).await?.unwrap_or(upto),
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
        let mut bytes = 0;
        let enough = |event: &Envelope| {
            bytes += event.data.len();
            bytes >= PAGE_BYTES
        };
        let (events, stopped) = self.reads.fetch_until(read, envelope, enough).await?;
        let full = stopped || events.len() >= limit;
        Ok((events, full))
    }

    /// How far was looked, where that is not up to the end.
    async fn window_end(&self, after: Position, upto: Place) -> Result<Option<Place>, StoreError> {
        if upto.position.0 - after.0 <= WINDOW as u64 {
            return Ok(None);
        }
        let rows = self.reads.fetch(|| {
            statement(&self.statements.window_end)
                .bind(int(after.0))
                .bind(int(upto.position.0))
                .bind(WINDOW as i64)
                .bind(upto.event.0)
        });
        let rows = rows.await?;
        rows.first().map(place).transpose().map_err(|error| self.reads.error(error))
    }
}
