//! Load, decide, append, and again when others wrote first.

use super::{
    ExecuteError, Executed, Receipt,
    slot::{Answer, Decided, Loaded, Round, Slot},
};
use crate::{
    Aggregate, AppendError, CausationId, Command, CommandId, CommandStamp, CorrelationId, Encoded,
    Event, EventId, Metadata, NewEvent, Rejection, StoreError, StreamId, TraceContext, Version,
    app::{Engine, aggregates::Registered},
    name::Category,
    state::{RejectionRecord, Snapshot},
    telemetry::spans,
};
use chrono::{DateTime, Utc};
use std::{sync::Arc, time::Duration};
use tracing::{Instrument, Span};

/// A command's envelope on its way in.
#[derive(Debug, Clone, Default)]
pub(crate) struct Request {
    pub aggregate_id: String,
    pub id: Option<CommandId>,
    pub actor: Option<String>,
    pub correlation: Option<CorrelationId>,
    pub causation: Option<CausationId>,
    pub occurred_at: Option<DateTime<Utc>>,
    /// The trace that the caller says it belongs to.
    pub trace: Option<TraceContext>,
    /// The trace of what led to it, for where its own span is in none.
    pub trace_of_cause: Option<TraceContext>,
    /// Whether a handler sent it: its refusal is recorded by the handler, and a repeated id with
    /// another payload means that the first one counts.
    pub by_handler: bool,
}

impl Request {
    pub fn from_outside(aggregate_id: String) -> Self {
        Self { aggregate_id, ..Self::default() }
    }
}

/// Carries a command out.
pub(crate) async fn execute<A: Aggregate>(
    engine: Arc<Engine>,
    command: A::Command,
    request: Request,
    within: Option<Duration>,
) -> Executed<A> {
    let category = Category::new(A::Event::CATEGORY);
    let stream = category.and_then(|c| StreamId::new(c, request.aggregate_id.clone()));
    let stream = stream.map_err(|error| ExecuteError::Invalid(error.to_string()))?;
    let name = format!("{}.{}", A::Event::CATEGORY, command.command_type().name);
    let id = request.id.map_or_else(|| (CommandId::new(), true), |id| (id, false));
    let span = spans::execute(&name, &stream, id.0, request.correlation);
    engine.link(&span, [request.trace.as_ref()]);
    let timed_out = ExecuteError::OutcomeUnknown { stream: stream.clone(), source: None };
    let running = async {
        let _permit = engine.admit().await.map_err(ExecuteError::Unavailable)?;
        Running::<A>::new(&engine, stream, name, id, &command, request)?.run(command).await
    };
    let running = running.instrument(span.clone());
    let executed = match within {
        None => running.await,
        Some(within) => tokio::time::timeout(within, running).await.unwrap_or(Err(timed_out)),
    };
    spans::executed(&span, &executed);
    executed
}

/// A command's id, and whether it was just made, so that nobody can have used it before.
type FreshId = (CommandId, bool);

struct Running<'a, A: Aggregate> {
    engine: &'a Arc<Engine>,
    registered: Arc<Registered<A>>,
    stream: StreamId,
    stamp: CommandStamp,
    payload: Vec<u8>,
    kind: usize,
    fresh: bool,
    request: Request,
    attempts: u32,
    /// Whether it shares its append with no other command, since one of several was at fault.
    alone: bool,
}

/// How one attempt ended.
enum Attempt<A: Aggregate> {
    Done(Receipt),
    Refused(A::Error),
    Again,
}

