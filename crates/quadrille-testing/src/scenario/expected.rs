use super::show;
use quadrille_core::{Aggregate, EncodeError, Input, message};
use std::{
    fmt::{self, Display},
    time::Duration,
};

/// Something that a process manager or a reaction is expected to do.
#[derive(Clone, PartialEq, Eq)]
pub struct Expected(pub(super) String);

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[track_caller]
fn encoded<T>(encoded: Result<T, EncodeError>) -> T {
    encoded.unwrap_or_else(|error| panic!("{error}: {}", error.source))
}

/// It sends this command to the aggregate `A` with this id. The undo that a process registers with
/// it is not compared here: see [`Process::then_undoes`](super::Process::then_undoes).
///
/// # Panics
/// When the command has no JSON form.
#[track_caller]
pub fn sends<A: Aggregate>(id: impl Display, command: impl Into<A::Command>) -> Expected {
    sends_after::<A>(Duration::ZERO, id, command)
}

/// It sends this command, to go out later.
///
/// # Panics
/// When the command has no JSON form.
#[track_caller]
pub fn sends_after<A: Aggregate>(
    after: Duration,
    id: impl Display,
    command: impl Into<A::Command>,
) -> Expected {
    let sent = encoded(message::<A>(id, command));
    Expected(show::send(sent.aggregate, &sent.id, sent.command, &sent.data, after))
}

/// It sets this deadline.
///
/// # Panics
/// When the deadline has no JSON form.
#[track_caller]
pub fn sets(after: Duration, deadline: impl Input) -> Expected {
    Expected(show::deadline(deadline.kind(), &encoded(deadline.encode()), after))
}

/// It cancels the deadline of this variant, whatever its fields.
pub fn cancels(deadline: impl Input) -> Expected {
    Expected(format!("cancel deadline {}", deadline.kind()))
}

/// It compensates, for this reason. The commands that undo what was done stand behind it, the
/// latest first, as [`sends`].
pub fn compensates(reason: impl Display) -> Expected {
    Expected(format!("compensate: {reason}"))
}

/// It completes.
pub fn completes() -> Expected {
    Expected("complete".into())
}
