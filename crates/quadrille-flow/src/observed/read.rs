use super::Follower;
use quadrille_core::{
    EventStore, Position, StoreError,
    store::{Direction, Page},
};
use std::{
    future::poll_fn,
    pin::Pin,
    task::Poll::{Pending, Ready},
};

/// Events of a page: enough that few pages are asked for, and few enough to lie in memory, two
/// pages at a time.
const PAGE: usize = 2_000;

/// Reads a log from where a follower stands to its end, page by page, each while the one before is
/// taken in. Called again, it goes on with what has come since.
///
/// # Errors
/// When the store cannot be read; what was read before counts, and the next call goes on there.
pub async fn read_on(
    store: &dyn EventStore,
    follower: &mut dyn Follower,
) -> Result<(), StoreError> {
    let query = follower.query();
    let page = |from| store.read(&query, from, Direction::Forward, PAGE);
    let mut read = page(follower.through().unwrap_or(Position::START)).await?;
    loop {
        let Some(through) = read.through else { return Ok(()) };
        let next = if read.more { Some(begun(page(through.position)).await) } else { None };
        read.events.iter().for_each(|event| follower.push(event));
        follower.reach(through.position);
        read = match next {
            Some(Begun::Done(next)) => next?,
            Some(Begun::Going(next)) => next.await?,
            None => return Ok(()),
        };
    }
}

type Reading<'a> = Pin<Box<dyn Future<Output = Result<Page, StoreError>> + Send + 'a>>;

/// A reading that was asked for.
enum Begun<'a> {
    Going(Reading<'a>),
    Done(Result<Page, StoreError>),
}

/// Asks for a page without waiting for it.
async fn begun(mut reading: Reading<'_>) -> Begun<'_> {
    let done = poll_fn(|context| match reading.as_mut().poll(context) {
        Ready(page) => Ready(Some(page)),
        Pending => Ready(None),
    });
    match done.await {
        Some(page) => Begun::Done(page),
        None => Begun::Going(reading),
    }
}
