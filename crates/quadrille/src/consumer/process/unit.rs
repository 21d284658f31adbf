//! One process instance while it takes an input: step, commands, outcomes, further steps.

use super::super::{Decision, Failure, Work, panic_message, parking::appending, reaction::failed};
use crate::{
    Append, AppendError, CausationId, CommandId, CorrelationId, Envelope, EventId, ExpectedVersion,
    Input, NewEvent, ProcessManager, StreamId, Version,
    app::chain,
    execute::run::Request,
    journal::{
        Cause, DeadlineSet, Fact, Instance, Issued, OpenCommand, Outcome, ProcessDiscarded,
        ProcessSettled, Settled, process_stream,
    },
    process::{StepCause, take_step},
    state::Deadline,
    store::Direction,
    telemetry::spans,
};
use chrono::{DateTime, Utc};
use std::{
    marker::PhantomData,
    panic::{AssertUnwindSafe, catch_unwind},
};
use tracing::{Instrument, Span};
use uuid::Uuid;

/// Steps that may follow from one input before it is taken for a loop.
const MOST_STEPS: usize = 100;
/// Events of an instance's stream that are read at once.
const PAGE: usize = 1_000;

pub(super) struct Unit<'a, P> {
    work: &'a Work<'a>,
    process: String,
    key: String,
    stream: StreamId,
    instance: Instance,
    manager: PhantomData<fn(P)>,
}

/// What an event was to an instance.
#[derive(PartialEq, Eq)]
pub(super) enum Taken {
    Now,
    /// A run that was broken off took it; what is kept beside the log may be missing.
    Before,
    /// The instance never started, or has completed.
    ByNobody,
}

/// What leads to a step, and what it belongs to.
struct Lead {
    cause: Cause,
    causation: CausationId,
    correlation: CorrelationId,
}

impl<'a, P: ProcessManager> Unit<'a, P> {
    pub async fn open(
        work: &'a Work<'a>,
        process: &str,
        key: &str,
        cached: Option<Instance>,
    ) -> Result<Self, Failure> {
        let stream = process_stream(process, key).map_err(|e| Failure::event(e.to_string()))?;
        let known = cached.is_some();
        let (process, key) = (process.to_owned(), key.to_owned());
        let instance = cached.unwrap_or_default();
        let mut unit = Self { work, process, key, stream, instance, manager: PhantomData };
        if !known {
            unit.catch_up().await?;
        }
        Ok(unit)
    }

    pub fn into_parts(self) -> (String, Instance, &'a Work<'a>) {
        (self.key, self.instance, self.work)
    }

    /// Takes an event, and says what it was to the instance.
    pub async fn event(
        &mut self,
        envelope: &Envelope,
        input: P::Input,
        starts: bool,
        late: bool,
    ) -> Result<Taken, Failure> {
        let lead = Lead {
            cause: Cause::Event(envelope.id),
            causation: envelope.id.into(),
            correlation: envelope.metadata.correlation,
        };
        if self.instance.has_consumed(&lead.cause) {
            self.carry_on(self.work.engine.clock.now()).await?;
            return Ok(Taken::Before);
        }
        let absent = !self.instance.started() && !starts;
        let over = self.instance.completed && !late;
        if absent || over {
            return Ok(Taken::ByNobody);
        }
        self.step(lead, input).await?;
        self.carry_on(self.work.engine.clock.now()).await?;
        Ok(Taken::Now)
    }

    /// Takes every deadline that is due at `now`, and sends delayed commands whose time has come,
    /// in the order of their times, even when the app was away for long.
    pub async fn fire_due(&mut self, now: DateTime<Utc>) -> Result<(), Failure> {
        for _ in 0..MOST_STEPS {
            let due = self.instance.deadlines.iter().filter(|(deadline, ..)| deadline.due <= now);
            let first = due.min_by_key(|(deadline, ..)| deadline.due).cloned();
            let until = first.as_ref().map_or(now, |(deadline, ..)| deadline.due);
            if self.carry_on(until).await? {
                continue;
            }
            let Some((deadline, setter, correlation)) = first else { return Ok(()) };
            let fired = self.fire(&deadline, setter, correlation).await;
            fired.map_err(|failure| failure.about(deadline.id))?;
        }
        Err(self.looping(now))
    }

    async fn fire(
        &mut self,
        deadline: &DeadlineSet,
        setter: EventId,
        correlation: CorrelationId,
    ) -> Result<(), Failure> {
        let input = P::Input::decode_deadline(&deadline.name, deadline.data.get().as_bytes())
            .map_err(|error| Failure::event(chain(&error)))?;
        let input = input.ok_or_else(|| {
            let (process, name) = (&self.process, &deadline.name);
            Failure::event(format!("process {process} has no deadline `{name}` any more"))
        })?;
        let cause = Cause::Deadline(deadline.id);
        self.step(Lead { cause, causation: setter.into(), correlation }, input).await
    }

