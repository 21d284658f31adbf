//! Read models that are written with SQL: a page of events and the checkpoint behind it are one
//! transaction.

use super::{
    Batch, Behaviour, Databases, Failure, Handled, PartOf, Work, generations,
    lease::give_back,
    panic_message,
    parking::{parked, waiting},
};
use crate::{
    Envelope, EventId, ProjectionError, Projector, Read, ReadDatabase, Recorded, StoreError, View,
    app::{Engine, aggregates::Aggregates, chain},
    read_model::{ModelInfo, ReadModels},
    state::{Change, Checkpoint, Claim, Consumer, ConsumerKind, Consumers, Held, ParkedEvent},
    store::Place,
    view::reads_of,
};
use async_trait::async_trait;
use futures_util::FutureExt;
use std::{any::TypeId, collections::HashMap, panic::AssertUnwindSafe, sync::Arc};

struct Sql<P> {
    projector: P,
    part: PartOf,
}

pub(crate) fn behaviour<P: Projector>(projector: P, part: PartOf) -> Arc<dyn Behaviour> {
    Arc::new(Sql { projector, part })
}

/// Why a page was rolled back.
enum Broken {
    /// A database may be back soon.
    Passing(Failure),
    /// An event could not be projected.
    Event { at: usize, reason: String },
}

impl From<Failure> for Broken {
    fn from(failure: Failure) -> Self {
        Self::Passing(failure)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Passing(error.into())
    }
}

#[async_trait]
impl<P: Projector> Behaviour for Sql<P> {
    fn kind(&self) -> ConsumerKind {
        ConsumerKind::Projector
    }

    fn name(&self) -> &str {
        P::NAME
    }

    fn part(&self) -> &PartOf {
        &self.part
    }

    fn reads(&self) -> Vec<Read> {
        reads_of::<P::Event>()
    }

    fn check(&self, _: &Aggregates, databases: &Databases) -> Result<(), String> {
        if databases.contains_key(&TypeId::of::<P::Db>()) {
            return Ok(());
        }
        let (name, database) = (P::NAME, std::any::type_name::<P::Db>());
        Err(format!(
            "projector `{name}` writes to a `{database}`, and the app has none: give it one with \
             `.projections_database(…)`"
        ))
    }

    async fn open(&self, engine: &Engine) -> Result<Consumer, StoreError> {
        self.database(engine).open(self.kind(), P::NAME, P::VERSION).await
    }

