use super::{
    Batch, Behaviour, Failure, Handle, Handled, Progress, Request, Work,
    handle::RequestKind,
    panic_message,
    start::start_position,
    tail::SharedPage,
    wait::{Paused, Wait},
};
use crate::{
    Position, Query, StartError, StoreError,
    app::{Engine, OperateError, chain},
    state::{Activity, Checkpoint, Claim, Consumer, ConsumerStatus, ParkedEvent},
    store::Place,
};
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, future::BoxFuture};
use std::{
    collections::{HashMap, HashSet},
    panic::AssertUnwindSafe,
    sync::{
        Arc, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{mpsc, oneshot, watch};

/// How often a busy consumer writes its status.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
/// How far behind, in time, a checkpoint may be that only saves work.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);
/// Requests that may wait for a worker.
const REQUESTS: usize = 64;

/// One consumer at work.
pub(crate) struct Worker {
    pub(super) engine: Arc<Engine>,
    pub(super) behaviour: Arc<dyn Behaviour>,
    pub(super) handle: Arc<Handle>,
    pub(super) consumer: Consumer,
    pub(super) claim: Claim,
    pub(super) parked: HashMap<String, ParkedEvent>,
    query: Query,
    pub(super) position: Position,
    /// Where the checkpoint may be moved to, and since when; `None` when it is there.
    ahead: Option<(Place, Instant)>,
    /// Whether something failed since it was last known what is committed.
    unsure: bool,
    /// When something comes due next, if that is known.
    pub(super) next_due: Option<Option<DateTime<Utc>>>,
    requests: mpsc::Receiver<Request>,
    /// Whether another worker serves the read model now.
    pub(super) retired: bool,
    activity: Activity,
    last_error: Option<String>,
    failures: u32,
    handled: u64,
    unmatched: u64,
    rate: Rate,
    status_at: Option<Instant>,
}

/// What one turn of the loop came to.
enum Turn {
    /// There may be more to do.
    Busy,
    /// Nothing was left at this time of the app's clock.
    Idle(DateTime<Utc>),
}

impl Worker {
    /// Takes a consumer over and finds where it goes on.
    pub async fn claim(
        engine: Arc<Engine>,
        behaviour: Arc<dyn Behaviour>,
    ) -> Result<Self, StartError> {
        let consumer = behaviour.open(&engine).await?;
        Self::take_over(&engine, behaviour, consumer).await
    }

    async fn take_over(
        engine: &Arc<Engine>,
        behaviour: Arc<dyn Behaviour>,
        consumer: Consumer,
    ) -> Result<Self, StartError> {
        let claim = behaviour.claim(engine, &consumer).await?;
        let start = start_position(engine, &*behaviour, &consumer, &claim).await?;
        let parked = behaviour.parked(engine, &consumer).await?;
        let live = behaviour.is_live(engine, &consumer).await?;
        let (sender, requests) = mpsc::channel(REQUESTS);
        let handle = Arc::new(Handle {
            behaviour: behaviour.clone(),
            consumer: consumer.clone(),
            building: AtomicBool::new(!live),
            progress: watch::Sender::new(Progress {
                position: Position::START,
                idle_since: None,
                activity: Activity::Running,
                last_error: None,
                parked: Arc::default(),
                retired: false,
            }),
            requests: sender,
        });
        let mut types: Vec<_> = behaviour.reads().iter().map(|read| read.event_type).collect();
        types.sort_unstable();
        types.dedup();
        let mut worker = Self {
            engine: engine.clone(),
            behaviour,
            handle,
            consumer,
            claim,
            parked: HashMap::new(),
            query: Query::all().types(types),
            position: start.after,
            ahead: None,
            unsure: false,
            next_due: None,
            retired: false,
            requests,
            activity: if live { Activity::Running } else { Activity::Building },
            last_error: None,
            failures: 0,
            handled: 0,
            unmatched: 0,
            rate: Rate::default(),
            status_at: None,
        };
        worker.keep_parked(parked);
        if start.lost {
            let recovered = worker.behaviour.recover(&worker.work()).await;
            recovered.map_err(|failure| match failure {
                Failure::Storage(error) => StartError::Store(error),
                Failure::Later(why) | Failure::Event(why) => StartError::Invalid(why),
            })?;
        }
        worker.publish(None);
        engine.handles.lock().unwrap_or_else(PoisonError::into_inner).push(worker.handle.clone());
        Ok(worker)
    }

    /// Works until the app stops.
    pub async fn run(mut self) {
        let mut wait = Wait::new(&self.engine);
        while !wait.stopped() && !self.retired {
            let turn = AssertUnwindSafe(self.turn()).catch_unwind().await;
            let turn = turn.unwrap_or_else(|p| Err(Failure::Event(panic_message(&*p))));
            let turn = match turn {
                Ok(turn) => {
                    self.failures = 0;
                    turn
                }
                Err(failure) => {
                    if self.after(failure, &mut wait).await {
                        break;
                    }
                    continue;
                }
            };
            let Turn::Idle(now) = turn else { continue };
            self.publish(Some(now));
            self.write_status(false).await;
            let due = self.next_due.flatten();
            match wait.for_more(&self.engine, self.position, due, &mut self.requests).await {
                Paused::Request(request) => {
                    let answered = AssertUnwindSafe(self.answer(request)).catch_unwind().await;
                    if let Err(panic) = answered
                        && self.after(Failure::Event(panic_message(&*panic)), &mut wait).await
                    {
                        break;
                    }
                }
                Paused::Again | Paused::Stopped => {}
            }
        }
        self.close().await;
    }

    /// As [`Worker::run`], with a type that a worker can name which starts another.
    fn boxed(self) -> BoxFuture<'static, ()> {
        Box::pin(self.run())
    }

    /// One page, or what is due when there is none.
    async fn turn(&mut self) -> Result<Turn, Failure> {
        while let Ok(request) = self.requests.try_recv() {
            self.answer(request).await;
        }
        if self.unsure {
            self.find_place().await?;
        }
        let now = self.engine.clock.now();
        let size = self.engine.settings.page_size;
        let (store, query) = (&*self.engine.store, &self.query);
        let page = self.engine.tail.read(store, query, self.position, size).await?;
        if self.ahead.is_some_and(|(_, since)| since.elapsed() >= CHECKPOINT_INTERVAL) {
            self.move_checkpoint().await?;
        }
        let more = page.more;
        let moved = page.through.is_some();
        self.page(page).await?;
        if more {
            return Ok(Turn::Busy);
        }
        if self.activity == Activity::Building {
            self.go_live().await?;
        }
        self.activity = Activity::Running;
        // Events first: what was recorded before a deadline came due counts.
        let acted = self.due(now).await?;
        Ok(if acted || moved { Turn::Busy } else { Turn::Idle(now) })
    }

    /// Lets queries see what was built, and ends the worker that they saw until now.
    async fn go_live(&mut self) -> Result<(), Failure> {
        self.behaviour.go_live(&self.engine, &self.consumer).await?;
        self.handle.building.store(false, Ordering::SeqCst);
        let mut old = Vec::new();
        self.engine.handles.lock().unwrap_or_else(PoisonError::into_inner).retain(|handle| {
            let replaced = handle.name() == self.handle.name()
                && handle.behaviour.kind() == self.behaviour.kind()
                && !Arc::ptr_eq(handle, &self.handle);
            if replaced {
                old.push(handle.clone());
            }
            !replaced
        });
        for handle in old {
            let (answer, _) = oneshot::channel();
            // One that has ended needs not be told.
            let _ = handle.requests.send(Request { kind: RequestKind::Retire, answer }).await;
        }
        Ok(())
    }

    /// Does what has come due, and says whether that was anything.
    async fn due(&mut self, now: DateTime<Utc>) -> Result<bool, Failure> {
        let next = match self.next_due {
            Some(next) => next,
            None => self.behaviour.next_due(&self.engine).await?,
        };
        self.next_due = Some(next);
        if next.is_none_or(|due| due > now) {
            return Ok(false);
        }
        let due = self.behaviour.due(&self.work(), now).await?;
        let acted = due.handled > 0;
        self.count(due);
        Ok(acted)
    }

    async fn page(&mut self, page: SharedPage) -> Result<(), Failure> {
        let Some(through) = page.through else { return Ok(()) };
        let since = self.ahead.map_or_else(Instant::now, |(_, since)| since);
        if page.events.is_empty() {
            self.ahead = Some((through, since));
        } else {
            let checkpoint = Some(self.checkpoint(through));
            let batch = Batch { events: &page.events, checkpoint, unpark: Vec::new() };
            let handled = self.behaviour.handle(&self.work(), batch).await?;
            self.ahead = handled.deferred.then_some((through, since));
            self.count(handled);
        }
        self.position = through.position;
        self.publish(None);
        self.write_status(false).await;
        Ok(())
    }

    fn checkpoint(&self, place: Place) -> Checkpoint {
        Checkpoint { store: self.engine.store.id(), place }
    }

    async fn move_checkpoint(&mut self) -> Result<(), Failure> {
        let Some((place, _)) = self.ahead else { return Ok(()) };
        let checkpoint = Some(self.checkpoint(place));
        let batch = Batch { events: &[], checkpoint, unpark: Vec::new() };
        let work = Work { may_defer: false, ..self.work() };
        self.behaviour.handle(&work, batch).await?;
        self.ahead = None;
        Ok(())
    }

    pub(super) fn work(&self) -> Work<'_> {
        Work {
            engine: &self.engine,
            consumer: &self.consumer,
            component: &self.behaviour.part().component,
            claim: self.claim,
            may_defer: true,
            parked: &self.parked,
        }
    }

    pub(super) fn count(&mut self, handled: Handled) {
        self.next_due = None;
        self.handled += handled.handled;
        self.unmatched += handled.unmatched;
        self.rate.add(handled.handled);
        self.keep_parked(handled.parked);
    }

    /// What follows on a failure; `true` when the worker must end.
    async fn after(&mut self, failure: Failure, wait: &mut Wait) -> bool {
        let (text, retry) = match &failure {
            Failure::Storage(error) => (chain(error), error.is_retryable()),
            Failure::Later(why) => (why.clone(), true),
            Failure::Event(why) => (why.clone(), false),
        };
        self.failures += 1;
        self.unsure = true;
        tracing::warn!(consumer = %self.consumer, error = text, retry, "a consumer failed");
        self.last_error = Some(text);
        let pause = retry
            .then(|| self.engine.settings.storage_retry.wait(self.failures, fastrand::f64()))
            .flatten();
        let before = self.activity;
        self.activity = if pause.is_some() { Activity::BackingOff } else { Activity::Stopped };
        // Whoever learns that it stopped finds its status written.
        self.write_status(true).await;
        self.publish(None);
        let fenced = matches!(failure, Failure::Storage(StoreError::Fenced { .. }));
        let resumed = loop {
            match wait.pause(pause, &mut self.requests).await {
                Paused::Stopped => return true,
                Paused::Request(Request { kind: RequestKind::Retire, .. }) => {
                    self.retired = true;
                    return true;
                }
                Paused::Again => break None,
                Paused::Request(Request { kind: RequestKind::Resume, answer }) => {
                    break Some(answer);
                }
                Paused::Request(request) => {
                    let why = "it has stopped: resume it first".to_owned();
                    let _ = request.answer.send(Err(OperateError::Refused(why)));
                }
            }
        };
        self.activity = if before == Activity::Building { before } else { Activity::Running };
        if fenced && let Err(error) = self.claim_again().await {
            self.last_error = Some(chain(&error));
        }
        // Before the answer: whoever waits from now on must not see that it had stopped.
        self.publish(None);
        if let Some(answer) = resumed {
            let _ = answer.send(Ok(()));
        }
        false
    }

    /// After a failure, finds what was committed all the same: a read model must not take an event
    /// twice. What handlers do is idempotent, they go on where they were.
    async fn find_place(&mut self) -> Result<(), Failure> {
        let (engine, consumer) = (&self.engine, &self.consumer);
        let claim = self.behaviour.progress(engine, consumer).await?;
        let claim = claim.filter(|claim| claim.epoch == self.claim.epoch);
        let claim = claim.ok_or_else(|| StoreError::Fenced {
            consumer: consumer.to_string(),
            epoch: self.claim.epoch.0,
        })?;
        let parked = self.behaviour.parked(engine, consumer).await?;
        if self.behaviour.kind().is_projector() {
            let place = claim.checkpoint.map(|checkpoint| checkpoint.place.position);
            self.position = place.unwrap_or(Position::START);
            self.ahead = None;
        }
        self.parked.clear();
        self.keep_parked(parked);
        self.next_due = None;
        self.unsure = false;
        Ok(())
    }

    /// Takes the consumer back from whoever took it over, when somebody asked for it.
    async fn claim_again(&mut self) -> Result<(), StartError> {
        self.claim = self.behaviour.claim(&self.engine, &self.consumer).await?;
        let (engine, behaviour) = (&self.engine, &*self.behaviour);
        let start = start_position(engine, behaviour, &self.consumer, &self.claim).await?;
        self.position = start.after;
        self.ahead = None;
        Ok(())
    }

    fn keep_parked(&mut self, parked: Vec<ParkedEvent>) {
        for event in parked {
            // The first of its key is the one that the others wait behind.
            let first = self
                .parked
                .get(&event.key)
                .is_none_or(|kept| kept.event == event.event || event.position < kept.position);
            if first {
                self.parked.insert(event.key.clone(), event);
            }
        }
    }

    pub(super) fn publish(&self, idle_since: Option<DateTime<Utc>>) {
        let parked: HashSet<String> = self.parked.keys().cloned().collect();
        self.handle.progress.send_modify(|progress| {
            progress.position = self.position;
            progress.idle_since = idle_since;
            progress.activity = self.activity;
            progress.last_error.clone_from(&self.last_error);
            if parked.len() != progress.parked.len() || *progress.parked != parked {
                progress.parked = Arc::new(parked);
            }
        });
    }

    /// Its row in the table of statuses; a problem with it is no reason to stop.
    pub(super) async fn write_status(&mut self, now: bool) {
        if !now && self.status_at.is_some_and(|at| at.elapsed() < STATUS_INTERVAL) {
            return;
        }
        self.status_at = Some(Instant::now());
        let status = ConsumerStatus {
            consumer: self.consumer.clone(),
            component: self.behaviour.part().component.clone(),
            activity: self.activity,
            position: self.position,
            rate: self.rate.per_second(),
            handled: self.handled,
            unmatched: self.unmatched,
            parked: self.parked.len() as u64,
            last_error: self.last_error.clone(),
            updated_at: Utc::now(),
        };
        if let Err(error) = self.engine.state.set_status(&status).await {
            tracing::warn!(error = %chain(&error), "a status could not be written");
        }
    }

    async fn close(mut self) {
        // Whoever waits for it would wait for ever.
        self.handle.progress.send_modify(|progress| progress.retired = self.retired);
        // After a failure the checkpoint may be further ahead than this worker knows.
        if !self.unsure
            && let Err(Failure::Storage(error)) = self.move_checkpoint().await
        {
            tracing::warn!(error = %chain(&error), "a checkpoint could not be moved");
        }
        self.write_status(true).await;
    }

    /// Builds the read model again in a new generation, which takes its place when it has caught
    /// up. Until then this worker goes on.
    pub(super) async fn rebuild(&mut self) -> Result<(), OperateError> {
        let same = |handle: &Arc<Handle>| {
            handle.name() == self.handle.name()
                && handle.behaviour.kind() == self.behaviour.kind()
                && handle.is_building()
        };
        if self.engine.handles().iter().any(same) {
            let why = format!("{} is being built already", self.consumer);
            return Err(OperateError::Refused(why));
        }
        let next = self.behaviour.rebuild(&self.engine, &self.consumer).await?;
        let Some(next) = next else {
            let why = format!("{} is no read model", self.consumer);
            return Err(OperateError::Refused(why));
        };
        let worker = Self::take_over(&self.engine, self.behaviour.clone(), next).await;
        let worker = worker.map_err(|error| OperateError::Refused(chain(&error)))?;
        self.engine.keep_task(tokio::spawn(worker.boxed()));
        Ok(())
    }
}

/// Events a second, over the last seconds.
#[derive(Default)]
struct Rate {
    since: Option<Instant>,
    count: u64,
    last: f64,
}

impl Rate {
    fn add(&mut self, count: u64) {
        self.since.get_or_insert_with(Instant::now);
        self.count += count;
    }

    fn per_second(&mut self) -> f64 {
        let Some(since) = self.since else { return self.last };
        let elapsed = since.elapsed();
        if elapsed >= STATUS_INTERVAL {
            self.last = self.count as f64 / elapsed.as_secs_f64();
            *self = Self { since: Some(Instant::now()), count: 0, last: self.last };
        } else if self.last == 0.0 {
            return self.count as f64 / elapsed.as_secs_f64().max(0.001);
        }
        self.last
    }
}