    /// Gives a deadline, a command or a refusal up; nothing happens if it is not there any more.
    pub async fn discard(&mut self, subject: Uuid, decision: &Decision) -> Result<(), Failure> {
        let Some(name) = self.name_of(subject) else { return Ok(()) };
        let Decision { parked, reason, actor, .. } = decision;
        let fact = ProcessDiscarded {
            process: self.process.clone(),
            key: self.key.clone(),
            subject,
            name,
            reason: reason.clone(),
            actor: actor.clone(),
        };
        let mut metadata = self.work.metadata(parked.correlation, parked.event);
        metadata.actor = Some(actor.clone());
        let id = EventId::of_fact(subject, "process discarded", &self.process);
        let event = fact.event(id, metadata).map_err(|error| Failure::event(chain(&error)))?;
        self.record(vec![event]).await
    }

    /// The variant of a deadline, or `category.command`, if it is open.
    fn name_of(&self, subject: Uuid) -> Option<String> {
        let Instance { deadlines, open, refused, .. } = &self.instance;
        let deadlines = deadlines.iter().map(|(set, ..)| (set.id, set.name.clone()));
        let open = open.iter().map(|OpenCommand { issued, .. }| {
            (issued.id.0, format!("{}.{}", issued.to.category(), issued.command))
        });
        let refused = refused.iter().map(|r| (r.command.0, r.rejected.code.clone()));
        deadlines.chain(open).chain(refused).find(|(id, _)| *id == subject).map(|(_, name)| name)
    }

    /// The fact that set a deadline, issued a command or recorded a refusal, while it is open.
    pub fn cause_of(&self, subject: Uuid) -> Option<EventId> {
        let Instance { deadlines, open, refused, .. } = &self.instance;
        let deadlines = deadlines.iter().map(|(set, setter, _)| (set.id, *setter));
        let open = open.iter().map(|open| (open.issued.id.0, open.cause));
        let refused = refused.iter().map(|refusal| (refusal.command.0, refusal.cause));
        deadlines.chain(open).chain(refused).find(|(id, _)| *id == subject).map(|(_, cause)| cause)
    }

    /// Everything of this instance that has its time.
    pub fn deadlines(&self) -> Vec<Deadline> {
        let row = |id, name: String, is_command, due, correlation| Deadline {
            id,
            process: self.process.clone(),
            key: self.key.clone(),
            name,
            is_command,
            due,
            correlation,
        };
        let set = self.instance.deadlines.iter();
        let set = set.map(|(d, _, flow)| row(d.id, d.name.clone(), false, d.due, *flow));
        let delayed = self.instance.open.iter().filter_map(|open| {
            let due = open.issued.due?;
            let name = format!("{}.{}", open.issued.to.category(), open.issued.command);
            Some(row(open.issued.id.0, name, true, due, open.correlation))
        });
        set.chain(delayed).collect()
    }

    /// Appends one step at exactly the version that it was decided on.
    async fn step(&mut self, lead: Lead, input: P::Input) -> Result<(), Failure> {
        let engine = self.work.engine;
        let process = self.process.clone();
        let entry =
            EventId::of_fact(lead.cause.id(), "process step", &format!("{process} {}", self.key));
        let at = StepCause {
            process: &process,
            key: &self.key,
            cause: lead.cause.clone(),
            entry,
            now: engine.clock.now(),
        };
        let taken = catch_unwind(AssertUnwindSafe(|| take_step::<P>(&self.instance, at, input)));
        let step = taken
            .map_err(|panic| Failure::event(panic_message(&*panic)))?
            .map_err(|error| Failure::event(chain(&error)))?;
        if !step.undeclared.is_empty() {
            let (key, effects) = (&*self.key, step.undeclared.len());
            tracing::warn!(process, key, effects, "effects that are not declared: see the trail");
        }
        let metadata = self.work.metadata(lead.correlation, lead.causation);
        let event = step.event(entry, metadata).map_err(|e| Failure::event(chain(&e)))?;
        self.record(vec![event]).await
    }

    /// Appends facts at exactly the version that they were decided on.
    async fn record(&mut self, facts: Vec<NewEvent>) -> Result<(), Failure> {
        let expected = ExpectedVersion::at(self.instance.version);
        let append = Append { stream: self.stream.clone(), expected, events: facts.clone() };
        let span = spans::append(Span::current().id(), &self.stream, facts.len(), None);
        let appended = self.work.engine.store.append(append).instrument(span.clone()).await;
        spans::appended(&span, &appended);
        match appended {
            Ok(appended) if !appended.repeated => self.apply(&facts, appended.first_version),
            // Somebody else wrote to this instance: read it again, and take the input again.
            Ok(_) | Err(AppendError::Conflict { .. } | AppendError::IdReused { .. }) => {
                Err(self.changed_elsewhere())
            }
            Err(error) => Err(appending(error)),
        }
    }

