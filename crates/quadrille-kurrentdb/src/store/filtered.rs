//! Letting the server select. It does so for subscriptions only, so a part of the log is read by
//! one that is ended when it has caught up.

use super::{Shared, envelope::of_log};
use crate::client::{News, Prefixes, Start};
use quadrille_core::{
    Category, Position, Query, StoreError,
    store::{Page, Place},
};
use std::time::Duration;
use tokio::time::timeout;

/// A subscription is not worth its while where a page was this full already.
const WORTH_WHILE: usize = 100;
/// How many events one of them gives at most.
const MOST: usize = 1_000;
/// How long to wait for the next. Servers before 23.10 do not say when they have caught up.
const PATIENCE: Duration = Duration::from_secs(2);

impl Shared {
    /// Goes on from a page that found little, on a way that passes less over, as far as that works:
    /// the caller goes on from there.
    pub(super) async fn filtered(
        &self,
        query: &Query,
        mut page: Page,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let (Some(through), Some(only)) = (page.through, prefixes(query)) else { return Ok(page) };
        let most = limit.min(MOST);
        if !page.more || page.events.len() >= most.min(WORTH_WHILE) {
            return Ok(page);
        }
        // Whoever has caught up afterwards has looked at all up to here.
        let Some(head) = self.head().await? else { return Ok(page) };
        self.select(query, through.position, head, &only, most, &mut page).await?;
        Ok(page)
    }

    /// Adds to a page what is told up to the head. Events are told in order, so the page is sound
    /// wherever this ends.
    async fn select(
        &self,
        query: &Query,
        from: Position,
        head: Place,
        only: &Prefixes,
        most: usize,
        page: &mut Page,
    ) -> Result<(), StoreError> {
        let Ok(mut news) = self.server.follow(Start::At(from.0), Some(only)).await else {
            return Ok(());
        };
        loop {
            let Ok(Ok(news)) = timeout(PATIENCE, news.next()).await else { return Ok(()) };
            let looked_through = match news {
                News::Event(event) => match of_log(event)? {
                    Some(event) => {
                        let place = Place::from(&event);
                        page.through = Some(place);
                        if query.matches(&event) {
                            page.events.push(event);
                        }
                        place.position
                    }
                    None => continue,
                },
                News::LookedThrough(at) => Position(at),
                News::CaughtUp => head.position,
                News::Begun | News::Nothing => continue,
            };
            if looked_through >= head.position {
                let last = page.through.filter(|place| place.position > head.position);
                (page.through, page.more) = (Some(last.unwrap_or(head)), last.is_some());
                return Ok(());
            }
            if page.events.len() >= most {
                return Ok(());
            }
        }
    }
}

/// What the server is to select by, if the query can be met in that way. It may select more.
fn prefixes(query: &Query) -> Option<Prefixes> {
    if let Some(stream) = &query.stream {
        return Some(Prefixes::Streams(vec![stream.to_string()]));
    }
    if !query.types.is_empty() {
        return Some(Prefixes::Types(query.types.clone()));
    }
    let of = |category: &Category| format!("{category}-");
    let categories: Vec<String> = query.categories.iter().map(of).collect();
    (!categories.is_empty()).then_some(Prefixes::Streams(categories))
}