impl<'a, A: Aggregate> Running<'a, A> {
    fn new(
        engine: &'a Arc<Engine>,
        stream: StreamId,
        name: String,
        (id, fresh): FreshId,
        command: &A::Command,
        request: Request,
    ) -> Result<Self, ExecuteError<A::Error>> {
        let registered = engine.aggregates.of::<A>().ok_or_else(|| {
            ExecuteError::Invalid(format!(
                "the aggregate `{}` is not registered: add `.aggregate::<…>()` to the app",
                A::Event::CATEGORY
            ))
        })?;
        let payload = command.encode().map_err(|error| {
            ExecuteError::Invalid(format!("{name} cannot be written as JSON: {}", error.source))
        })?;
        let stamp = CommandStamp::new(id, name, &payload);
        let kind = command.kind();
        Ok(Self {
            engine,
            registered,
            stream,
            stamp,
            payload,
            kind,
            fresh,
            request,
            attempts: 0,
            alone: false,
        })
    }

    async fn run(mut self, command: A::Command) -> Executed<A> {
        let slot = self.registered.slot(&self.stream);
        let mut command = Some(command);
        loop {
            self.attempts += 1;
            if self.attempts > 1
                && let Some(receipt) = self.receipt_of_first_time().await?
            {
                self.engine.saw(&receipt);
                return Ok(receipt);
            }
            let next = match command.take() {
                Some(command) => command,
                None => self.decode_again()?,
            };
            match self.attempt(&slot, next).await? {
                Attempt::Done(receipt) => {
                    self.engine.saw(&receipt);
                    return Ok(receipt);
                }
                Attempt::Refused(rejection) => {
                    self.note_rejection(&rejection).await;
                    return Err(ExecuteError::Rejected(rejection));
                }
                Attempt::Again => self.pause().await?,
            }
        }
    }

    async fn attempt(
        &mut self,
        slot: &Arc<Slot<A>>,
        command: A::Command,
    ) -> Result<Attempt<A>, ExecuteError<A::Error>> {
        let mut latest = slot.latest.lock().await;
        // Out of its slot while it is worked on: a panic in user code leaves no half state.
        let (mut loaded, was_cached) = self.up_to_date(slot, latest.take()).await?;
        let (events, refused) = match loaded.state.decide(command) {
            Ok(events) => (events, None),
            Err(rejection) => (Vec::new(), Some(rejection)),
        };
        let (version, round) = (loaded.version, loaded.round());
        if events.is_empty() {
            *latest = Some(loaded);
            drop(latest);
            // Nothing will be appended, so no append would notice that the cached state is not what
            // the log holds, or that the command was carried out before: perhaps just now.
            if was_cached && !self.is_current(slot, version, round).await? {
                return Ok(Attempt::Again);
            }
            let repeated = if self.fresh { None } else { self.receipt_of_first_time().await? };
            if let Some(receipt) = repeated {
                return Ok(Attempt::Done(receipt));
            }
            return Ok(match refused {
                Some(rejection) => Attempt::Refused(rejection),
                None => Attempt::Done(self.unchanged(version)),
            });
        }
        let new = match self.new_events(&events) {
            Ok(new) => new,
            Err(error) => {
                *latest = Some(loaded);
                return Err(error);
            }
        };
        let ids: Vec<EventId> = new.iter().map(|event| event.id).collect();
        // Held only here: what lies in the outbox must not keep it open when the caller has gone.
        let span = Some(Span::current()).filter(|span| !span.is_disabled()).map(Arc::new);
        let (alone, of_command) = (self.alone, span.as_ref().map(Arc::downgrade));
        let decided = Decided { after: version, events: new, alone, span: of_command };
        let answer = slot.put(&mut loaded, events, decided);
        let snapshot = self.registered.snapshot(&self.stream, &mut loaded);
        *latest = Some(loaded);
        drop(latest);
        let Some(answer) = answer else { return Ok(Attempt::Again) };
        match slot.append(&self.engine.store, &self.stream, answer).await {
            Answer::Written(version, position) => {
                if let Some(snapshot) = snapshot {
                    self.keep(snapshot).await;
                }
                Ok(Attempt::Done(Receipt {
                    stream: self.stream.clone(),
                    version,
                    position,
                    command_id: self.stamp.id,
                    events: ids,
                    repeated: false,
                    attempts: self.attempts,
                }))
            }
            // If it was carried out meanwhile by somebody else, the next attempt finds the receipt.
            Answer::Void => Ok(Attempt::Again),
            Answer::NotTogether => {
                self.alone = true;
                Ok(Attempt::Again)
            }
            Answer::Failed(error @ AppendError::IdReused { .. }) => {
                match self.receipt_of_first_time().await? {
                    Some(receipt) => Ok(Attempt::Done(receipt)),
                    // The first time may lie behind what was read.
                    None if self.attempts <= 2 => Ok(Attempt::Again),
                    None => Err(ExecuteError::appending(&self.stream, error)),
                }
            }
            Answer::Failed(error) => Err(ExecuteError::appending(&self.stream, error)),
        }
    }

