//! Taking a consumer over, and waiting for it while another process works it.

use super::{Rate, Worker};
use crate::{
    Position, Query, StartError, StoreError,
    app::{Engine, chain},
    consumer::{
        Behaviour, Failure, Handle, Progress, Request, RequestKind, lease,
        start::start_position,
        wait::{Paused, Wait},
    },
    state::{Activity, Claim, Consumer, Epoch},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
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
        if !worker.take_over().await? {
            worker.follow().await?;
        }
        let mut handles = worker.engine.handles.lock().unwrap_or_else(PoisonError::into_inner);
        handles.push(worker.handle.clone());
        drop(handles);
        Ok(worker)
    }

    /// Takes the consumer over, unless another process holds it, and finds where it goes on.
    async fn take_over(&mut self) -> Result<bool, StartError> {
        let Ok(claim) = self.behaviour.lease(&self.engine, &self.consumer).await? else {
            return Ok(false);
        };
        let settled = self.settle_in(claim).await;
        if settled.is_err() {
            // Somebody else may be able to work it.
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
        // What was live once and is no more must not take the place of what came after it.
        let builds = !live && self.handle.is_building();
        self.activity = if builds { Activity::Building } else { Activity::Running };
        self.parked.clear();
        self.keep_parked(parked);
        if start.lost {
            let recovered = self.behaviour.recover(&self.work()).await;
            recovered.map_err(|failure| match failure {
                Failure::Storage(error) => StartError::Store(error),
                Failure::Later(why) | Failure::Event { reason: why, .. } => StartError::Invalid(why),
            })?;
        }
        self.handle.set_epoch(Some(claim.epoch));
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
            let looked = self.look(&mut ask_at).await;
            match looked {
                Ok(Some(stood)) => return stood,
                Ok(None) => self.last_error = None,
                Err(error) => self.last_error = Some(chain(&error)),
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

    /// Starts a worker for what was built anew and went live in place of this one, if it did. One of
    /// another version is for processes of another release.
    async fn was_replaced(&mut self) -> Result<bool, StartError> {
        let live = self.behaviour.live(&self.engine).await?;
        let newer = |live: &Consumer| {
            live.version == self.consumer.version && live.generation > self.consumer.generation
        };
        let Some(live) = live.filter(newer) else { return Ok(false) };
        if self.handle.is_building() {
            return Ok(false);
        }
        let next = Self::of(self.engine.clone(), self.behaviour.clone(), live).await?;
        next.serve().await;
        self.engine.keep_task(tokio::spawn(next.boxed()));
        Ok(true)
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
