//! What the framework itself records, in streams of its own: the state of process instances, the
//! outcomes of commands that handlers sent, parked events, manifests and requests to operators'
//! tools. These facts are what makes a choreography readable afterwards.

mod facts;
mod instance;
mod operations;

pub use facts::{
    Cause, DeadlineSet, Fact, HandlerStarted, Issued, ManifestRecorded, Operation,
    OperationAnswered, OperationRequested, Outcome, Parked, ParkedResolved, ProcessDiscarded,
    ProcessSettled, ProcessStepped, ReactionSettled, Resolution, Settled, Undo,
};
pub use instance::{Instance, OpenCommand, Refusal, UndoEntry};
pub use operations::{OperationError, Operations};

use crate::{InvalidName, StreamId};

/// The stream of a process instance. A process's name holds no `/`, so that it is unambiguous.
///
/// # Errors
/// When the key makes the stream's name too long or holds a control character.
pub fn process_stream(process: &str, key: &str) -> Result<StreamId, InvalidName> {
    StreamId::framework(format!("process-{process}/{key}"))
}

/// The stream of a reaction's outcomes.
///
/// # Errors
/// When the name cannot be part of a stream's name.
pub fn reaction_stream(reaction: &str) -> Result<StreamId, InvalidName> {
    StreamId::framework(format!("reactions-{reaction}"))
}

/// The stream in which a consumer's parked events, and what became of them, are recorded.
///
/// # Errors
/// When the name cannot be part of a stream's name.
pub fn parked_stream(consumer: &str) -> Result<StreamId, InvalidName> {
    StreamId::framework(format!("parked-{consumer}"))
}

/// The stream of a handler's own history: where in the log it began.
///
/// # Errors
/// When the name cannot be part of a stream's name.
pub fn handler_stream(handler: &str) -> Result<StreamId, InvalidName> {
    StreamId::framework(format!("handler-{handler}"))
}

/// The stream of an app's manifests.
///
/// # Errors
/// When the name cannot be part of a stream's name.
pub fn manifest_stream(app: &str) -> Result<StreamId, InvalidName> {
    StreamId::framework(format!("manifest-{app}"))
}

/// The stream of requests to running apps, and of their answers.
pub fn control_stream() -> StreamId {
    StreamId::framework("control").expect("a short name without control characters")
}
