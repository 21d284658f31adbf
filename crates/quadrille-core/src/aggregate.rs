//! Aggregates: the consistency boundary that decides which facts come about.

use crate::{Command, Event, Rejection};

/// What [`Aggregate::decide`] returns: the facts, none if nothing changes, or a rejection.
pub type Decision<A> = Result<Vec<<A as Aggregate>::Event>, <A as Aggregate>::Error>;

/// A thing with rules, rebuilt from its own events.
///
/// Both methods are pure: no I/O, no clock, no random numbers. Time and new ids come in with the
/// command. `Default` is the state before the first event.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    note = "implement `Aggregate` for it: `decide` turns commands into events, `evolve` applies them"
)]
pub trait Aggregate: Default + Send + Sync + 'static {
    /// Raise it when the meaning of a kept snapshot changes: snapshots of another version are
    /// dropped and the state is read from its events.
    const VERSION: u32 = 1;

    /// The facts.
    type Event: Event;
    /// The requests.
    type Command: Command;
    /// The reasons to refuse; [`Never`](crate::Never) if there are none.
    type Error: Rejection;

    /// Decides on a command.
    ///
    /// # Errors
    /// The domain's refusal.
    fn decide(&self, command: Self::Command) -> Decision<Self>;

    /// Applies a fact. It cannot fail: what is recorded has happened.
    fn evolve(&mut self, event: &Self::Event);
}
