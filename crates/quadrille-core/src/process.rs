//! Process managers: stateful reactions that correlate events, watch deadlines and compensate.

mod declared;
mod outbox;
mod step;

pub use declared::{StepDeclaration, Trigger};
pub use outbox::{Effect, Message, Outbox, Sent, message};
pub use step::{Reacted, StepCause, StepError, react_to, step_of, take_step};

use crate::{DecodeError, EncodeError, Envelope};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// A refusal of a command that a handler sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// The aggregate's category.
    pub aggregate: String,
    /// The aggregate's id.
    pub id: String,
    /// The command's name within its category.
    pub command: String,
    /// The rejection's code.
    pub code: String,
    /// The rejection in words.
    pub message: String,
}

/// Everything that a process manager reacts to: events, its own deadlines, refusals of its
/// commands. Derive it: `#[derive(Input)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the input of a process manager",
    note = "add `#[derive(Input)]` and `#[process(key = …)]` to the enum"
)]
pub trait Input: Sized + Send + Sync + 'static {
    /// What each variant is, and what may follow on it: the declared graph.
    fn steps() -> Vec<StepDeclaration>;

    /// The variant's name.
    fn kind(&self) -> &'static str;

    /// The instance that an event belongs to; `None` for deadlines and rejections, which know
    /// theirs.
    fn key(&self) -> Option<String>;

    /// The input of an event; `Ok(None)` when no variant reads its type.
    ///
    /// # Errors
    /// As [`View::decode`](crate::View::decode).
    fn decode(envelope: &Envelope) -> Result<Option<Self>, DecodeError>;

    /// A deadline from its variant's name and its payload; `Ok(None)` for an unknown name.
    ///
    /// # Errors
    /// When the payload does not fit.
    fn decode_deadline(kind: &str, data: &[u8]) -> Result<Option<Self>, DecodeError>;

    /// The input of a refusal; `None` when no variant takes refusals.
    fn rejected(rejected: Rejected) -> Option<Self>;

    /// The payload's bytes.
    ///
    /// # Errors
    /// When a value has no JSON form.
    fn encode(&self) -> Result<Vec<u8>, EncodeError>;
}

/// A stateful reaction. One instance for each key; its state is kept in the instance's own stream.
///
/// `react` is pure: what it wants done goes into the outbox, is recorded in one append together
/// with the input and the new state, and is carried out afterwards.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager",
    note = "implement `ProcessManager` for it; its state needs `Default`, `Serialize` and `Deserialize`"
)]
pub trait ProcessManager: Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The process's name: its identity in the log.
    const NAME: &'static str;
    /// Raise it when the state's form changes, and read the old form in
    /// [`ProcessManager::upgrade`].
    const VERSION: u32 = 1;

    /// What it reacts to.
    type Input: Input;

    /// Takes one input.
    fn react(&mut self, input: Self::Input, out: &mut Outbox<Self::Input>);

    /// The state from one that another version of this code recorded.
    ///
    /// # Errors
    /// Unless it is implemented, always: the input is parked then, and nothing is guessed.
    fn upgrade(version: u32, state: &[u8]) -> Result<Self, DecodeError> {
        let _ = state;
        Err(DecodeError::UnknownVersion {
            name: format!("the state of process {}", Self::NAME),
            version,
            reader: "this code".into(),
            known: Self::VERSION..=Self::VERSION,
            advice: "implement `ProcessManager::upgrade`",
        })
    }
}