    /// The receipt of the same command if it was carried out before.
    async fn receipt_of_first_time(&self) -> Result<Option<Receipt>, ExecuteError<A::Error>> {
        let found = self.engine.store.events_of_command(&self.stream, self.stamp.id).await;
        let events = found.map_err(|error| ExecuteError::storage(&self.stream, error))?;
        let Some(last) = events.last() else { return Ok(None) };
        let first = last.metadata.command.as_ref().map(|stamp| stamp.fingerprint);
        if first != Some(self.stamp.fingerprint) && !self.request.by_handler {
            let (id, stream) = (self.stamp.id, &self.stream);
            return Err(ExecuteError::Invalid(format!(
                "the id {id} was used at {stream} for another command or another payload; \
                 send it with an id of its own"
            )));
        }
        Ok(Some(Receipt {
            stream: self.stream.clone(),
            version: last.version,
            position: last.position,
            command_id: self.stamp.id,
            events: events.iter().map(|event| event.id).collect(),
            repeated: true,
            attempts: self.attempts,
        }))
    }

    /// The state to decide on, and whether it is one that was kept.
    async fn up_to_date(
        &self,
        slot: &Slot<A>,
        kept: Option<Loaded<A>>,
    ) -> Result<(Loaded<A>, bool), ExecuteError<A::Error>> {
        if let Some((mut loaded, is_old)) = kept.and_then(|loaded| slot.revive(loaded)) {
            // What is read above a version that is not written yet would not follow on it.
            if !(is_old || self.attempts > 1) || !slot.is_written(&loaded) {
                return Ok((loaded, true));
            }
            let caught_up = self.registered.catch_up(self.engine, &self.stream, &mut loaded);
            match caught_up.await? {
                Some(0) => return Ok((loaded, true)),
                Some(_) => {
                    slot.begin_with(&mut loaded);
                    return Ok((loaded, true));
                }
                None => {}
            }
        }
        let mut loaded = self.registered.load(self.engine, &self.stream).await?;
        slot.begin_with(&mut loaded);
        Ok((loaded, false))
    }

    async fn is_current(
        &self,
        slot: &Arc<Slot<A>>,
        version: Version,
        round: Round,
    ) -> Result<bool, ExecuteError<A::Error>> {
        let current = slot.is_current(&self.engine.store, &self.stream, version, round).await;
        current.map_err(|error| ExecuteError::storage(&self.stream, error))
    }

    async fn keep(&self, snapshot: Snapshot) {
        let kept = self.engine.state.set_snapshot(&self.stream, snapshot).await;
        if let Err(error) = kept {
            let (stream, error) = (&self.stream, crate::app::chain(&error));
            tracing::warn!(%stream, error, "a snapshot could not be kept");
        }
    }

    fn decode_again(&self) -> Result<A::Command, ExecuteError<A::Error>> {
        let name = A::Command::TYPES[self.kind].name;
        let decoded = A::Command::decode(name, &self.payload);
        let invalid = |why: String| ExecuteError::Invalid(format!("{}: {why}", self.stamp.name));
        decoded
            .map_err(|error| invalid(crate::app::chain(&error)))?
            .ok_or_else(|| invalid("its own encoding does not name it".into()))
    }

