use crate::conformance::{Fixture, race::race, sample::*};
use quadrille_core::{
    Envelope, EventId, EventStore, ExpectedVersion, Position, Query, store::Direction,
};
use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::task::yield_now;

const WRITERS: usize = 8;
const APPENDS: usize = 30;
const READERS: usize = 6;

pub(super) async fn no_event_is_skipped(it: Fixture) {
    follow_traffic(&it, vec![it.handle()]).await;
}

/// Writers and readers at the same time, spread over these handles of one store: every reader
/// sees every committed event once and in order, whenever it started.
pub(super) async fn follow_traffic(it: &Fixture, handles: Vec<Arc<dyn EventStore>>) {
    let done = Arc::new(AtomicUsize::new(0));
    let tasks = race(WRITERS + READERS, |n| {
        let (store, done) = (handles[n % handles.len()].clone(), done.clone());
        async move {
            match n.checked_sub(WRITERS) {
                None => Task::Writer(write(&*store, n, &done).await),
                Some(reader) => Task::Reader(Follower::new(reader).follow(&*store, &done).await),
            }
        }
    });
    let tasks = it.in_time("writers and readers", tasks).await;

    let log = log(&**it).await;
    let mut written = HashSet::new();
    for task in &tasks {
        if let Task::Writer(result) = task {
            written.extend(result.as_ref().expect("an append that expects nothing is accepted"));
        }
    }
    assert_eq!(written, ids(&log).into_iter().collect(), "the log is not what was written");
    for task in &tasks {
        if let Task::Reader(follower) = task {
            follower.check(&log);
        }
    }
}

enum Task {
    Writer(Result<Vec<EventId>, String>),
    Reader(Follower),
}

/// Appends of several sizes, to a stream of its own and to one that all share.
async fn write(
    store: &dyn EventStore,
    writer: usize,
    done: &AtomicUsize,
) -> Result<Vec<EventId>, String> {
    let streams = [stream(&format!("order-{writer}")), stream("invoice-all")];
    let (mut written, mut result) = (Vec::new(), Ok(()));
    for n in 0..APPENDS {
        let mut new = events(1 + n % 3);
        new[0].event_type = format!("order.kind_{}", n % 2);
        written.extend(new_ids(&new));
        let receipt = store.append(append(&streams[n % 2], ExpectedVersion::Any, new)).await;
        result = result.and(receipt.map(drop).map_err(|error| format!("{error:?}")));
        // Counted even if refused, so that readers come to an end.
        done.fetch_add(1, Ordering::SeqCst);
    }
    result.map(|()| written)
}

struct Follower {
    number: usize,
    query: Query,
    limit: usize,
    start: Position,
    seen: Vec<Envelope>,
}

impl Follower {
    fn new(number: usize) -> Self {
        let query = match number {
            4 => Query::all().types(["order.kind_1"]),
            5 => Query::all().category("invoice".to_owned().try_into().expect("a category")),
            _ => Query::all(),
        };
        let limit = [1000, 1, 7, 3][number % 4];
        Self { number, query, limit, start: Position::START, seen: Vec::new() }
    }

    /// Polls from when its share of the appends is done until all are.
    async fn follow(mut self, store: &dyn EventStore, done: &AtomicUsize) -> Self {
        let total = WRITERS * APPENDS;
        while done.load(Ordering::SeqCst) < self.number * total / (2 * READERS) {
            yield_now().await;
        }
        if self.number == 3 {
            let head = store.head().await.expect("a head");
            self.start = head.map_or(Position::START, |head| head.position);
        }
        let mut from = self.start;
        loop {
            let is_over = done.load(Ordering::SeqCst) == total;
            let page = store.read(&self.query, from, Direction::Forward, self.limit).await;
            let page = page.unwrap_or_else(|error| panic!("read from {from}: {error:?}"));
            self.seen.extend(page.events);
            let through = page.through.map_or(from, |through| through.position);
            assert!(!page.more || through > from, "there is more behind {from}, but no way on");
            from = through;
            if is_over && !page.more {
                return self;
            }
            yield_now().await;
        }
    }

    fn check(&self, log: &[Envelope]) {
        let is_due = |event: &&Envelope| event.position > self.start && self.query.matches(event);
        let due: Vec<Envelope> = log.iter().filter(is_due).cloned().collect();
        let seen: HashSet<EventId> = ids(&self.seen).into_iter().collect();
        let skipped: Vec<_> = due.iter().filter(|event| !seen.contains(&event.id)).collect();
        let (number, first) = (self.number, skipped.first().map(|event| event.position));
        assert!(first.is_none(), "reader {number} skipped {}: {first:?}", skipped.len());
        assert_eq!(seen.len(), self.seen.len(), "reader {number} saw events twice");
        assert!(self.seen == due, "reader {number} saw events in another order or form");
    }
}

pub(super) async fn a_waiting_reader_is_woken(it: Fixture) {
    let name = stream("order-1");
    let mut from = Position::START;
    for round in 0..20 {
        let store = it.handle();
        let waiter = tokio::spawn(async move {
            // It may return for no reason, so the reader looks and waits again.
            loop {
                store.appended_after(from).await;
                let page = store.read(&Query::all(), from, Direction::Forward, 9).await.unwrap();
                if !page.events.is_empty() {
                    return page.events;
                }
                yield_now().await;
            }
        });
        if round % 2 == 0 {
            yield_now().await;
        }
        let new = put_new(&*it, &name, 1).await;
        let seen = it.in_time("a reader that waits for an append", waiter).await;
        assert_eq!(ids(&seen.expect("the reader does not panic")), new_ids(&new));
        it.in_time("waiting for what is there", it.appended_after(from)).await;
        from = it.head().await.unwrap().expect("a head").position;
    }
}
