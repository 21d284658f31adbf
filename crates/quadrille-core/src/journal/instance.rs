use super::{
    Cause, DeadlineSet, Fact, Issued, Outcome, ProcessDiscarded, ProcessSettled, ProcessStepped,
    Undo,
};
use crate::{CommandId, CorrelationId, DecodeError, Envelope, EventId, Rejected, Version};
use serde_json::value::RawValue;
use std::collections::HashSet;
use uuid::Uuid;

/// A process instance as its stream tells it.
#[derive(Debug, Clone, Default)]
pub struct Instance {
    /// The stream's version.
    pub version: Version,
    /// The state's version and bytes; `None` before the first step.
    pub state: Option<(u32, Box<RawValue>)>,
    /// Commands without an outcome, in the order of their issue.
    pub open: Vec<OpenCommand>,
    /// Refusals that no step has taken yet.
    pub refused: Vec<Refusal>,
    /// Deadlines that stand, with the step that set them.
    pub deadlines: Vec<(DeadlineSet, EventId, CorrelationId)>,
    /// What compensating would undo, the latest last.
    pub undo: Vec<UndoEntry>,
    /// Why it compensated, once it did.
    pub compensated: Option<String>,
    /// Whether it is done.
    pub completed: bool,
    consumed: HashSet<Uuid>,
}

/// A command that was issued and has no outcome yet.
#[derive(Debug, Clone)]
pub struct OpenCommand {
    /// The command.
    pub issued: Issued,
    /// The event that issued it, which is its cause.
    pub cause: EventId,
    /// The flow that it belongs to.
    pub correlation: CorrelationId,
    /// Whether the instance compensated after it was issued: accepted now, it is undone at once.
    pub undo_at_once: bool,
}

/// A refusal of one of the instance's commands.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The command.
    pub command: CommandId,
    /// The refusal.
    pub rejected: Rejected,
    /// The event that recorded it, which is the cause of the step that takes it.
    pub cause: EventId,
    /// The flow that it belongs to.
    pub correlation: CorrelationId,
}

/// Something that compensating would undo.
#[derive(Debug, Clone)]
pub struct UndoEntry {
    /// The command that undoes it.
    pub undo: Undo,
    /// The command that was accepted; `None` for one that `undo_with` registered.
    pub of: Option<CommandId>,
}

impl Instance {
    /// Whether it has taken its first step.
    pub fn started(&self) -> bool {
        self.state.is_some()
    }

    /// Whether it has taken this input already.
    pub fn has_consumed(&self, cause: &Cause) -> bool {
        self.consumed.contains(&cause.id())
    }

    /// Applies one event of the instance's stream.
    ///
    /// # Errors
    /// When a fact of ours cannot be read.
    pub fn apply(&mut self, envelope: &Envelope) -> Result<(), DecodeError> {
        self.version = envelope.version;
        if let Some(step) = ProcessStepped::read(envelope)? {
            self.stepped(step, envelope);
        } else if let Some(settled) = ProcessSettled::read(envelope)? {
            self.settled(settled, envelope);
        } else if let Some(discarded) = ProcessDiscarded::read(envelope)? {
            self.discarded(discarded.subject);
        }
        Ok(())
    }

    fn stepped(&mut self, step: ProcessStepped, envelope: &Envelope) {
        let (id, flow) = (envelope.id, envelope.metadata.correlation);
        self.consumed.insert(step.cause.id());
        self.refused.retain(|refusal| step.cause != Cause::Rejected(refusal.command));
        if let Cause::Deadline(due) = step.cause {
            self.deadlines.retain(|(deadline, ..)| deadline.id != due);
        }
        self.state = Some((step.state_version, step.state));
        if step.compensates.is_some() {
            self.undo.clear();
            self.open.iter_mut().for_each(|open| open.undo_at_once = true);
            self.compensated = step.compensates;
        }
        self.open.retain(|open| !step.dropped.contains(&open.issued.id));
        for issued in step.issued {
            self.open(issued, envelope);
        }
        self.undo.extend(step.undo.into_iter().map(|undo| UndoEntry { undo, of: None }));
        let replaced = |name: &String| {
            step.cancelled.contains(name) || step.deadlines.iter().any(|new| new.name == *name)
        };
        self.deadlines.retain(|(deadline, ..)| !replaced(&deadline.name));
        self.deadlines.extend(step.deadlines.into_iter().map(|deadline| (deadline, id, flow)));
        if step.completes {
            self.completed = true;
            self.deadlines.clear();
        }
    }

    fn settled(&mut self, fact: ProcessSettled, envelope: &Envelope) {
        let command = fact.settled.id;
        let place = self.open.iter().position(|open| open.issued.id == command);
        let issued = place.map(|at| self.open.remove(at).issued);
        if let Outcome::Rejected(rejected) = &fact.settled.outcome {
            let (cause, correlation) = (envelope.id, envelope.metadata.correlation);
            let rejected = rejected.clone();
            self.refused.push(Refusal { command, rejected, cause, correlation });
        }
        if let Some(undo) = fact.undone_by {
            self.open(undo, envelope);
        } else if let (Outcome::Accepted(_), Some(undo)) =
            (&fact.settled.outcome, issued.and_then(|issued| issued.undo))
        {
            self.undo.push(UndoEntry { undo, of: Some(command) });
        }
    }

    fn discarded(&mut self, subject: Uuid) {
        self.deadlines.retain(|(deadline, ..)| deadline.id != subject);
        self.open.retain(|open| open.issued.id.0 != subject);
        self.refused.retain(|refusal| refusal.command.0 != subject);
    }

    fn open(&mut self, issued: Issued, envelope: &Envelope) {
        let (cause, correlation) = (envelope.id, envelope.metadata.correlation);
        let undo_at_once = issued.undo_at_once;
        self.open.push(OpenCommand { issued, cause, correlation, undo_at_once });
    }
}
