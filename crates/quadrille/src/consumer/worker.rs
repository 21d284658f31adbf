mod building;
mod reading;
mod standby;
mod status;

use super::{
    Batch, Behaviour, Failure, Handle, Handled, Request, Work,
    handle::RequestKind,
    panic_message,
    tail::SharedPage,
    traced,
    wait::{Paused, Wait},
};
use crate::{
    Position, Query, StoreError,
    app::{Engine, OperateError, chain},
    state::{Activity, Checkpoint, Claim, Consumer, ParkedEvent},
    store::Place,
};
use chrono::{DateTime, Utc};
use futures_util::{FutureExt, future::BoxFuture};
use reading::Reading;
use status::Rate;
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// How far behind, in time, a checkpoint may be that only saves work.
const CHECKPOINT_INTERVAL: Duration = Duration::from_secs(1);

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
    /// The page behind the one that is handled.
    reading: Option<Reading>,
    /// Where the checkpoint may be moved to, and since when; `None` when it is there.
    ahead: Option<(Place, Instant)>,
    /// Whether something failed since it was last known what is committed.
    pub(super) unsure: bool,
    /// When something comes due next, if that is known.
    pub(super) next_due: Option<Option<DateTime<Utc>>>,
    /// Whether nobody worked the higher version that queries see, when it was looked last.
    seen_unworked: bool,
    /// When it is looked at next which generation of its read model queries see.
    look_at: tokio::time::Instant,
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
    /// Works until the app stops.
    pub async fn run(mut self) {
        let mut wait = Wait::new(&self.engine);
        while !wait.stopped() && !self.retired {
            if self.handle.stands_by() {
                self.stand_by(&mut wait).await;
                continue;
            }
            let turn = AssertUnwindSafe(self.turn()).catch_unwind().await;
            let turn = turn.unwrap_or_else(|p| Err(Failure::event(panic_message(&*p))));
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
                        && self.after(Failure::event(panic_message(&*panic)), &mut wait).await
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
    pub(super) fn boxed(self) -> BoxFuture<'static, ()> {
        Box::pin(self.run())
    }

    /// One page, or what is due when there is none.
    async fn turn(&mut self) -> Result<Turn, Failure> {
        while let Ok(request) = self.requests.try_recv() {
            self.answer(request).await;
        }
        if self.retired || self.handle.stands_by() {
            return Ok(Turn::Busy);
        }
        if self.unsure {
            self.find_place().await?;
        }
        self.follow_up().await?;
        let now = self.engine.clock.now();
        let page = self.read().await?;
        if self.ahead.is_some_and(|(_, since)| since.elapsed() >= CHECKPOINT_INTERVAL) {
            self.move_checkpoint().await?;
        }
        let more = page.more;
        let moved = page.through.is_some();
        self.page(page).await?;
        if more {
            return Ok(Turn::Busy);
        }
        let looks =
            self.activity == Activity::Building || self.look_at <= tokio::time::Instant::now();
        if looks && self.behaviour.kind().is_projector() {
            self.look_at_live().await?;
            if self.retired {
                return Ok(Turn::Busy);
            }
        }
        self.activity = Activity::Running;
        // Events first: what was recorded before a deadline came due counts.
        let acted = self.due(now).await?;
        Ok(if acted || moved { Turn::Busy } else { Turn::Idle(now) })
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
            let batch = Batch { events: &page.events, checkpoint, decision: None };
            let handled = traced::handle(&*self.behaviour, &self.work(), batch).await?;
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
        let batch = Batch { events: &[], checkpoint, decision: None };
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
        if let Failure::Storage(error @ StoreError::Fenced { .. }) = &failure {
            tracing::info!(consumer = %self.consumer, error = chain(error), "a consumer stands by");
            self.step_back();
            return false;
        }
        let (text, retry) = match &failure {
            Failure::Storage(error) => (chain(error), error.is_retryable()),
            Failure::Later(why) => (why.clone(), true),
            Failure::Event { reason, .. } => (reason.clone(), false),
        };
        self.failures += 1;
        self.unsure = true;
        self.reading = None;
        // Why an event cannot be handled may quote its payload: the status tells that.
        let error = (!matches!(failure, Failure::Event { .. })).then_some(&*text);
        tracing::warn!(consumer = %self.consumer, error, retry, "a consumer failed");
        self.last_error = Some(text);
        let pause = retry
            .then(|| self.engine.settings.storage_retry.wait(self.failures, fastrand::f64()))
            .flatten();
        let before = self.activity;
        self.activity = if pause.is_some() { Activity::BackingOff } else { Activity::Stopped };
        // Whoever learns that it stopped finds its status written.
        self.write_status(true).await;
        self.publish(None);
        let resumed = loop {
            match wait.pause(pause, &mut self.requests).await {
                Paused::Stopped => return true,
                Paused::Request(Request { kind: RequestKind::Retire, .. }) => {
                    self.retired = true;
                    return true;
                }
                Paused::Request(Request { kind: RequestKind::StandBy, .. }) => {
                    self.step_back();
                    return false;
                }
                Paused::Again => break None,
                Paused::Request(Request { kind: RequestKind::Resume, answer }) => {
                    break Some(answer);
                }
                Paused::Request(request) => {
                    let why = match pause {
                        Some(_) => OperateError::BackingOff(self.consumer.name.clone()),
                        None => OperateError::Refused("it has stopped: resume it first".into()),
                    };
                    let _ = request.answer.send(Err(why));
                }
            }
        };
        self.activity = if before == Activity::Building { before } else { Activity::Running };
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
        // A commit whose answer was lost may still be on its way: this waits for the same row.
        let consumers = self.behaviour.consumers(engine);
        consumers.renew(consumer, self.claim.epoch, engine.lease.time_to_live).await?;
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

    /// Why an operator has to ask elsewhere.
    pub(super) fn elsewhere(&self) -> OperateError {
        OperateError::Elsewhere(self.consumer.name.clone())
    }

    pub async fn close(mut self) {
        // Whoever waits for it would wait for ever.
        self.handle.progress.send_modify(|progress| progress.retired = self.retired);
        if self.handle.stands_by() {
            return;
        }
        // After a failure the checkpoint may be further ahead than this worker knows.
        if !self.unsure
            && let Err(Failure::Storage(error)) = self.move_checkpoint().await
        {
            tracing::warn!(error = %chain(&error), "a checkpoint could not be moved");
        }
        self.write_status(true).await;
        self.handle.set_epoch(None);
        let consumers = self.behaviour.consumers(&self.engine);
        if let Err(error) = consumers.release(&self.consumer, self.claim.epoch).await {
            tracing::debug!(error = %chain(&error), "a lease was left to run out");
        }
    }
}
