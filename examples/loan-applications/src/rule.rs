//! Rules as data: a step, and the states in which it is allowed.

use quadrille::Aggregate;
use std::fmt::Display;

/// When a step is allowed.
#[derive(Debug, Clone, Copy)]
pub struct Rule<S> {
    /// The rule in words: it names the rule in the log and in the read models.
    pub name: &'static str,
    /// Whether it holds in a state.
    pub holds: fn(S) -> bool,
}

/// An aggregate whose rules are a state machine.
///
/// A command is what happened, so it is never refused: one that breaks its rule leads to its own
/// event all the same, and to the record of the broken rule behind it.
pub trait Machine: Aggregate {
    /// Where it stands.
    type State: Copy + Display;

    /// Where it stands now.
    fn state(&self) -> Self::State;

    /// The rule that a command has to keep.
    fn rule(command: &Self::Command) -> Rule<Self::State>;

    /// Whether work on it is still going on.
    fn is_open(&self) -> bool;

    /// Whether a command would keep its rule.
    fn allows(&self, command: &Self::Command) -> bool {
        (Self::rule(command).holds)(self.state())
    }

    /// The rule that a command would break, and the state that breaks it.
    fn broken_by(&self, command: &Self::Command) -> Option<Broken> {
        let rule = Self::rule(command).name.to_owned();
        (!self.allows(command)).then(|| Broken { rule, found: self.state().to_string() })
    }
}

/// A rule that was broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule in words.
    pub rule: String,
    /// The state in which the step was taken.
    pub found: String,
}
