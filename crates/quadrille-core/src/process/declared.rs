use crate::{Effect, Read};

/// What kind of input a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// Events of these types.
    Event,
    /// A deadline of the process's own.
    Deadline,
    /// A refusal of one of its commands.
    Rejection,
}

/// One variant of an input: what it is, and what may follow on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepDeclaration {
    /// The variant.
    pub variant: &'static str,
    /// What it is.
    pub trigger: Trigger,
    /// What it reads, for events.
    pub reads: Vec<Read>,
    /// Commands that may be sent: category and command.
    pub sends: Vec<(&'static str, &'static str)>,
    /// Deadlines that may be set: variants.
    pub sets: Vec<&'static str>,
    /// Whether it may begin an instance.
    pub starts: bool,
    /// Whether it may complete the instance.
    pub completes: bool,
    /// Whether it may compensate.
    pub compensates: bool,
    /// Whether it is handed to instances that have completed as well.
    pub late: bool,
}

impl StepDeclaration {
    /// Whether an effect may follow on this step. Cancelling a deadline and registering an undo
    /// always may.
    pub fn allows(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Send { message, .. } => {
                self.sends.contains(&(message.aggregate, message.command))
            }
            Effect::Deadline { name, .. } => self.sets.contains(name),
            Effect::Complete => self.completes,
            Effect::Compensate { .. } => self.compensates,
            Effect::Cancel { .. } | Effect::Undo { .. } => true,
        }
    }
}
