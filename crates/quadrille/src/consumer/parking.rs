//! Events that are put aside, and what becomes of them.

use super::{Batch, Failure, Request, Work, Worker, handle::RequestKind};
use crate::{
    Append, AppendError, Envelope, EventId, ExpectedVersion, Metadata, NewEvent, StoreError,
    app::{Engine, OperateError, chain},
    journal::{Fact, Parked, ParkedResolved, Resolution, parked_stream},
    state::{Change, ParkedEvent},
};
use std::sync::Arc;

/// An event that cannot be handled, put aside.
pub(super) fn parked(
    work: &Work<'_>,
    envelope: &Envelope,
    key: String,
    reason: String,
    attempts: u32,
) -> ParkedEvent {
    ParkedEvent {
        event: envelope.id,
        position: envelope.position,
        event_type: envelope.event_type.clone(),
        stream: envelope.stream.clone(),
        correlation: envelope.metadata.correlation,
        key,
        reason,
        attempts,
        parked_at: work.engine.clock.now(),
    }
}

/// An event that waits behind another one.
pub(super) fn waiting(
    work: &Work<'_>,
    envelope: &Envelope,
    key: String,
    behind: &ParkedEvent,
) -> ParkedEvent {
    let reason = format!("waits behind {} {}", behind.event_type, behind.event);
    parked(work, envelope, key, reason, 0)
}

impl Work<'_> {
    /// Records in the log what is put aside, before it is committed: the trail shows it on every
    /// store. An event is recorded once, however often it is tried.
    pub(super) async fn record_parked(&self, parked: &[ParkedEvent]) -> Result<(), Failure> {
        let consumer = self.consumer.name.as_str();
        let mut events = Vec::with_capacity(parked.len());
        for event in parked {
            let fact = Parked {
                consumer: consumer.into(),
                event: event.event,
                event_type: event.event_type.clone(),
                reason: event.reason.clone(),
                attempts: event.attempts,
            };
            let now = event.parked_at;
            let metadata = Metadata::new(event.correlation, event.event, self.component, now);
            let id = EventId::of_fact(event.event.0, "parked", consumer);
            events.push(fact.event(id, metadata).map_err(|e| Failure::Event(chain(&e)))?);
        }
        append_facts(self.engine, consumer_stream(consumer)?, events).await
    }

    pub(super) fn change(&self, batch: &Batch<'_>, parked: &[ParkedEvent]) -> Change {
        // An event that failed again is not done with.
        let done = |id: &&EventId| !parked.iter().any(|event| event.event == **id);
        Change {
            checkpoint: batch.checkpoint,
            park: parked.to_vec(),
            unpark: batch.unpark.iter().filter(done).copied().collect(),
            deadlines: Vec::new(),
        }
    }
}

fn consumer_stream(consumer: &str) -> Result<crate::StreamId, Failure> {
    parked_stream(consumer).map_err(|error| Failure::Event(error.to_string()))
}

/// Appends facts of ours that may be there already, in whole or in part.
pub(super) async fn append_facts(
    engine: &Engine,
    stream: crate::StreamId,
    events: Vec<NewEvent>,
) -> Result<(), Failure> {
    let append = |events| Append { stream: stream.clone(), expected: ExpectedVersion::Any, events };
    for chunk in events.chunks(engine.store.limits().events_per_append.max(1)) {
        match engine.store.append(append(chunk.to_vec())).await {
            Ok(_) => {}
            // A crash left some of them: one by one, each is there or not.
            Err(AppendError::IdReused { .. }) if chunk.len() > 1 => {
                for event in chunk {
                    let one = engine.store.append(append(vec![event.clone()])).await;
                    one.map_err(appending)?;
                }
            }
            Err(error) => return Err(appending(error)),
        }
    }
    Ok(())
}

/// An append of the framework's own that failed.
pub(super) fn appending(error: AppendError) -> Failure {
    match error {
        AppendError::Store(error) => Failure::Storage(error),
        error => Failure::Event(chain(&error)),
    }
}

impl Worker {
    pub(super) async fn answer(&mut self, request: Request) {
        let Request { kind, answer } = request;
        let result = match kind {
            RequestKind::Resume => Ok(()),
            RequestKind::Retire => {
                self.retired = true;
                Ok(())
            }
            RequestKind::StandBy => {
                self.step_back();
                Ok(())
            }
            RequestKind::Rebuild => self.rebuild().await,
            RequestKind::RebuildDeadlines => {
                self.next_due = None;
                self.behaviour.recover(&self.work()).await.map_err(refused)
            }
            RequestKind::Resolve { event, resolution, reason, actor } => {
                self.resolve(event, resolution, reason, actor).await
            }
        };
        self.publish(None);
        self.write_status(true).await;
        // Nobody waits any more: then nobody is told.
        let _ = answer.send(result);
    }

