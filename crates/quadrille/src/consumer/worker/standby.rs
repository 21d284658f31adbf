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

/// How standing by ended.
pub(super) enum Stood {
    /// The consumer is this worker's.
    Granted,
    /// Another version of the read model went live, and a worker for it was started.
    Replaced,
    /// The app stops.
    Stopped,
}

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
            ahead: None,
            unsure: false,
            next_due: None,
            look_at: Instant::now(),
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
            // Somebody else may be able to work it.
            self.handle.set_epoch(None);
            let consumers = self.behaviour.consumers(&self.engine);
            if let Err(error) = consumers.release(&self.consumer, claim.epoch).await {
                tracing::debug!(error = %chain(&error), "a lease was left to run out");
            }
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
        self.publish(None);
    }

    /// Waits until the consumer is this worker's, and lets those who wait for its progress know of
    /// what the other process does.
    pub(super) async fn stand_by(&mut self, wait: &mut Wait) -> Stood {
        let interval = lease::interval(&self.engine);
        let mut ask_at = Instant::now();
        loop {
            let looked = AssertUnwindSafe(self.look(&mut ask_at)).catch_unwind().await;
            match looked {
                Ok(Ok(Some(stood))) => return stood,
                Ok(Ok(None)) => self.last_error = None,
                Ok(Err(error)) => self.last_error = Some(chain(&error)),
                Err(panic) => self.last_error = Some(panic_message(&*panic)),
            }
            self.publish(None);
            let watched = self.handle.progress.receiver_count() > 0;
            let poll = self.engine.settings.poll_interval;
            let pause = if watched { interval.min(poll) } else { interval };
            match wait.pause(Some(pause), &mut self.requests).await {
                Paused::Stopped => return Stood::Stopped,
                Paused::Again => {}
                Paused::Request(request) => self.decline(request),
            }
        }
    }

    async fn look(&mut self, ask_at: &mut Instant) -> Result<Option<Stood>, StartError> {
        if *ask_at <= Instant::now() {
            *ask_at = Instant::now() + lease::interval(&self.engine);
            if self.was_replaced().await? {
                return Ok(Some(Stood::Replaced));
            }
            if self.take_over().await? {
                return Ok(Some(Stood::Granted));
            }
        }
        self.follow().await?;
        Ok(None)
    }

    /// Whether another generation went live in place of this one, and has a worker now. One of
    /// another version is for processes of another release.
    async fn was_replaced(&mut self) -> Result<bool, StartError> {
        let live = self.behaviour.live(&self.engine).await?;
        match live.filter(|live| is_newer_generation(live, &self.consumer)) {
            Some(live) => self.give_way(live).await.map(|()| true),
            None => Ok(false),
        }
    }

    /// Takes note of how far the other process is.
    async fn follow(&mut self) -> Result<(), StoreError> {
        let (engine, consumer) = (&self.engine, &self.consumer);
        let claim = self.behaviour.progress(engine, consumer).await?;
        let checkpoint = claim.and_then(|claim| claim.checkpoint);
        self.position = checkpoint.map_or(Position::START, |checkpoint| checkpoint.place.position);
        let parked = self.behaviour.parked(engine, consumer).await?;
        if self.handle.is_building() && self.behaviour.is_live(engine, consumer).await? {
            self.serve().await;
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
