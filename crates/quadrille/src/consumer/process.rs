//! Process managers: routing of events to instances, deadlines, and what is committed.

mod due;
mod unit;

use super::{
    Batch, Behaviour, Databases, Decision, Failure, Handled, PartOf, Work,
    keyed::{Done, Keyed, OfPage, handle_page},
};
use crate::{
    DecodeError, Envelope, Input, ProcessManager, Read, StoreError,
    app::{Engine, aggregates::Aggregates, chain},
    journal::{Fact, Instance, ProcessSettled, ProcessStepped, Resolution, process_stream},
    process::Trigger,
    state::{Change, ConsumerKind, Deadline, DeadlineFilter, ParkedEvent},
    store::StreamFilter,
};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use lru::LruCache;
use std::{
    collections::HashMap,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};
use unit::{Taken, Unit};

/// Deadlines that are looked at in one go.
const DUE_PAGE: usize = 256;

pub(super) struct Process<P: ProcessManager> {
    name: String,
    part: PartOf,
    instances: Mutex<Option<LruCache<String, Instance>>>,
    manager: std::marker::PhantomData<fn(P)>,
}

pub(crate) fn behaviour<P: ProcessManager>(part: PartOf) -> Arc<dyn Behaviour> {
    let name = part.options.was.clone().unwrap_or_else(|| P::NAME.to_owned());
    let (instances, manager) = (Mutex::default(), std::marker::PhantomData);
    Arc::new(Process::<P> { name, part, instances, manager })
}

/// What an event is to a process manager.
pub(super) enum Routed<I> {
    /// An input, and whether it may begin an instance or reach one that has completed.
    Input { input: I, starts: bool, late: bool },
    /// A step of an instance whose deadlines could not be handled: they are tried again.
    Resume,
}