    /// Tries a parked event again, or gives it up; then the events that waited behind it follow.
    async fn resolve(
        &mut self,
        event: EventId,
        resolution: Resolution,
        reason: String,
        actor: String,
    ) -> Result<(), OperateError> {
        let all = self.behaviour.parked(&self.engine, &self.consumer).await?;
        let consumer = self.consumer.name.clone();
        let unknown = || OperateError::NotParked { consumer: consumer.clone(), event };
        let head = all.iter().find(|parked| parked.event == event).ok_or_else(unknown)?.clone();
        let first = all.iter().find(|parked| parked.key == head.key).expect("head is among them");
        if first.event != event {
            return Err(OperateError::Refused(format!(
                "{} {event} waits behind {} {}: decide on that one first",
                head.event_type, first.event_type, first.event
            )));
        }
        let rest: Vec<ParkedEvent> =
            all.into_iter().filter(|parked| parked.key == head.key).collect();
        if resolution == Resolution::Discard {
            self.unpark(event).await?;
            self.parked.remove(&head.key);
            self.record_resolved(&head, resolution, &reason, &actor).await?;
            // What was parked may have taken an instance's deadlines out of the table.
            self.next_due = None;
            self.behaviour.recover(&self.work()).await.map_err(refused)?;
        }
        let skip = usize::from(resolution == Resolution::Discard);
        for (at, parked) in rest.iter().enumerate().skip(skip) {
            self.parked.remove(&head.key);
            if let Err(error) = self.replay(parked).await {
                // It is still there: whatever comes next waits behind it as before.
                self.parked.insert(head.key.clone(), parked.clone());
                return Err(error);
            }
            if let Some(again) = self.parked.get(&head.key) {
                let why = again.reason.clone();
                return Err(OperateError::ParkedAgain { event: parked.event, reason: why });
            }
            if at == 0 {
                self.record_resolved(&head, resolution, &reason, &actor).await?;
            }
        }
        Ok(())
    }

    async fn replay(&mut self, parked: &ParkedEvent) -> Result<(), OperateError> {
        let found = self.engine.store.event_at(parked.position).await?;
        let envelope = found.filter(|envelope| envelope.id == parked.event).ok_or_else(|| {
            OperateError::Refused(format!("event {} is no longer in the store", parked.event))
        })?;
        let events = [Arc::new(envelope)];
        let batch = Batch { events: &events, checkpoint: None, unpark: vec![parked.event] };
        let handled = self.behaviour.handle(&self.work(), batch).await;
        self.count(handled.map_err(refused)?);
        Ok(())
    }

    async fn unpark(&mut self, event: EventId) -> Result<(), OperateError> {
        let batch = Batch { events: &[], checkpoint: None, unpark: vec![event] };
        let given_up = self.behaviour.handle(&self.work(), batch).await;
        given_up.map(drop).map_err(refused)
    }

    async fn record_resolved(
        &self,
        parked: &ParkedEvent,
        resolution: Resolution,
        reason: &str,
        actor: &str,
    ) -> Result<(), OperateError> {
        let fact = ParkedResolved {
            consumer: self.consumer.name.clone(),
            event: parked.event,
            resolution,
            reason: reason.into(),
            actor: actor.into(),
        };
        let component = &self.behaviour.part().component;
        let now = self.engine.clock.now();
        let mut metadata = Metadata::new(parked.correlation, parked.event, component, now);
        metadata.actor = Some(actor.into());
        let refused = |why: String| OperateError::Refused(why);
        let event = fact.event(EventId::new(), metadata).map_err(|error| refused(chain(&error)))?;
        let stream = parked_stream(&self.consumer.name).map_err(|e| refused(e.to_string()))?;
        let append = Append { stream, expected: ExpectedVersion::Any, events: vec![event] };
        match self.engine.store.append(append).await {
            Ok(_) => Ok(()),
            Err(AppendError::Store(error)) => Err(OperateError::Store(error)),
            Err(error) => Err(refused(error.to_string())),
        }
    }
}

fn refused(failure: Failure) -> OperateError {
    match failure {
        Failure::Storage(error) => OperateError::Store(error),
        Failure::Later(why) | Failure::Event(why) => OperateError::Refused(why),
    }
}

impl From<StoreError> for OperateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
