//! The proof that no event is skipped: many writers, many subscribers, and whatever the store may
//! meet where it is used.

mod attempts;
mod subscriber;
mod verdict;
mod writer;

use super::{Fixture, Random, runner::runtime, sample::log};
use quadrille_core::{EventStore, Position};
use std::{
    env,
    future::Future,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use subscriber::Subscriber;
use tokio::{sync::watch, task::JoinSet};
use verdict::Log;

/// Proves that the stores that `open` makes skip no event: [`Proof`] as it comes.
///
/// ```
/// use quadrille::memory::MemoryStore;
/// use quadrille_testing::conformance::{self, Fixture};
///
/// conformance::proof(|| async {
///     let store = MemoryStore::new();
///     let same = store.clone();
///     // Another handle on the same log: for a store with files or a server, open it again.
///     Fixture::new(store).reopened_by(move || std::future::ready(same.clone()))
/// });
/// ```
///
/// # Panics
/// When a store does not keep its promises; the message says which, and the seed.
pub fn proof<I, F>(open: impl Fn() -> F)
where
    I: Into<Fixture>,
    F: Future<Output = I>,
{
    Proof::new().run(open);
}

/// A run of the proof for each seed, each on a store of its own.
///
/// Writers append through several handles on one log: to streams of their own and to shared ones,
/// one event and many, at any version and at an exact one, to several streams at once where the
/// store can. Some appends lose, some are refused after a part of them could have been written,
/// some are repeated, some are dropped half-way and tried again. Meanwhile subscribers start at
/// any time, at the beginning and at the head, read everything or a part of it, in large pages and
/// in small ones, and go on through another handle. Whatever the fixture is
/// [disturbed by](Fixture::disturbed_by) goes on at the same time; where a store says that it is
/// unavailable, or that an outcome is unknown, the same is tried again.
///
/// At the end, the log is read once more in peace. Then
/// - every append that was accepted is in it, whole, once, and where its receipt says, and none
///   that was refused;
/// - every subscriber saw every event that it was to see, once, in the order of positions, and so
///   in that of each stream's versions;
/// - whatever a page said that it had looked [through](quadrille_core::store::Page::through), and
///   whatever was said to be the head: no event that was committed later lies at or below it.
///
/// A seed decides what is tried, but not who comes first, so a failure may need several attempts
/// to come again.
#[derive(Debug, Clone)]
pub struct Proof {
    events: usize,
    seeds: Range<u64>,
    writers: usize,
    subscribers: usize,
    handles: usize,
}

impl Default for Proof {
    fn default() -> Self {
        Self::new()
    }
}

impl Proof {
    /// 2,000 events or, where it is set, as many as the variable `QUADRILLE_PROOF_EVENTS` says,
    /// over 4 seeds; 8 writers and 10 subscribers on 4 handles.
    ///
    /// # Panics
    /// When the variable holds no number.
    pub fn new() -> Self {
        let events = env::var("QUADRILLE_PROOF_EVENTS").map_or(2_000, |events| {
            events.parse().unwrap_or_else(|_| panic!("QUADRILLE_PROOF_EVENTS is {events:?}"))
        });
        Self { events, seeds: 1..5, writers: 8, subscribers: 10, handles: 4 }
    }

    /// At least so many events, over all seeds together.
    pub fn events(mut self, events: usize) -> Self {
        self.events = events;
        self
    }

    /// A run for each of these seeds.
    pub fn seeds(mut self, seeds: Range<u64>) -> Self {
        self.seeds = seeds;
        self
    }

    /// So many writers.
    pub fn writers(mut self, writers: usize) -> Self {
        self.writers = writers;
        self
    }

    /// Runs it.
    ///
    /// # Panics
    /// When a run finds something wrong.
    pub fn run<I, F>(&self, open: impl Fn() -> F)
    where
        I: Into<Fixture>,
        F: Future<Output = I>,
    {
        let findings = self.findings(open);
        assert!(findings.problems.is_empty(), "{}", findings.problems.join("\n"));
    }

    /// Runs it until a seed finds something wrong, and says what was found.
    pub fn findings<I, F>(&self, open: impl Fn() -> F) -> Findings
    where
        I: Into<Fixture>,
        F: Future<Output = I>,
    {
        let runs = self.seeds.clone().count().max(1);
        let events = self.events.div_ceil(runs);
        let runtime = runtime();
        let mut all = Findings::default();
        for seed in self.seeds.clone() {
            let found = runtime.block_on(async {
                let fixture: Fixture = open().await.into();
                self.run_once(&fixture, seed, events).await
            });
            let is_sound = found.problems.is_empty();
            all.add(found, seed);
            if !is_sound {
                break;
            }
        }
        all
    }

    async fn run_once(&self, it: &Fixture, seed: u64, events: usize) -> Findings {
        let (end, over) = watch::channel(false);
        let handles = it.handles(self.handles.max(1)).await;
        let disturbance = tokio::spawn(it.disturbance(Run { seed, over }));
        let traffic = Arc::new(Traffic::new(handles, it.patience_is(), events));

        let (mut writing, mut reading) = (JoinSet::new(), JoinSet::new());
        for number in 0..self.writers {
            let random = Random::new(seed, number as u64);
            writing.spawn(writer::write(Arc::clone(&traffic), number, random));
        }
        for number in 0..self.subscribers {
            let random = Random::new(seed, 1_000 + number as u64);
            reading.spawn(Subscriber::new(number, random).follow(Arc::clone(&traffic)));
        }
        let mut problems = Vec::new();
        let mut attempts = Vec::new();
        while let Some(ended) = writing.join_next().await {
            match ended.expect("a writer does not panic") {
                Ok(of_one) => attempts.extend(of_one),
                Err(problem) => problems.push(problem),
            }
        }
        // The disturbance ends before the subscribers do, which then must come to the end.
        end.send_replace(true);
        disturbance.await.expect("the disturbance does not panic");
        traffic.stop();
        let mut subscribers = Vec::new();
        while let Some(ended) = reading.join_next().await {
            match ended.expect("a subscriber does not panic") {
                Ok(subscriber) => subscribers.push(subscriber),
                Err(problem) => problems.push(problem),
            }
        }
        let log = Log(log(&**it).await);
        let mut found = Findings { events: log.0.len(), problems, ..Findings::default() };
        log.check_order(&mut found);
        log.check_attempts(&attempts, &mut found);
        for subscriber in &subscribers {
            log.check_subscriber(subscriber, &mut found);
        }
        found
    }
}

/// What a proof found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// Events that were committed.
    pub events: usize,
    /// Appends that were accepted.
    pub accepted: usize,
    /// Appends that were refused.
    pub refused: usize,
    /// Events that a subscriber was to see and did not, over all subscribers.
    pub skipped: usize,
    /// What is wrong; nothing, if the store keeps its promises.
    pub problems: Vec<String>,
}

