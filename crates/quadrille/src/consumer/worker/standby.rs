//! Taking a consumer over, and waiting for it while another process works it.

use super::{Rate, Worker, building::is_newer_generation};
use crate::{
    Position, Query, StartError, StoreError,
    app::{Engine, chain},
    consumer::{
        Behaviour, Failure, Handle, Progress, Request, RequestKind, lease, panic_message,
        start::start_position,
        wait::{Paused, Wait},
    },
    state::{Activity, Claim, Consumer, Epoch},
};
use futures_util::FutureExt;
use std::{
    collections::HashMap,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, atomic::AtomicBool},
};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

/// Requests that may wait for a worker.
const REQUESTS: usize = 64;

impl Worker {
    /// A worker for a consumer, which it takes over if no other process holds it.
    pub async fn open(
        engine: Arc<Engine>,
        behaviour: Arc<dyn Behaviour>,
    ) -> Result<Self, StartError> {
        let consumer = behaviour.open(&engine).await?;
        Self::of(engine, behaviour, consumer).await
    }

    pub(super) async fn of(
        engine: Arc<Engine>,
        behaviour: Arc<dyn Behaviour>,
        consumer: Consumer,
    ) -> Result<Self, StartError> {
        let live = behaviour.is_live(&engine, &consumer).await?;
        let (sender, requests) = mpsc::channel(REQUESTS);
        let handle = Arc::new(Handle {
            behaviour: behaviour.clone(),
            consumer: consumer.clone(),
            building: AtomicBool::new(!live),
            epoch: Mutex::default(),
            progress: watch::Sender::new(Progress {
                position: Position::START,
                idle_since: None,
                activity: Activity::StandingBy,
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
            claim: Claim { epoch: Epoch(0), checkpoint: None },
            parked: HashMap::new(),
            query: Query::all().types(types),
            position: Position::START,
            reading: None,
            ahead: None,
            unsure: false,
            next_due: None,
            look_at: Instant::now(),
            seen_unworked: false,
            retired: false,
            requests,
            activity: Activity::StandingBy,
            last_error: None,
            failures: 0,
            handled: 0,
            unmatched: 0,
            rate: Rate::default(),
            status_at: None,
            engine,
            behaviour,
            handle,
            consumer,
        };
        // Before it takes the consumer over: its lease is renewed from then on.
        worker.engine.handles_mut().push(worker.handle.clone());
        match worker.begin().await {
            Ok(()) => Ok(worker),
            Err(error) => {
                worker.engine.handles_mut().retain(|handle| !Arc::ptr_eq(handle, &worker.handle));
                Err(error)
            }
        }
    }

    async fn begin(&mut self) -> Result<(), StartError> {
        if !self.take_over().await? {
            self.follow().await?;
        }
        Ok(())
    }

    /// Takes the consumer over, unless another process holds it, and finds where it goes on.
    async fn take_over(&mut self) -> Result<bool, StartError> {
        let Ok(claim) = self.behaviour.lease(&self.engine, &self.consumer).await? else {
            return Ok(false);
        };
        self.handle.set_epoch(Some(claim.epoch));
        let settled = self.settle_in(claim).await;
        if settled.is_err() {
            self.handle.set_epoch(None);
            let consumers = self.behaviour.consumers(&self.engine);
            lease::give_back(consumers, &self.consumer, claim).await;
        }
        settled.map(|()| true)
    }

    /// Finds where the consumer goes on.
    async fn settle_in(&mut self, claim: Claim) -> Result<(), StartError> {
        self.claim = claim;
        self.behaviour.forget();
        let (engine, behaviour) = (&self.engine, &*self.behaviour);
        let start = start_position(engine, behaviour, &self.consumer, &claim).await?;
        let parked = behaviour.parked(engine, &self.consumer).await?;
        let live = behaviour.is_live(engine, &self.consumer).await?;
        self.position = start.after;
        self.ahead = None;
        self.unsure = false;
        self.next_due = None;
        self.last_error = None;
        self.activity = if live { Activity::Running } else { Activity::Building };
        self.look_at = Instant::now();
        self.parked.clear();
        self.keep_parked(parked);
        if start.lost {
            let recovered = self.behaviour.recover(&self.work()).await;
            recovered.map_err(|failure| match failure {
                Failure::Storage(error) => StartError::Store(error),
                Failure::Later(why) | Failure::Event { reason: why, .. } => {
                    StartError::Invalid(why)
                }
            })?;
        }
        self.publish(None);
        Ok(())
    }

    /// Gives the consumer up to whoever took it over.
    pub(in crate::consumer) fn step_back(&mut self) {
        self.handle.set_epoch(None);
        self.activity = Activity::StandingBy;
        self.reading = None;
        self.publish(None);
    }

    /// Waits until the consumer is this worker's, another one took its place or the app stops, and
    /// lets those who wait for its progress know of what the other process does.
    pub(super) async fn stand_by(&mut self, wait: &mut Wait) {
        let interval = lease::interval(&self.engine);
        let mut ask_at = Instant::now();
        loop {
            let looked = AssertUnwindSafe(self.look(&mut ask_at)).catch_unwind().await;
            self.last_error = match looked {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(chain(&error)),
                Err(panic) => {
                    // It may have been about to settle in.
                    self.handle.set_epoch(None);
                    Some(panic_message(&*panic))
                }
            };
            if self.retired {
                return;
            }
            if !self.handle.stands_by() {
                return self.write_status(true).await;
            }
            self.publish(None);
            let watched = self.handle.progress.receiver_count() > 0;
            let poll = self.engine.settings.poll_interval;
            let pause = if watched { interval.min(poll) } else { interval };
            match wait.pause(Some(pause), &mut self.requests).await {
                Paused::Stopped => return,
                Paused::Again => {}
                Paused::Request(request) => self.decline(request),
            }
            if self.retired {
                return;
            }
        }
    }

    async fn look(&mut self, ask_at: &mut Instant) -> Result<(), StartError> {
        if *ask_at <= Instant::now() {
            *ask_at = Instant::now() + lease::interval(&self.engine);
            self.give_way_to_newer().await?;
            if self.retired || self.take_over().await? {
                return Ok(());
            }
        }
        self.follow().await.map_err(Into::into)
    }

    /// Ends if another generation went live in place of this one. One of another version is for
    /// processes of another release.
    async fn give_way_to_newer(&mut self) -> Result<(), StartError> {
        let live = self.behaviour.live(&self.engine).await?;
        match live.filter(|live| is_newer_generation(live, &self.consumer)) {
            Some(live) => self.give_way(live).await,
            None => Ok(()),
        }
    }

    /// Takes note of how far the other process is.
    async fn follow(&mut self) -> Result<(), StoreError> {
        let (engine, consumer) = (&self.engine, &self.consumer);
        let claim = self.behaviour.progress(engine, consumer).await?;
        let checkpoint = claim.and_then(|claim| claim.checkpoint);
        self.position = checkpoint.map_or(Position::START, |checkpoint| checkpoint.place.position);
        let parked = self.behaviour.parked(engine, consumer).await?;
        self.activity = Activity::StandingBy;
        if self.handle.is_building() {
            let live = self.behaviour.live(engine).await?;
            // What lies behind a higher version is not built, it was seen before.
            if live.is_some_and(|live| live == *consumer || live.version > consumer.version) {
                self.serve().await;
            } else {
                self.activity = Activity::Building;
            }
        }
        self.parked.clear();
        self.keep_parked(parked);
        self.publish(None);
        Ok(())
    }

    fn decline(&mut self, request: Request) {
        let Request { kind, answer } = request;
        let result = match kind {
            RequestKind::Retire => {
                self.retired = true;
                Ok(())
            }
            RequestKind::StandBy => Ok(()),
            RequestKind::Resolve { .. }
            | RequestKind::Rebuild
            | RequestKind::Resume
            | RequestKind::RebuildDeadlines => Err(self.elsewhere()),
        };
        // Nobody waits any more: then nobody is told.
        let _ = answer.send(result);
    }
}
