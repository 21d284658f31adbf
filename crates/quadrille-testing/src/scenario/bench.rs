//! The engine's part in the life of one process instance, without an engine: the journal is a
//! value, commands are accepted unless the test says otherwise, and time stands still.

mod left;

use super::{
    effects::{sent, visible},
    recorded::{chain, start},
    show,
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    CommandId, CorrelationId, Envelope, EventId, Input, Metadata, Position, ProcessManager,
    Rejected, StreamId,
    journal::{
        Cause, Fact, Instance, Issued, OpenCommand, Outcome, ProcessSettled, Settled,
        process_stream,
    },
    process::{StepCause, Trigger, react_to, step_of},
};
use std::{marker::PhantomData, rc::Rc};

/// Steps on one moment before it is taken for a loop.
const MOST_STEPS: usize = 100;

/// Whether a command is refused, by its stream, name and payload.
pub type Refuses = Rc<dyn Fn(&StreamId, &str, &[u8]) -> Result<Option<Rejected>, String>>;

/// Something that happened to the instance, and what the instance did about it.
pub struct Told {
    pub line: String,
    pub effects: Vec<String>,
}

/// What happened, or why the test is wrong.
pub type Telling = Result<Vec<Told>, String>;

pub struct Bench<P> {
    pub instance: Instance,
    pub refuses: Vec<Refuses>,
    pub now: DateTime<Utc>,
    /// Commands that went out.
    sent: Vec<String>,
    /// The instance's name, once an event has said it.
    key: Option<String>,
    flow: CorrelationId,
    manager: PhantomData<fn(P)>,
}

impl<P: ProcessManager> Default for Bench<P> {
    fn default() -> Self {
        Self {
            instance: Instance::default(),
            refuses: Vec::new(),
            now: start(),
            sent: Vec::new(),
            key: None,
            flow: CorrelationId::new(),
            manager: PhantomData,
        }
    }
}

impl<P: ProcessManager> Bench<P> {
    /// Hands it an event or a refusal.
    pub fn take(&mut self, id: EventId, input: P::Input) -> Telling {
        let kind = input.kind();
        let steps = P::Input::steps();
        let declared = steps.iter().find(|step| step.variant == kind);
        let declared = declared.ok_or_else(|| format!("no step is declared for `{kind}`"))?;
        let cause = match declared.trigger {
            Trigger::Deadline => {
                return Err(format!(
                    "`{kind}` is a deadline, which comes by itself: turn the clock with `.after(…)`"
                ));
            }
            Trigger::Event => Cause::Event(id),
            Trigger::Rejection => Cause::Rejected(CommandId(id.0)),
        };
        self.check_key(&input)?;
        if let Some(why) = self.ignores(&cause, declared.starts, declared.late) {
            return Ok(vec![self.told(format!("{kind}, which is ignored: {why}"))]);
        }
        let mut told = vec![self.step(cause, input)?];
        told.extend(self.carry_on()?);
        Ok(told)
    }

