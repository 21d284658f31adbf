//! Stateless reactions. Their outcomes are recorded in a stream of their own.

use super::{
    Batch, Behaviour, Databases, Failure, Handled, PartOf, Work,
    keyed::{Done, Keyed, handle_page},
    panic_message,
    parking::append_facts,
};
use crate::{
    CommandId, Envelope, EventId, Messages, Read, Recorded, StreamId, Version, View,
    app::{
        aggregates::{Aggregates, DispatchError, stream_of},
        chain,
    },
    execute::run::Request,
    journal::{Fact, ReactionSettled, Settled, reaction_stream},
    state::ConsumerKind,
    store::Direction,
    view::reads_of,
};
use async_trait::async_trait;
use std::{
    collections::HashSet,
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Outcomes that are read at once when it is looked up what is recorded.
const RECALLED: usize = 1_000;

struct Reaction<E, F> {
    name: String,
    react: F,
    part: PartOf,
    /// Causes whose outcomes are recorded already; `None` when that has to be looked up.
    settled: Mutex<Option<HashSet<EventId>>>,
    event: PhantomData<fn(E)>,
}

pub(crate) fn behaviour<E, F>(name: String, react: F, part: PartOf) -> Arc<dyn Behaviour>
where
    E: View,
    F: Fn(&Recorded<E>) -> Messages + Send + Sync + 'static,
{
    let name = part.options.was.clone().unwrap_or(name);
    let settled = Mutex::default();
    Arc::new(Reaction { name, react, part, settled, event: PhantomData::<fn(E)> })
}

#[async_trait]
impl<E, F> Behaviour for Reaction<E, F>
where
    E: View,
    F: Fn(&Recorded<E>) -> Messages + Send + Sync + 'static,
{
    fn kind(&self) -> ConsumerKind {
        ConsumerKind::Reaction
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn part(&self) -> &PartOf {
        &self.part
    }

    fn reads(&self) -> Vec<Read> {
        reads_of::<E>()
    }

    fn check(&self, aggregates: &Aggregates, _: &Databases) -> Result<(), String> {
        for (category, command) in self.part.options.sends.iter().flatten() {
            if !aggregates.takes(category, command) {
                let name = &self.name;
                return Err(format!(
                    "reaction `{name}` sends `{category}.{command}`, and no aggregate of this app \
                     takes it: register the aggregate"
                ));
            }
        }
        Ok(())
    }

    fn forget(&self) {
        *self.settled() = None;
    }

    async fn handle(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure> {
        self.recall(work, &batch).await?;
        let handled = self.react_to(work, batch).await;
        if handled.is_err() {
            *self.settled() = None;
        }
        handled
    }
}

#[async_trait]
impl<E, F> Keyed for Reaction<E, F>
where
    E: View,
    F: Fn(&Recorded<E>) -> Messages + Send + Sync + 'static,
{
    type Input = E;

    fn route(&self, envelope: &Arc<Envelope>) -> Result<Option<(String, E)>, String> {
        let event = E::decode(envelope).map_err(|error| chain(&error))?;
        Ok(event.map(|event| (envelope.metadata.correlation.to_string(), event)))
    }

    async fn one(
        &self,
        work: &Work<'_>,
        _key: &str,
        envelope: &Arc<Envelope>,
        event: E,
    ) -> Result<Done, Failure> {
        if self.settled().as_mut().is_some_and(|settled| settled.remove(&envelope.id)) {
            return Ok(Done::default());
        }
        let recorded = Recorded::new(event, envelope.clone());
        let react = catch_unwind(AssertUnwindSafe(|| (self.react)(&recorded)));
        let messages = react.map_err(|panic| Failure::event(panic_message(&*panic)))?;
        let messages = messages.into_result().map_err(|error| Failure::event(chain(&error)))?;
        if messages.is_empty() {
            return Ok(Done::default());
        }
        let mut settled = Vec::with_capacity(messages.len());
        for (ordinal, message) in messages.into_iter().enumerate() {
            let declared = &self.part.options.sends;
            let known = (message.aggregate, message.command);
            if declared.as_ref().is_some_and(|sends| !sends.contains(&known)) {
                let (reaction, to, command) = (&*self.name, known.0, known.1);
                tracing::warn!(reaction, to, command, "sent but not declared");
            }
            let id = CommandId::derive(envelope.id, &self.name, ordinal);
            let request = Request {
                id: Some(id),
                correlation: Some(envelope.metadata.correlation),
                causation: Some(envelope.id.into()),
                trace_of_cause: envelope.metadata.trace.clone(),
                ..Request::default()
            };
            let to = stream_of(&message).map_err(|error| Failure::event(error.to_string()))?;
            let dispatched =
                work.engine.dispatch(&to, message.command, &message.data, request).await;
            let (outcome, attempts) = dispatched.map_err(failed)?;
            let command = format!("{}.{}", message.aggregate, message.command);
            settled.push(Settled { id, to, command, outcome, attempts });
        }
        Ok(Done { fact: Some(self.fact(work, envelope, settled)?), ..Done::default() })
    }
}

impl<E, F> Reaction<E, F>
where
    E: View,
    F: Fn(&Recorded<E>) -> Messages + Send + Sync + 'static,
{
    async fn react_to(&self, work: &Work<'_>, batch: Batch<'_>) -> Result<Handled, Failure> {
        let page = handle_page(self, work, &batch).await?;
        append_facts(work.engine, self.stream()?, page.facts).await?;
        let parked = &page.handled.parked;
        work.record(&batch, parked).await?;
        let change = work.change(&batch, parked);
        let deferred = work.commit(change).await?;
        Ok(Handled { deferred, ..page.handled })
    }
}

impl<E, F> Reaction<E, F> {
    /// Looks up which of these events, and of those behind them, have their outcome recorded. A
    /// run that was broken off may have got so far; a command that was refused then could be
    /// accepted now, and the trail would not tell.
    async fn recall(&self, work: &Work<'_>, batch: &Batch<'_>) -> Result<(), Failure> {
        let Some(first) = batch.events.first() else { return Ok(()) };
        let is_replay = batch.checkpoint.is_none();
        if !is_replay && self.settled().is_some() {
            return Ok(());
        }
        let (stream, mut below) = (self.stream()?, Version(u64::MAX));
        let mut settled = HashSet::new();
        loop {
            let store = &work.engine.store;
            let page = store.read_stream(&stream, below, Direction::Backward, RECALLED).await?;
            // An outcome lies behind its cause.
            let page = page.iter().take_while(|fact| fact.position > first.position);
            let before = settled.len();
            for envelope in page {
                below = envelope.version;
                let fact = ReactionSettled::read(envelope);
                let fact = fact.map_err(|error| Failure::event(chain(&error)))?;
                settled.extend(fact.map(|fact| fact.cause));
            }
            if settled.len() < before + RECALLED {
                *self.settled() = Some(settled);
                return Ok(());
            }
        }
    }

    fn settled(&self) -> MutexGuard<'_, Option<HashSet<EventId>>> {
        self.settled.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stream(&self) -> Result<StreamId, Failure> {
        reaction_stream(&self.name).map_err(|error| Failure::event(error.to_string()))
    }

    fn fact(
        &self,
        work: &Work<'_>,
        cause: &Envelope,
        settled: Vec<Settled>,
    ) -> Result<crate::NewEvent, Failure> {
        let fact = ReactionSettled { reaction: self.name.clone(), cause: cause.id, settled };
        let id = EventId::of_fact(cause.id.0, "reaction settled", &self.name);
        let metadata = work.metadata(cause.metadata.correlation, cause.id);
        fact.event(id, metadata).map_err(|error| Failure::event(chain(&error)))
    }
}

/// What a command that did not end means for the event that led to it.
pub(super) fn failed(error: DispatchError) -> Failure {
    match error {
        DispatchError::Later(why) => Failure::Later(why),
        DispatchError::Never(why) => Failure::event(why),
    }
}
