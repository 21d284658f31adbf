use super::{
    super::{Random, sample::*},
    Traffic,
};
use quadrille_core::{
    Envelope, EventId, EventStore, Position, Query, StoreError, StreamId, Tag, Version,
    store::{Direction, Page},
};
use std::{
    future::Future,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// How many events below a head are looked at.
const BELOW_HEAD: usize = 20;

/// One that follows the log, and what it saw.
pub(super) struct Subscriber {
    pub(super) number: usize,
    pub(super) query: Query,
    /// Where it began.
    pub(super) start: Position,
    /// How far it came.
    pub(super) reached: Position,
    pub(super) seen: Vec<Sight>,
    pub(super) heads: Vec<Head>,
    limit: usize,
    begins_at_head: bool,
    /// At which part of the traffic it begins, in percent.
    begins_after: usize,
    random: Random,
}

/// An event that was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) id: EventId,
    pub(super) position: Position,
    pub(super) stream: StreamId,
    pub(super) version: Version,
}

impl From<&Envelope> for Sight {
    fn from(event: &Envelope) -> Self {
        let Envelope { id, position, ref stream, version, .. } = *event;
        Self { id, position, stream: stream.clone(), version }
    }
}

/// What was said to be the head, and the last events that were there then.
pub(super) struct Head {
    pub(super) position: Position,
    /// The lowest position that was looked at.
    pub(super) down_to: Position,
    /// From the head downward.
    pub(super) seen: Vec<EventId>,
}

impl Subscriber {
    /// All of a proof's subscribers together read everything and each kind of a part, in large and
    /// in small pages, from the beginning and from the head.
    pub(super) fn new(number: usize, mut random: Random) -> Self {
        let query = match number % 10 {
            1 => Query::everything(),
            4 => Query::all().types(["order.kind_1"]),
            5 => Query::all().category("invoice".to_owned().try_into().expect("a category")),
            6 => Query::all().stream(stream("invoice-0")),
            7 => Query::all().tag(Tag::new("customer", 1)),
            _ => Query::all(),
        };
        let limit = [1_000, 1_000, 7, 1, 1_000, 3, 100, 5][number % 8];
        // One that reads event by event never catches up with a long log.
        let begins_at_head = limit < 10 || random.percent(30);
        let begins_after = random.below(80);
        let (start, reached) = (Position::START, Position::START);
        let (seen, heads) = (Vec::new(), Vec::new());
        Self {
            number,
            query,
            start,
            reached,
            seen,
            heads,
            limit,
            begins_at_head,
            begins_after,
            random,
        }
    }

    /// Follows the log until the traffic is over and the end is reached.
    pub(super) async fn follow(mut self, traffic: Arc<Traffic>) -> Result<Self, String> {
        let number = self.number;
        let followed = self.try_follow(&traffic).await;
        followed.map_err(|problem| format!("subscriber {number}: {problem}"))?;
        Ok(self)
    }

    async fn try_follow(&mut self, traffic: &Traffic) -> Result<(), String> {
        let begin = self.begins_after * traffic.events / 100;
        while traffic.written.load(Ordering::SeqCst) < begin && !traffic.is_over() {
            sleep(Duration::from_millis(1)).await;
        }
        let mut store = traffic.handle(&mut self.random);
        if self.begins_at_head
            && let Some(head) = settled(traffic, || store.head()).await?
        {
            (self.start, self.reached) = (head.position, head.position);
            traffic.hand_out(head.position);
        }
        let mut over_since = None;
        loop {
            let is_over = traffic.is_over();
            let more = self.page(traffic, store).await?;
            if is_over && !more {
                return Ok(());
            }
            if is_over && over_since.get_or_insert_with(Instant::now).elapsed() > traffic.patience {
                return Err(format!("there is still more after {:?}", traffic.patience));
            }
            if self.random.percent(3) {
                store = traffic.handle(&mut self.random);
            }
            if self.random.percent(2) {
                self.look_below_head(traffic, store).await?;
            }
            if !more {
                self.wait(store).await;
            }
        }
    }

    /// Whether there is more.
    async fn page(&mut self, traffic: &Traffic, store: &dyn EventStore) -> Result<bool, String> {
        let (query, from, limit) = (self.query.clone(), self.reached, self.limit);
        let page = settled(traffic, || store.read(&query, from, Direction::Forward, limit)).await?;
        let Page { events, through, more } = page;
        self.seen.extend(events.iter().map(Sight::from));
        let last = events.last().map_or(from, |event| event.position);
        let through = through.map_or(from, |through| through.position);
        if through < last {
            return Err(format!("a page with an event at {last} looked through {through}"));
        }
        if more && through <= from {
            return Err(format!("there is more behind {from}, but no way on"));
        }
        traffic.hand_out(through);
        self.reached = through;
        Ok(more)
    }

    async fn look_below_head(
        &mut self,
        traffic: &Traffic,
        store: &dyn EventStore,
    ) -> Result<(), String> {
        let Some(head) = settled(traffic, || store.head()).await? else { return Ok(()) };
        traffic.hand_out(head.position);
        let (query, above) = (Query::everything(), Position(head.position.0 + 1));
        let read = || store.read(&query, above, Direction::Backward, BELOW_HEAD);
        let began = Instant::now();
        // For a moment less may be readable than before, until whoever registered late has written.
        let page = loop {
            let page = settled(traffic, read).await?;
            let reaches = page.events.first().is_some_and(|event| event.position == head.position);
            if reaches || began.elapsed() > traffic.patience {
                break page;
            }
            sleep(Duration::from_millis(1)).await;
        };
        let down_to = page.through.map_or(head.position, |through| through.position);
        self.heads.push(Head { position: head.position, down_to, seen: ids(&page.events) });
        Ok(())
    }

    async fn wait(&mut self, store: &dyn EventStore) {
        match self.random.below(4) {
            0 => tokio::task::yield_now().await,
            1 => {
                let woken = store.appended_after(self.reached);
                let _ = timeout(Duration::from_millis(5), woken).await;
            }
            _ => sleep(Duration::from_micros(self.random.below(2_000) as u64)).await,
        }
    }
}

/// Asks until there is an answer.
async fn settled<T, F>(traffic: &Traffic, mut ask: impl FnMut() -> F) -> Result<T, String>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let (began, patience) = (Instant::now(), traffic.patience);
    loop {
        let answer = timeout(patience, ask()).await;
        match answer.map_err(|_| format!("a read did not return within {patience:?}"))? {
            Ok(answer) => return Ok(answer),
            Err(error) if error.is_retryable() && began.elapsed() <= patience => {
                sleep(Duration::from_millis(5)).await;
            }
            Err(error) => return Err(format!("a read ended with {error:?}")),
        }
    }
}