    /// Why the engine would not hand it this input.
    fn ignores(&self, cause: &Cause, starts: bool, late: bool) -> Option<&'static str> {
        let event = matches!(cause, Cause::Event(_));
        if self.instance.has_consumed(cause) {
            Some("it was taken already")
        } else if event && !self.instance.started() && !starts {
            Some("no instance has started")
        } else if event && self.instance.completed && !late {
            Some("the instance has completed, and the input is not `late`")
        } else {
            None
        }
    }

    fn check_key(&mut self, input: &P::Input) -> Result<(), String> {
        let Some(key) = input.key() else { return Ok(()) };
        match &self.key {
            Some(known) if *known != key => Err(format!(
                "`{}` belongs to instance {key:?}, and this test is about {known:?}",
                input.kind()
            )),
            _ => {
                self.key = Some(key);
                Ok(())
            }
        }
    }

    /// Turns the clock to the next moment at which something is due, and lets it happen; `None`
    /// when nothing is due until then.
    pub fn fire_next(&mut self, until: DateTime<Utc>) -> Option<Telling> {
        let deadlines = self.instance.deadlines.iter().map(|(deadline, ..)| deadline.due);
        let delayed = self.instance.open.iter().filter_map(|open| open.issued.due);
        let due = deadlines.chain(delayed).min().filter(|due| *due <= until)?;
        self.now = self.now.max(due);
        Some(self.fire())
    }

    fn fire(&mut self) -> Telling {
        let deadlines = self.instance.deadlines.iter().map(|(deadline, ..)| deadline);
        let due = deadlines.filter(|deadline| deadline.due <= self.now).min_by_key(|d| d.due);
        let mut told = Vec::new();
        if let Some(deadline) = due.cloned() {
            let data = deadline.data.get().as_bytes();
            let input = P::Input::decode_deadline(&deadline.name, data).map_err(|e| chain(&e))?;
            let unknown = || format!("`{}` is not read back from its name", deadline.name);
            told.push(self.step(Cause::Deadline(deadline.id), input.ok_or_else(unknown)?)?);
        }
        told.extend(self.carry_on()?);
        Ok(told)
    }

    /// Settles the commands that go out now, and hands over refusals, until nothing is left.
    fn carry_on(&mut self) -> Telling {
        let mut told = Vec::new();
        for _ in 0..MOST_STEPS {
            let now = self.now;
            let ready = |open: &&OpenCommand| open.issued.due.is_none_or(|due| due <= now);
            let ready: Vec<_> = self.instance.open.iter().filter(ready).cloned().collect();
            let idle = ready.is_empty();
            for open in ready {
                told.extend(self.settle(open)?);
            }
            let refusal = self.instance.refused.first().cloned();
            let input = refusal.as_ref().and_then(|it| P::Input::rejected(it.rejected.clone()));
            match (refusal, input) {
                (Some(refusal), Some(input)) => {
                    told.push(self.step(Cause::Rejected(refusal.command), input)?);
                }
                // Nobody takes it, so nobody waits for it.
                (Some(_), None) => self.instance.refused.clear(),
                (None, _) if idle => return Ok(told),
                (None, _) => {}
            }
        }
        Err(format!("{MOST_STEPS} steps were taken on one input: is this a loop?"))
    }

    fn step(&mut self, cause: Cause, input: P::Input) -> Result<Told, String> {
        let kind = input.kind();
        let data = input.encode().map_err(|error| chain(&error))?;
        let line = format!("{kind} {}", show::json(&data));
        let key = self.key.clone().unwrap_or_else(|| "1".into());
        let entry = EventId::of_fact(cause.id(), "process step", P::NAME);
        let at = StepCause { process: P::NAME, key: &key, cause, entry, now: self.now };
        let reacted = react_to::<P>(&self.instance, input).map_err(|error| chain(&error))?;
        let effects = reacted.effects.clone();
        let step = step_of::<P>(&self.instance, &at, reacted).map_err(|error| chain(&error))?;
        if !step.undeclared.is_empty() {
            return Err(format!(
                "on `{kind}` the process does what `#[on(…)]` does not declare: {}",
                step.undeclared.join("; ")
            ));
        }
        let effects = visible(effects, &step);
        self.record(&step, entry)?;
        Ok(Told { effects, ..self.told(line) })
    }

    /// Accepts a command, or refuses it if the test said so.
    fn settle(&mut self, open: OpenCommand) -> Telling {
        let OpenCommand { issued, undo_at_once, .. } = open;
        let (to, name, data) = (&issued.to, &issued.command, issued.data.get().as_bytes());
        let mut refused = None;
        for refuses in &self.refuses {
            refused = refused.or(refuses(to, name, data)?);
        }
        let command = format!("{}.{name}", to.category());
        self.sent.push(sent(&issued));
        let mut told = Vec::new();
        if issued.due.is_some() {
            told.push(self.told(format!("{command} goes out to {to}")));
        }
        let outcome = refused.map_or_else(
            || Outcome::Accepted(vec![EventId::new()]),
            |refused| {
                told.push(self.told(format!("{command} is refused: {}", refused.message)));
                Outcome::Rejected(refused)
            },
        );
        let id = EventId::of_fact(issued.id.0, "process settled", P::NAME);
        let accepted = matches!(outcome, Outcome::Accepted(_));
        let undone_by = issued.undo.filter(|_| undo_at_once && accepted).map(|undo| Issued {
            id: CommandId::derive(id, P::NAME, 0),
            to: undo.to,
            command: undo.command,
            data: undo.data,
            due: None,
            undo: None,
            compensates: true,
            undo_at_once: false,
        });
        if let Some(undo) = &undone_by {
            let line = format!("{command} is accepted, after the process had compensated");
            told.push(Told { effects: vec![sent(undo)], ..self.told(line) });
        }
        let settled = Settled { id: issued.id, to: issued.to, command, outcome, attempts: 1 };
        let key = self.key.clone().unwrap_or_default();
        let fact = ProcessSettled { process: P::NAME.into(), key, settled, undone_by };
        self.record(&fact, id)?;
        Ok(told)
    }

    /// Puts a fact into the instance's journal.
    fn record(&mut self, fact: &impl Fact, id: EventId) -> Result<(), String> {
        let metadata = Metadata::new(self.flow, id, "tests", self.now);
        let event = fact.event(id, metadata).map_err(|error| chain(&error))?;
        let key = self.key.as_deref().unwrap_or("1");
        let envelope = Envelope {
            id,
            event_type: event.event_type,
            schema_version: event.schema_version,
            stream: process_stream(P::NAME, key).map_err(|error| error.to_string())?,
            version: self.instance.version.next(),
            position: Position::START,
            recorded_at: self.now,
            data: event.data,
            metadata: event.metadata,
        };
        self.instance.apply(&envelope).map_err(|error| chain(&error))
    }

    fn told(&self, what: String) -> Told {
        let passed = (self.now - start()).to_std().unwrap_or_default();
        let line = if passed.is_zero() {
            what
        } else {
            format!("{what} after {}", show::duration(passed))
        };
        Told { line, effects: Vec::new() }
    }
}