    fn new_events(&self, events: &[A::Event]) -> Result<Vec<NewEvent>, ExecuteError<A::Error>> {
        let metadata = self.metadata();
        let declared = A::Command::TYPES[self.kind].emits;
        let new = |(ordinal, event): (usize, &A::Event)| {
            let event_type = event.event_type();
            if declared.is_some_and(|emits| !emits.contains(&event_type.variant)) {
                return Err(ExecuteError::Invalid(format!(
                    "{} led to {}, which its `#[emits(…)]` does not declare",
                    self.stamp.name, event_type.name
                )));
            }
            let data = event.encode().map_err(|error| {
                let why = error.source;
                ExecuteError::Invalid(format!("{} has no JSON form: {why}", event_type.name))
            })?;
            Ok(NewEvent {
                id: EventId::derive(&self.stream, self.stamp.id, ordinal),
                event_type: event_type.name.into(),
                schema_version: event_type.version,
                data,
                metadata: Metadata { tags: event.tags(), ..metadata.clone() },
            })
        };
        events.iter().enumerate().map(new).collect()
    }

    fn metadata(&self) -> Metadata {
        let (request, id) = (&self.request, self.stamp.id);
        let correlation = request.correlation.unwrap_or(CorrelationId::of_command(id));
        let causation = request.causation.unwrap_or(id.into());
        let occurred_at = request.occurred_at.unwrap_or_else(|| self.engine.clock.now());
        let component = self.registered.component.clone();
        let mut metadata = Metadata::new(correlation, causation, component, occurred_at);
        metadata.command = Some(self.stamp.clone());
        metadata.actor = request.actor.clone();
        let given = || request.trace.clone();
        let of_cause = || request.trace_of_cause.clone();
        metadata.trace = given().or_else(|| self.engine.current_trace()).or_else(of_cause);
        metadata
    }

    fn unchanged(&self, version: Version) -> Receipt {
        Receipt {
            stream: self.stream.clone(),
            version,
            position: self.engine.last_position(),
            command_id: self.stamp.id,
            events: Vec::new(),
            repeated: false,
            attempts: self.attempts,
        }
    }

    async fn note_rejection(&self, rejection: &A::Error) {
        let keep = self.engine.settings.keep_rejections;
        if self.request.by_handler || keep == 0 {
            return;
        }
        let metadata = self.metadata();
        let record = RejectionRecord {
            command: self.stamp.id.0,
            name: self.stamp.name.clone(),
            stream: self.stream.clone(),
            correlation: metadata.correlation,
            code: rejection.code().into(),
            message: rejection.to_string(),
            actor: metadata.actor,
            occurred_at: metadata.occurred_at,
        };
        if let Err(error) = self.engine.state.record_rejection(&record, keep).await {
            tracing::warn!(error = %crate::app::chain(&error), "a rejection could not be recorded");
        }
    }

    async fn pause(&self) -> Result<(), ExecuteError<A::Error>> {
        let wait = self.engine.settings.conflict_retry.wait(self.attempts, fastrand::f64());
        let (stream, attempts) = (self.stream.clone(), self.attempts);
        let wait = wait.ok_or(ExecuteError::Conflict { stream, attempts })?;
        // The first conflict is most often one that is over.
        if self.attempts > 1 {
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }
}

/// Reads events of an owner: every type must be known.
pub(crate) fn decode_own<E: Event>(event: Encoded<'_>) -> Result<E, crate::DecodeError> {
    E::decode_own(event)?.ok_or_else(|| crate::DecodeError::UnknownType {
        event: event.id,
        name: event.event_type.to_owned(),
        owner: E::CATEGORY.into(),
    })
}

/// An error for a queue that stayed full.
pub(crate) fn too_many_waiting(limit: usize) -> StoreError {
    StoreError::unavailable("the app", format!("{limit} commands are in flight already"))
}