    fn consumers<'a>(&self, engine: &'a Engine) -> &'a dyn Consumers {
        self.database(engine)
    }

    async fn lease(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Result<Claim, Held>, StoreError> {
        let database = self.database(engine);
        let claim = match database.lease(consumer, &engine.lease).await? {
            Ok(claim) => claim,
            Err(held) => return Ok(Err(held)),
        };
        if let Err(error) = self.set_up(database, consumer, &claim).await {
            give_back(database, consumer, claim).await;
            return Err(error);
        }
        Ok(Ok(claim))
    }

    async fn handle(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure> {
        let mut aside: Vec<ParkedEvent> = Vec::new();
        let mut attempts: HashMap<EventId, u32> = HashMap::new();
        loop {
            let events = self.sort_out(work, batch.events, &mut aside);
            let change = work.change(&batch, &aside);
            let broken = match self.page(work, &batch, &events, change).await {
                Ok(()) => {
                    let handled = events.len() as u64;
                    return Ok(Handled { handled, parked: aside, ..Handled::default() });
                }
                Err(Broken::Passing(failure)) => return Err(failure),
                Err(Broken::Event { at, reason }) => (at, reason),
            };
            let (at, reason) = broken;
            let envelope = &events[at];
            let tried = attempts.entry(envelope.id).or_default();
            *tried += 1;
            if let Some(wait) = work.engine.settings.handler_retry.wait(*tried, fastrand::f64()) {
                let (consumer, attempts) = (work.consumer, *tried);
                // The reason may quote a payload: it is told where the event is parked, or by the
                // status of the consumer that stops.
                tracing::warn!(%consumer, event = %envelope.id, attempts, "a projector failed");
                tokio::time::sleep(wait).await;
                continue;
            }
            let key = envelope.stream.to_string();
            let open = work.parked.len() + aside.iter().filter(|event| event.attempts > 0).count();
            let replayed = batch.checkpoint.is_none();
            if !replayed && self.part.options.parks.is_none_or(|cap| open >= cap) {
                return Err(self.stop(work, &batch, &events, at, aside, &reason).await);
            }
            aside.push(parked(work, envelope, key, reason, *tried));
        }
    }

    async fn rebuild(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Option<Consumer>, StoreError> {
        self.database(engine).rebuild(consumer).await.map(Some)
    }

    async fn generations(
        &self,
        engine: &Engine,
        consumer: &Consumer,
    ) -> Result<Vec<ModelInfo>, StoreError> {
        generations(self.database(engine), consumer).await
    }

    async fn remove(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        self.database(engine).remove(consumer).await
    }

    async fn live(&self, engine: &Engine) -> Result<Option<Consumer>, StoreError> {
        self.database(engine).live(P::NAME).await
    }

    async fn go_live(&self, engine: &Engine, consumer: &Consumer) -> Result<(), StoreError> {
        self.database(engine).go_live(consumer).await
    }
}

impl<P: Projector> Sql<P> {
    fn database<'a>(&self, engine: &'a Engine) -> &'a P::Db {
        let database = engine.databases.get(&TypeId::of::<P::Db>());
        let database = database.and_then(|database| database.downcast_ref::<P::Db>());
        database.expect("`check` found it before the app was built")
    }

    /// Lets the projector make its tables, once.
    async fn set_up(
        &self,
        database: &P::Db,
        consumer: &Consumer,
        claim: &Claim,
    ) -> Result<(), StoreError> {
        let mut tx = database.begin(consumer).await?;
        if database.set_up(&mut tx, false).await? {
            return Ok(());
        }
        let set_up = AssertUnwindSafe(self.projector.setup(&mut tx)).catch_unwind().await;
        let problem = match set_up {
            Ok(Ok(())) => None,
            Ok(Err(ProjectionError(error))) => Some(chain(&*error)),
            Err(panic) => Some(panic_message(&*panic)),
        };
        if let Some(problem) = problem {
            let problem = format!("its `setup` failed: {problem}");
            return Err(StoreError::unusable(consumer.to_string(), problem));
        }
        database.set_up(&mut tx, true).await?;
        database.commit_tx(tx, consumer, claim.epoch, Change::default()).await
    }

    /// The events to project; those of streams that wait are put aside.
    fn sort_out(
        &self,
        work: &Work<'_>,
        events: &[Arc<Envelope>],
        aside: &mut Vec<ParkedEvent>,
    ) -> Vec<Arc<Envelope>> {
        let mut kept = Vec::with_capacity(events.len());
        for envelope in events {
            let key = envelope.stream.to_string();
            let known = aside.iter().any(|event| event.event == envelope.id);
            let behind = aside.iter().find(|event| event.key == key).cloned();
            match behind.as_ref().or_else(|| work.parked.get(&key)) {
                _ if known => {}
                Some(behind) if behind.position < envelope.position => {
                    aside.push(waiting(work, envelope, key, behind));
                }
                _ => kept.push(envelope.clone()),
            }
        }
        kept
    }

    /// Projects events and commits, or does nothing.
    async fn page(
        &self,
        work: &Work<'_>,
        batch: &Batch<'_>,
        events: &[Arc<Envelope>],
        change: Change,
    ) -> Result<(), Broken> {
        let database = self.database(work.engine);
        let (consumer, epoch) = (work.consumer, work.claim.epoch);
        if events.is_empty() {
            work.record(batch, &change.park).await?;
            return Ok(database.commit(consumer, epoch, change).await?);
        }
        let mut tx = database.begin(consumer).await?;
        for (at, envelope) in events.iter().enumerate() {
            let broken = |reason| Broken::Event { at, reason };
            let event = P::Event::decode(envelope).map_err(|error| broken(chain(&error)))?;
            let Some(event) = event else { continue };
            let recorded = Recorded::new(event, envelope.clone());
            let project = self.projector.project(&recorded, &mut tx);
            match AssertUnwindSafe(project).catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(ProjectionError(error))) if P::Db::is_passing(&*error) => {
                    return Err(StoreError::unavailable(consumer.to_string(), error).into());
                }
                Ok(Err(ProjectionError(error))) => return Err(broken(chain(&*error))),
                Err(panic) => return Err(broken(panic_message(&*panic))),
            }
        }
        // Last: that it was done is true only now.
        work.record(batch, &change.park).await?;
        Ok(database.commit_tx(tx, consumer, epoch, change).await?)
    }

    /// Keeps what came before the event that cannot be projected, and stops there.
    async fn stop(
        &self,
        work: &Work<'_>,
        batch: &Batch<'_>,
        events: &[Arc<Envelope>],
        at: usize,
        aside: Vec<ParkedEvent>,
        reason: &str,
    ) -> Failure {
        let culprit = &events[at];
        if let Some(last) = at.checked_sub(1).map(|before| &events[before]) {
            let place = Place::from(&**last);
            let checkpoint = Some(Checkpoint { store: work.engine.store.id(), place });
            let park = aside.into_iter().filter(|event| event.position < culprit.position);
            let change = Change { checkpoint, park: park.collect(), ..Change::default() };
            if let Err(Broken::Passing(failure)) =
                self.page(work, batch, &events[..at], change).await
            {
                return failure;
            }
        }
        let (event_type, stream) = (&culprit.event_type, &culprit.stream);
        Failure::event(format!(
            "{event_type} {} of {stream} at position {}: {reason}",
            culprit.id, culprit.position
        ))
    }
}
