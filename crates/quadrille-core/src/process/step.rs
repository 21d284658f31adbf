use crate::{
    CommandId, DecodeError, Effect, EncodeError, EventId, Input, InvalidName, Message, Outbox,
    ProcessManager, StreamId,
    journal::{Cause, DeadlineSet, Instance, Issued, ProcessStepped, Undo},
    name::Category,
};
use chrono::{DateTime, Utc};
use serde_json::value::RawValue;
use std::time::Duration;

/// Where and when a step takes place.
#[derive(Debug, Clone)]
pub struct StepCause<'a> {
    /// The process, by its name in the log, which is its first name if it was renamed.
    pub process: &'a str,
    /// The instance.
    pub key: &'a str,
    /// What led to it.
    pub cause: Cause,
    /// The id of the event that will record it: ids of commands and deadlines derive from it.
    pub entry: EventId,
    /// Now, by the app's clock.
    pub now: DateTime<Utc>,
}

/// Why a step could not be taken. Nothing was recorded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// The recorded state cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The state, a command or a deadline has no JSON form.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A command goes to an aggregate whose name cannot be kept.
    #[error(transparent)]
    Name(#[from] InvalidName),
}

/// What a process manager made of one input, before anything of it counts.
#[derive(Debug, Clone)]
pub struct Reacted {
    /// The input's variant.
    pub input: &'static str,
    /// The state after it.
    pub state: Box<RawValue>,
    /// What it wants done, in its own order.
    pub effects: Vec<Effect>,
}

/// Lets a process manager take one input, and says all that follows from it. It changes nothing:
/// what it returns is recorded first, and [`Instance::apply`] tells the rest.
///
/// # Errors
/// When something has no JSON form or the recorded state cannot be read.
pub fn take_step<P: ProcessManager>(
    instance: &Instance,
    at: StepCause<'_>,
    input: P::Input,
) -> Result<ProcessStepped, StepError> {
    let reacted = react_to::<P>(instance, input)?;
    step_of::<P>(instance, &at, reacted)
}

/// The first half of [`take_step`]: lets a process manager react.
///
/// # Errors
/// As [`take_step`].
pub fn react_to<P: ProcessManager>(
    instance: &Instance,
    input: P::Input,
) -> Result<Reacted, StepError> {
    let mut state = match &instance.state {
        None => P::default(),
        Some((version, state)) if *version == P::VERSION => serde_json::from_str(state.get())
            .map_err(|error| {
                DecodeError::payload(format!("the state of process {}", P::NAME), *version, error)
            })?,
        Some((version, state)) => P::upgrade(*version, state.get().as_bytes())?,
    };
    let kind = input.kind();
    let mut out = Outbox::default();
    state.react(input, &mut out);
    let state = serde_json::value::to_raw_value(&state)
        .map_err(|error| EncodeError::new(format!("the state of process {}", P::NAME), error))?;
    Ok(Reacted { input: kind, state, effects: out.into_effects()? })
}

/// The second half of [`take_step`]: what is to be recorded of a reaction.
///
/// # Errors
/// As [`take_step`].
pub fn step_of<P: ProcessManager>(
    instance: &Instance,
    at: &StepCause<'_>,
    reacted: Reacted,
) -> Result<ProcessStepped, StepError> {
    let mut step = ProcessStepped {
        process: at.process.into(),
        key: at.key.into(),
        input: reacted.input.into(),
        cause: at.cause.clone(),
        state_version: P::VERSION,
        state: reacted.state,
        issued: Vec::new(),
        undo: Vec::new(),
        deadlines: Vec::new(),
        cancelled: Vec::new(),
        compensates: None,
        dropped: Vec::new(),
        completes: false,
        undeclared: Vec::new(),
    };
    let declared = P::Input::steps().into_iter().find(|step| step.variant == reacted.input);
    let mut ordinal = 0;
    for effect in reacted.effects {
        if !declared.as_ref().is_some_and(|step| step.allows(&effect)) {
            step.undeclared.push(format!("{effect:?}"));
        }
        let step = &mut step;
        Taking { instance, at, step, ordinal: &mut ordinal }.effect(effect, at.process)?;
    }
    Ok(step)
}