    /// Carries out the commands that are open at `now`, and takes refusals, until nothing is
    /// left; says whether there was anything.
    async fn carry_on(&mut self, now: DateTime<Utc>) -> Result<bool, Failure> {
        for round in 0..MOST_STEPS {
            let ready = |open: &&OpenCommand| open.issued.due.is_none_or(|due| due <= now);
            let open: Vec<OpenCommand> = self.instance.open.iter().filter(ready).cloned().collect();
            let sent = !open.is_empty();
            if sent {
                self.settle(open).await?;
            }
            if !self.take_refusal().await? && !sent {
                return Ok(round > 0);
            }
        }
        Err(self.looping(now))
    }

    /// Sends commands, one after the other, until one cannot be carried out, and records how
    /// they ended in one append.
    async fn settle(&mut self, commands: Vec<OpenCommand>) -> Result<(), Failure> {
        let mut facts = Vec::with_capacity(commands.len());
        let mut failed = None;
        for open in commands {
            let id = open.issued.id.0;
            match self.send(open).await {
                Ok(fact) => facts.push(fact),
                Err(failure) => {
                    failed = Some(failure.about(id));
                    break;
                }
            }
        }
        if !facts.is_empty() {
            self.record(facts).await?;
        }
        failed.map_or(Ok(()), Err)
    }

    async fn send(&self, open: OpenCommand) -> Result<NewEvent, Failure> {
        let OpenCommand { issued, cause, correlation, undo_at_once } = open;
        let request = Request {
            id: Some(issued.id),
            correlation: Some(correlation),
            causation: Some(cause.into()),
            ..Request::default()
        };
        let data = issued.data.get().as_bytes();
        let dispatched =
            self.work.engine.dispatch(&issued.to, &issued.command, data, request).await;
        let (outcome, attempts) = dispatched.map_err(failed)?;
        let id = EventId::of_fact(issued.id.0, "process settled", &self.process);
        let undo = issued.undo.filter(|_| undo_at_once && matches!(outcome, Outcome::Accepted(_)));
        let undone_by = undo.map(|undo| Issued {
            id: CommandId::derive(id, &self.process, 0),
            to: undo.to,
            command: undo.command,
            data: undo.data,
            due: None,
            undo: None,
            compensates: true,
            undo_at_once: false,
        });
        let command = format!("{}.{}", issued.to.category(), issued.command);
        let settled = Settled { id: issued.id, to: issued.to, command, outcome, attempts };
        let (process, key) = (self.process.clone(), self.key.clone());
        let fact = ProcessSettled { process, key, settled, undone_by };
        let metadata = self.work.metadata(correlation, cause);
        fact.event(id, metadata).map_err(|error| Failure::event(chain(&error)))
    }

    /// Lets the process take one refusal; says whether there was one that it takes.
    async fn take_refusal(&mut self) -> Result<bool, Failure> {
        let Some(refusal) = self.instance.refused.first().cloned() else { return Ok(false) };
        let Some(input) = P::Input::rejected(refusal.rejected) else {
            self.instance.refused.clear();
            return Ok(false);
        };
        let cause = Cause::Rejected(refusal.command);
        let (causation, correlation) = (refusal.cause.into(), refusal.correlation);
        let taken = self.step(Lead { cause, causation, correlation }, input).await;
        taken.map_err(|failure| failure.about(refusal.command.0))?;
        Ok(true)
    }

    fn apply(&mut self, events: &[NewEvent], first: Version) -> Result<(), Failure> {
        for (n, event) in events.iter().enumerate() {
            let envelope = Envelope {
                id: event.id,
                event_type: event.event_type.clone(),
                schema_version: event.schema_version,
                stream: self.stream.clone(),
                version: first.after(n),
                position: crate::Position::START,
                recorded_at: event.metadata.occurred_at,
                data: event.data.clone(),
                metadata: event.metadata.clone(),
            };
            self.instance.apply(&envelope).map_err(|error| Failure::event(chain(&error)))?;
        }
        Ok(())
    }

    async fn catch_up(&mut self) -> Result<(), Failure> {
        loop {
            let (store, from) = (&self.work.engine.store, self.instance.version);
            let page = store.read_stream(&self.stream, from, Direction::Forward, PAGE).await?;
            for envelope in &page {
                let applied = self.instance.apply(envelope);
                applied.map_err(|error| Failure::event(chain(&error)))?;
            }
            if page.len() < PAGE {
                return Ok(());
            }
        }
    }

    fn changed_elsewhere(&self) -> Failure {
        Failure::Later(format!("{} was written to by another process", self.stream))
    }

    fn looping(&self, now: DateTime<Utc>) -> Failure {
        let stream = &self.stream;
        let failure = Failure::event(format!(
            "{stream} took {MOST_STEPS} steps on one input: is this a loop?"
        ));
        let Instance { deadlines, open, refused, .. } = &self.instance;
        let due = deadlines.iter().map(|(set, ..)| set).filter(|set| set.due <= now);
        let next = due.min_by_key(|set| set.due).map(|set| set.id);
        let next = next.or_else(|| open.first().map(|open| open.issued.id.0));
        match next.or_else(|| refused.first().map(|refusal| refusal.command.0)) {
            Some(id) => failure.about(id),
            None => failure,
        }
    }
}