#[async_trait]
impl<P: ProcessManager> Behaviour for Process<P> {
    fn kind(&self) -> ConsumerKind {
        ConsumerKind::Process
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn part(&self) -> &PartOf {
        &self.part
    }

    fn reads(&self) -> Vec<Read> {
        P::Input::steps().into_iter().flat_map(|step| step.reads).collect()
    }

    fn check(&self, aggregates: &Aggregates, _: &Databases) -> Result<(), String> {
        let steps = P::Input::steps();
        for (category, command) in steps.iter().flat_map(|step| &step.sends) {
            if !aggregates.takes(category, command) {
                let name = &self.name;
                return Err(format!(
                    "process `{name}` sends `{category}.{command}`, and no aggregate of this app \
                     takes it: register the aggregate"
                ));
            }
        }
        if self.name.contains('/') {
            return Err(format!("process `{}` holds a `/`: give it another name", self.name));
        }
        if !steps.iter().any(|step| step.starts && step.trigger == Trigger::Event) {
            let name = &self.name;
            return Err(format!("process `{name}` can never begin: mark an event `starts`"));
        }
        Ok(())
    }

    fn forget(&self) {
        *self.instances.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    async fn handle(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure> {
        let mut page = handle_page(self, work, &batch).await?;
        let discarded =
            batch.decision.filter(|decision| decision.resolution == Resolution::Discard);
        if let Some(decision) = discarded {
            self.discard(work, decision, &mut page).await?;
        }
        let parked = &page.handled.parked;
        work.record(&batch, parked).await?;
        let mut change = work.change(&batch, parked);
        change.deadlines = self.named(page.deadlines);
        let deferred = work.commit(change).await?;
        Ok(Handled { deferred, ..page.handled })
    }

    async fn due(&self, work: &Work<'_>, now: DateTime<Utc>) -> Result<Handled, Failure> {
        let due_by = Some(now);
        let process = Some(self.name.clone());
        let filter = DeadlineFilter { process, due_by, correlation: None };
        // Those of parked instances must not hide the others.
        let page = DUE_PAGE + work.parked.len() * DUE_PAGE;
        let due = work.engine.state.deadlines(&filter, page).await?;
        let mut instances: HashMap<String, Vec<Deadline>> = HashMap::new();
        for deadline in due.into_iter().filter(|d| !work.parked.contains_key(&d.key)) {
            instances.entry(deadline.key.clone()).or_default().push(deadline);
        }
        if instances.is_empty() {
            return Ok(Handled::default());
        }
        let mut handled = Handled::default();
        let mut change = Change::default();
        let concurrency = work.engine.settings.concurrency;
        let mut results = stream::iter(instances)
            .map(|(key, due)| self.fire(work, key, due, now))
            .buffer_unordered(concurrency);
        while let Some(result) = results.next().await {
            let (key, deadlines, parked) = result?;
            handled.handled += 1;
            handled.parked.extend(parked);
            change.deadlines.push((self.name.clone(), key, deadlines));
        }
        work.record_parked(&handled.parked).await?;
        change.park.clone_from(&handled.parked);
        work.engine.state.commit(work.consumer, work.claim.epoch, change).await?;
        Ok(handled)
    }

    async fn recover(&self, work: &Work<'_>) -> Result<(), Failure> {
        let prefix = process_stream(&self.name, "").map_err(|e| Failure::event(e.to_string()))?;
        let id_prefix = prefix.id().to_owned();
        let category = Some(prefix.category().clone());
        let filter = StreamFilter { category, id_prefix, framework: true };
        let mut after = None;
        loop {
            let streams = work.engine.store.streams(&filter, after.as_ref(), DUE_PAGE).await?;
            let Some(last) = streams.last() else { return Ok(()) };
            let mut change = Change::default();
            for info in &streams {
                let key = &info.stream.id()[filter.id_prefix.len()..];
                let unit = Unit::<P>::open(work, &self.name, key, None).await?;
                change.deadlines.push((self.name.clone(), key.to_owned(), unit.deadlines()));
            }
            work.engine.state.commit(work.consumer, work.claim.epoch, change).await?;
            after = Some(last.stream.clone());
        }
    }

    async fn next_due(&self, engine: &Engine) -> Result<Option<DateTime<Utc>>, StoreError> {
        let process = Some(self.name.clone());
        let filter = DeadlineFilter { process, ..DeadlineFilter::default() };
        let next = engine.state.deadlines(&filter, 1).await?;
        Ok(next.first().map(|deadline| deadline.due))
    }
}

#[async_trait]
impl<P: ProcessManager> Keyed for Process<P> {
    type Input = Routed<P::Input>;

    fn route(&self, envelope: &Arc<Envelope>) -> Result<Option<(String, Self::Input)>, String> {
        let text = |error: DecodeError| chain(&error);
        // What such a fact led to was parked, and is tried again.
        let stepped = ProcessStepped::read(envelope).map_err(text)?;
        let settled = ProcessSettled::read(envelope).map_err(text)?;
        let own = stepped.map(|fact| (fact.process, fact.key));
        if let Some((process, key)) = own.or(settled.map(|fact| (fact.process, fact.key))) {
            return Ok((process == self.name).then_some((key, Routed::Resume)));
        }
        let Some(input) = P::Input::decode(envelope).map_err(text)? else { return Ok(None) };
        let Some(key) = input.key() else { return Ok(None) };
        let declared = P::Input::steps().into_iter().find(|step| step.variant == input.kind());
        let (starts, late) = declared.map_or((false, false), |step| (step.starts, step.late));
        Ok(Some((key, Routed::Input { input, starts, late })))
    }

    async fn one(
        &self,
        work: &Work<'_>,
        key: &str,
        envelope: &Arc<Envelope>,
        input: Self::Input,
    ) -> Result<Done, Failure> {
        let mut unit = self.unit(work, key).await?;
        let before = unit.deadlines();
        let taken = match input {
            Routed::Resume => {
                unit.fire_due(work.engine.clock.now()).await?;
                Taken::Before
            }
            Routed::Input { input, starts, late } => {
                unit.event(envelope, input, starts, late).await?
            }
        };
        if taken == Taken::ByNobody {
            return Ok(Done { unmatched: true, ..Done::default() });
        }
        let after = unit.deadlines();
        let changed = taken == Taken::Before || after != before;
        let deadlines = changed.then(|| (key.to_owned(), after));
        self.keep(unit);
        Ok(Done { deadlines, ..Done::default() })
    }
}

impl<P: ProcessManager> Process<P> {
    fn named(&self, all: Vec<(String, Vec<Deadline>)>) -> Vec<(String, String, Vec<Deadline>)> {
        all.into_iter().map(|(key, deadlines)| (self.name.clone(), key, deadlines)).collect()
    }

    /// An instance, from the cache or from its stream. It is out of the cache while it is worked
    /// on, so that one that fails half-way is read again.
    async fn unit<'a>(&self, work: &'a Work<'a>, key: &str) -> Result<Unit<'a, P>, Failure> {
        let cached = self.instances(work, |instances| instances.pop(key));
        Unit::open(work, &self.name, key, cached).await
    }

    fn keep(&self, unit: Unit<'_, P>) {
        let (key, instance, work) = unit.into_parts();
        self.instances(work, |instances| instances.put(key, instance));
    }

    fn instances<T>(
        &self,
        work: &Work<'_>,
        with: impl FnOnce(&mut LruCache<String, Instance>) -> T,
    ) -> T {
        let capacity: NonZeroUsize = work.engine.settings.cached_instances;
        let mut instances = self.instances.lock().unwrap_or_else(PoisonError::into_inner);
        with(instances.get_or_insert_with(|| LruCache::new(capacity)))
    }

    /// Gives up what an instance could not get past, and goes on with the rest of it.
    async fn discard(
        &self,
        work: &Work<'_>,
        decision: &Decision,
        page: &mut OfPage,
    ) -> Result<(), Failure> {
        let Some(subject) = decision.parked.subject else { return Ok(()) };
        let key = &decision.parked.key;
        let mut unit = self.unit(work, key).await?;
        unit.discard(subject, decision).await?;
        match unit.fire_due(work.engine.clock.now()).await {
            Ok(()) => {
                page.deadlines.push((key.clone(), unit.deadlines()));
                self.keep(unit);
            }
            Err(Failure::Event { reason, subject }) => page.handled.parked.push(ParkedEvent {
                reason,
                attempts: 1,
                subject,
                parked_at: work.engine.clock.now(),
                ..decision.parked.clone()
            }),
            Err(failure) => return Err(failure),
        }
        Ok(())
    }
}