struct Taking<'a> {
    instance: &'a Instance,
    at: &'a StepCause<'a>,
    step: &'a mut ProcessStepped,
    /// Commands issued so far, those included that compensating dropped again: an id is given
    /// out once.
    ordinal: &'a mut usize,
}

impl Taking<'_> {
    fn effect(&mut self, effect: Effect, process: &str) -> Result<(), StepError> {
        match effect {
            Effect::Send { message, undo, after } => {
                let undo = undo.map(undo_of).transpose()?;
                let due = (!after.is_zero()).then(|| self.due(after));
                self.issue(undo_of(message)?, process, |issued| Issued { due, undo, ..issued });
            }
            Effect::Deadline { name, data, after } => {
                self.step.deadlines.retain(|deadline| deadline.name != name);
                let ordinal = self.step.deadlines.len() + self.step.cancelled.len();
                let id = CommandId::derive(self.at.entry, &format!("deadline {name}"), ordinal).0;
                let (name, data, due) = (name.to_owned(), raw(data)?, self.due(after));
                self.step.deadlines.push(DeadlineSet { id, name, data, due });
            }
            Effect::Cancel { name } => {
                self.step.deadlines.retain(|deadline| deadline.name != name);
                self.step.cancelled.push(name.into());
            }
            Effect::Undo { message } => self.step.undo.push(undo_of(message)?),
            Effect::Compensate { reason } => self.compensate(reason, process),
            Effect::Complete => {
                self.step.completes = true;
                self.step.deadlines.clear();
            }
        }
        Ok(())
    }

    /// Issues the undos, the latest first, and drops what has not gone out.
    fn compensate(&mut self, reason: String, process: &str) {
        let delayed = self.instance.open.iter().filter(|open| open.issued.due.is_some());
        self.step.dropped = delayed.map(|open| open.issued.id).collect();
        self.step.issued.retain(|issued| issued.due.is_none());
        self.step.issued.iter_mut().for_each(|issued| issued.undo_at_once = true);
        let earlier = if self.step.compensates.is_none() { &self.instance.undo[..] } else { &[] };
        let undos: Vec<Undo> = earlier.iter().map(|entry| entry.undo.clone()).collect();
        let here = std::mem::take(&mut self.step.undo);
        for undo in undos.into_iter().chain(here).rev() {
            self.issue(undo, process, |issued| Issued { compensates: true, ..issued });
        }
        self.step.compensates = Some(reason);
    }

    fn issue(&mut self, what: Undo, process: &str, with: impl FnOnce(Issued) -> Issued) {
        let id = CommandId::derive(self.at.entry, process, *self.ordinal);
        *self.ordinal += 1;
        let Undo { to, command, data } = what;
        let (due, undo, compensates, undo_at_once) = (None, None, false, false);
        let issued = Issued { id, to, command, data, due, undo, compensates, undo_at_once };
        self.step.issued.push(with(issued));
    }

    /// In whole microseconds, as storage keeps it: what a table calls due is due here too. It is
    /// never earlier than what was asked for.
    fn due(&self, after: Duration) -> DateTime<Utc> {
        let after = chrono::Duration::from_std(after).unwrap_or(chrono::Duration::MAX);
        let due = self.at.now.checked_add_signed(after).unwrap_or(DateTime::<Utc>::MAX_UTC);
        let beyond = due.timestamp_subsec_nanos() % 1_000;
        let missing = if beyond == 0 { 0 } else { i64::from(1_000 - beyond) };
        due.checked_add_signed(chrono::Duration::nanoseconds(missing)).unwrap_or(due)
    }
}

fn undo_of(message: Message) -> Result<Undo, StepError> {
    let to = StreamId::new(Category::new(message.aggregate)?, message.id)?;
    Ok(Undo { to, command: message.command.into(), data: raw(message.data)? })
}

fn raw(data: Vec<u8>) -> Result<Box<RawValue>, EncodeError> {
    let invalid = |error| EncodeError::new("a payload", error);
    serde_json::from_slice(&data).map_err(invalid)
}
