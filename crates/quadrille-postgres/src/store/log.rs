//! Reading the log as a whole, as consumers do all the time.
//!
//! How far readers may read is one statement, and reading up to there a later one: what is committed
//! in between lies above.

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
use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long it is remembered how far readers may read.
const REMEMBERED: Duration = Duration::from_secs(10);

/// How far readers may read, as it was found out last.
#[derive(Debug, Default)]
pub(super) struct Readable(Mutex<Option<(Instant, Place)>>);

impl Readable {
    fn keep(&self, asked: Instant, place: Place) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((asked, place));
    }

    fn known(&self) -> Option<(Instant, Place)> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        // Whoever is far behind need not ask each time how far it may read.
        if let Some((asked, upto)) = self.readable_far_beyond(after, limit) {
            let page = self.page_up_to(&filter, after, upto, limit).await?;
            if page.more && self.holds_since(asked) {
                return Ok(page);
            }
        }
        loop {
            let asked = Instant::now();
            let Some(upto) = self.head().await? else { return Ok(Page::default()) };
            self.readable.keep(asked, upto);
            if upto.position <= after || limit == 0 {
                return Ok(Page::default());
            }
            let page = self.page_up_to(&filter, after, upto, limit).await?;
            if self.holds_since(asked) {
                return Ok(page);
            }
        }
    }

    /// Whether what the server said then is as true now. Another server may have taken its place,
    /// which costs connections.
    fn holds_since(&self, asked: Instant) -> bool {
        !self.reads.has_lost_since(asked)
    }

    fn readable_far_beyond(&self, after: Position, limit: usize) -> Option<(Instant, Place)> {
        let (asked, upto) = self.readable.known()?;
        let far = upto.position.0 > after.0.saturating_add(limit as u64);
        let holds = asked.elapsed() < REMEMBERED && self.holds_since(asked);
        (far && holds && limit > 0).then_some((asked, upto))
    }

    async fn page_up_to(
        &self,
        filter: &Filter,
        after: Position,
        upto: Place,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (events, full) = self.events_up_to(filter, after, upto, limit).await?;
        if let Some(last) = events.last().filter(|_| full) {
            let through = Place::from(last);
            let more = through.position != upto.position;
            return Ok(Page { events, through: Some(through), more });
        }
        let through = self.window_end(after, upto).await?.unwrap_or(upto);
        let more = through.position != upto.position;
        Ok(Page { events, through: Some(through), more })
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
        });
        let rows = rows.await?;
        rows.first().map(place).transpose().map_err(|error| self.reads.error(error))
    }
}
