//! Events that are put aside, and what becomes of them.

use super::{Batch, Decision, Failure, Request, Work, Worker, handle::RequestKind, traced};
use crate::{
    Append, AppendError, Envelope, EventId, ExpectedVersion, Metadata, NewEvent, StoreError,
    app::{Engine, OperateError, chain},
    journal::{Fact, Parked, ParkedResolved, Resolution, parked_stream},
    state::{Change, Consumer, ParkedEvent},
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
        subject: None,
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
    /// Records in the log what is put aside and what was decided, before it is committed: the
    /// trail shows it on every store, and a crash in between loses neither. Both are recorded
    /// once, however often they are tried.
    pub(super) async fn record(
        &self,
        batch: &Batch<'_>,
        parked: &[ParkedEvent],
    ) -> Result<(), Failure> {
        let mut facts = self.parked_facts(parked)?;
        facts.extend(self.decided_fact(batch, parked)?);
        append_facts(self.engine, self.consumer_stream()?, facts).await
    }

    /// Records what is put aside.
    pub(super) async fn record_parked(&self, parked: &[ParkedEvent]) -> Result<(), Failure> {
        append_facts(self.engine, self.consumer_stream()?, self.parked_facts(parked)?).await
    }

    fn parked_facts(&self, parked: &[ParkedEvent]) -> Result<Vec<NewEvent>, Failure> {
        let fact = |event: &ParkedEvent| {
            let fact = Parked {
                consumer: self.consumer.name.clone(),
                event: event.event,
                event_type: event.event_type.clone(),
                reason: event.reason.clone(),
                attempts: event.attempts,
                subject: event.subject,
            };
            let now = event.parked_at;
            let metadata = Metadata::new(event.correlation, event.event, self.component, now);
            let id = self.fact_id(event, "parked");
            fact.event(id, metadata).map_err(|e| Failure::event(chain(&e)))
        };
        parked.iter().map(fact).collect()
    }

    fn decided_fact(
        &self,
        batch: &Batch<'_>,
        parked: &[ParkedEvent],
    ) -> Result<Option<NewEvent>, Failure> {
        let Some(decision) = settled(batch, parked) else { return Ok(None) };
        let about = &decision.parked;
        let fact = ParkedResolved {
            consumer: self.consumer.name.clone(),
            event: about.event,
            resolution: decision.resolution,
            reason: decision.reason.clone(),
            actor: decision.actor.clone(),
        };
        let now = self.engine.clock.now();
        let mut metadata = Metadata::new(about.correlation, about.event, self.component, now);
        metadata.actor = Some(decision.actor.clone());
        // Of two who decide otherwise, one after the other, both are told of.
        let Decision { reason, actor, .. } = decision;
        let kind = format!("parked resolved {:?} by {actor}: {reason}", decision.resolution);
        let event = fact.event(self.fact_id(about, &kind), metadata);
        event.map(Some).map_err(|error| Failure::event(chain(&error)))
    }

    /// The id of a fact about a parked event. A read model that is built again may park the same
    /// events again.
    fn fact_id(&self, event: &ParkedEvent, kind: &str) -> EventId {
        let Consumer { name, version, generation, .. } = self.consumer;
        let by = match event.subject {
            Some(subject) => format!("{name}/{version}/{generation}/{subject}"),
            None => format!("{name}/{version}/{generation}"),
        };
        EventId::of_fact(event.event.0, kind, &by)
    }

    fn consumer_stream(&self) -> Result<crate::StreamId, Failure> {
        parked_stream(&self.consumer.name).map_err(|error| Failure::event(error.to_string()))
    }

    pub(super) fn change(&self, batch: &Batch<'_>, parked: &[ParkedEvent]) -> Change {
        Change {
            checkpoint: batch.checkpoint,
            park: parked.to_vec(),
            unpark: settled(batch, parked)
                .map(|decision| decision.parked.event)
                .into_iter()
                .collect(),
            deadlines: Vec::new(),
        }
    }
}

/// The decision that was carried out: an event that failed again is not done with.
fn settled<'a>(batch: &Batch<'a>, parked: &[ParkedEvent]) -> Option<&'a Decision> {
    let again = |decision: &&Decision| parked.iter().any(|p| p.event == decision.parked.event);
    batch.decision.filter(|decision| !again(decision))
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
        error => Failure::event(chain(&error)),
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
        let result = match result {
            Err(OperateError::Store(StoreError::Fenced { .. })) => {
                self.step_back();
                Err(self.elsewhere())
            }
            other => other,
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
        let rest = all.iter().filter(|parked| parked.key == head.key).cloned();
        let mut decision = Decision { parked: head.clone(), resolution, reason, actor };
        for parked in rest {
            if parked.event != event {
                // It waited behind the one that was decided on.
                decision.resolution = Resolution::Replay;
                decision.reason.clone_from(&parked.reason);
                decision.actor.clone_from(&self.behaviour.part().component);
            }
            decision.parked = parked;
            self.parked.remove(&head.key);
            if let Err(error) = self.carry_out(&decision).await {
                // It is still there: whatever comes next waits behind it as before.
                self.parked.insert(head.key.clone(), decision.parked);
                return Err(error);
            }
            if let Some(again) = self.parked.get(&head.key) {
                let (event, reason) = (decision.parked.event, again.reason.clone());
                return Err(OperateError::ParkedAgain { event, reason });
            }
        }
        Ok(())
    }

    /// Goes on with events that wait behind nothing any more: a run was broken off when somebody
    /// had decided on the first of them.
    pub(super) async fn follow_up(&mut self) -> Result<(), Failure> {
        let waiting = self.parked.values().filter(|parked| parked.attempts == 0);
        let waiting: Vec<ParkedEvent> = waiting.cloned().collect();
        for ParkedEvent { event, reason, .. } in waiting {
            let actor = self.behaviour.part().component.clone();
            match self.resolve(event, Resolution::Replay, reason, actor).await {
                Ok(()) | Err(OperateError::ParkedAgain { .. }) => {}
                Err(OperateError::Store(error)) => return Err(Failure::Storage(error)),
                Err(error) => return Err(Failure::Later(chain(&error))),
            }
        }
        Ok(())
    }

    async fn carry_out(&mut self, decision: &Decision) -> Result<(), OperateError> {
        let Decision { parked, resolution, .. } = decision;
        let events = match resolution {
            Resolution::Discard => Vec::new(),
            Resolution::Replay => {
                let found = self.engine.store.event_at(parked.position).await?;
                let found = found.filter(|envelope| envelope.id == parked.event);
                let envelope = found.ok_or_else(|| {
                    let event = parked.event;
                    OperateError::Refused(format!("event {event} is no longer in the store"))
                })?;
                vec![Arc::new(envelope)]
            }
        };
        let batch = Batch { events: &events, checkpoint: None, decision: Some(decision) };
        let handled = traced::handle(&*self.behaviour, &self.work(), batch).await;
        // A commit whose answer was lost may have been made.
        self.unsure |= handled.is_err();
        self.count(handled.map_err(refused)?);
        Ok(())
    }
}

fn refused(failure: Failure) -> OperateError {
    match failure {
        Failure::Storage(error) => OperateError::Store(error),
        Failure::Later(why) | Failure::Event { reason: why, .. } => OperateError::Refused(why),
    }
}

impl From<StoreError> for OperateError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