impl Findings {
    fn add(&mut self, other: Self, seed: u64) {
        self.events += other.events;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.skipped += other.skipped;
        let problems = other.problems.into_iter().map(|problem| format!("seed {seed}: {problem}"));
        self.problems.extend(problems);
    }
}

/// The run that a fixture's disturbance is to disturb.
#[derive(Debug, Clone)]
pub struct Run {
    seed: u64,
    over: watch::Receiver<bool>,
}

impl Run {
    /// The run's seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Whether the disturbance is to end.
    pub fn is_over(&self) -> bool {
        *self.over.borrow()
    }

    /// Returns when this time has passed, or at once when the disturbance is to end.
    pub async fn pause(&self, duration: Duration) {
        let mut over = self.over.clone();
        let _ = tokio::time::timeout(duration, over.wait_for(|over| *over)).await;
    }
}

/// What writers and subscribers share.
struct Traffic {
    handles: Vec<Arc<dyn EventStore>>,
    patience: Duration,
    events: usize,
    /// Events that were written.
    written: AtomicUsize,
    /// The highest position that a reader was told that it has looked through.
    handed_out: AtomicU64,
    over: AtomicBool,
}

impl Traffic {
    fn new(handles: Vec<Arc<dyn EventStore>>, patience: Duration, events: usize) -> Self {
        let (written, handed_out, over) = Default::default();
        Self { handles, patience, events, written, handed_out, over }
    }

    fn handle(&self, random: &mut Random) -> &dyn EventStore {
        &**random.one_of(&self.handles)
    }

    fn hand_out(&self, position: Position) {
        self.handed_out.fetch_max(position.0, Ordering::SeqCst);
    }

    fn handed_out(&self) -> Position {
        Position(self.handed_out.load(Ordering::SeqCst))
    }

    fn stop(&self) {
        self.over.store(true, Ordering::SeqCst);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::SeqCst)
    }
}
