//! The end of the log, read once for all consumers of an app.
//!
//! Consumers that have caught up take new events from here; those that are further behind read
//! from the store for themselves.

use crate::{
    Envelope, EventStore, Position, Query, StoreError,
    store::{Direction, Place},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

/// Events that are kept at most.
const KEPT_EVENTS: usize = 10_000;
/// Bytes of payload that are kept at most.
const KEPT_BYTES: usize = 16 << 20;
/// Events that are read from the store at once.
const FETCH: usize = 1_000;

/// A part of the log, shared.
pub(super) struct SharedPage {
    pub events: Vec<Arc<Envelope>>,
    pub through: Option<Place>,
    pub more: bool,
    /// Whether it was read for this consumer alone, which is behind.
    pub behind: bool,
}

pub(crate) struct Tail {
    kept: Mutex<Kept>,
    fetch: tokio::sync::Mutex<()>,
    /// How many reads of the store were begun.
    begun: AtomicU64,
    /// The last of them that succeeded.
    succeeded: AtomicU64,
}

struct Kept {
    /// Everything above this and up to `through` is here.
    from: Position,
    through: Option<Place>,
    more: bool,
    events: VecDeque<Arc<Envelope>>,
    bytes: usize,
}

impl Tail {
    /// A tail that begins behind `head`.
    pub fn new(head: Option<Place>) -> Self {
        let from = head.map_or(Position::START, |place| place.position);
        let (events, bytes) = (VecDeque::new(), 0);
        Self {
            kept: Mutex::new(Kept { from, through: head, more: false, events, bytes }),
            fetch: tokio::sync::Mutex::default(),
            begun: AtomicU64::new(0),
            succeeded: AtomicU64::new(0),
        }
    }

    /// Events above `after`, from memory where they are there.
    pub(super) async fn read(
        &self,
        store: &dyn EventStore,
        query: &Query,
        after: Position,
        limit: usize,
    ) -> Result<SharedPage, StoreError> {
        // One look at the memory: between two of them, what lies above `after` could leave it.
        let known = {
            let mut kept = self.kept();
            (after >= kept.from).then(|| kept.above(query, after, limit))
        };
        let Some(known) = known else {
            let page = store.read(query, after, Direction::Forward, limit).await?;
            let events = page.events.into_iter().map(Arc::new).collect();
            return Ok(SharedPage { events, through: page.through, more: page.more, behind: true });
        };
        if let Some(page) = known {
            // What was appended since the last fetch is not in it: the end of the memory is not
            // the end of the log.
            return Ok(SharedPage { more: true, ..page });
        }
        self.fetch(store).await?;
        let nothing = SharedPage { events: Vec::new(), through: None, more: false, behind: false };
        let mut kept = self.kept();
        // Others may have read so far ahead meanwhile that `after` has left the memory.
        if after < kept.from {
            return Ok(SharedPage { more: true, ..nothing });
        }
        Ok(kept.above(query, after, limit).unwrap_or(nothing))
    }

    /// Reads what is new. Whoever waited for a read that began after it asked need not read.
    async fn fetch(&self, store: &dyn EventStore) -> Result<(), StoreError> {
        let asked = self.begun.load(Ordering::SeqCst);
        let _alone = self.fetch.lock().await;
        if self.succeeded.load(Ordering::SeqCst) > asked {
            return Ok(());
        }
        let this = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        let from = {
            let kept = self.kept();
            kept.through.map_or(kept.from, |place| place.position)
        };
        let page = store.read(&Query::everything(), from, Direction::Forward, FETCH).await?;
        let mut kept = self.kept();
        kept.more = page.more;
        kept.through = page.through.or(kept.through);
        for envelope in page.events {
            kept.push(Arc::new(envelope));
        }
        self.succeeded.store(this, Ordering::SeqCst);
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn push(&mut self, envelope: Arc<Envelope>) {
        self.bytes += envelope.data.len();
        self.events.push_back(envelope);
        while self.events.len() > KEPT_EVENTS || self.bytes > KEPT_BYTES {
            let Some(oldest) = self.events.pop_front() else { break };
            self.bytes -= oldest.data.len();
            self.from = oldest.position;
        }
    }

    /// What lies above `after`; `None` when nothing does.
    fn above(&mut self, query: &Query, after: Position, limit: usize) -> Option<SharedPage> {
        let through = self.through.filter(|place| place.position > after)?;
        let first = self.events.partition_point(|event| event.position <= after);
        let mut events = Vec::new();
        for event in self.events.range(first..) {
            if query.matches(event) {
                events.push(event.clone());
            }
            if events.len() == limit {
                let through = Some(Place::from(&**event));
                return Some(SharedPage { events, through, more: true, behind: false });
            }
        }
        Some(SharedPage { events, through: Some(through), more: self.more, behind: false })
    }
}
