//! Which of a case's offers, or of its pieces of work, an event is about.

use crate::rule::Machine;

/// The offers of a case, or its work of one kind, in the order in which they began.
#[derive(Debug)]
pub struct Parts<M>(Vec<M>);

impl<M> Default for Parts<M> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<M: Machine> Parts<M>
where
    M::Command: Clone,
{
    /// Lets the part that a command is about take it, and says which: 1 is the first. A command
    /// that `opens` begins a new one.
    pub fn take(&mut self, opens: bool, command: &M::Command) -> usize {
        if opens || self.0.is_empty() {
            self.0.push(M::default());
        }
        let at = if opens { self.0.len() - 1 } else { self.chosen(command) };
        let part = &mut self.0[at];
        let events = part.decide(command.clone()).unwrap_or_default();
        events.iter().for_each(|event| part.evolve(event));
        at + 1
    }

    /// The oldest open one that matches; else the newest of those that are over and may be taken
    /// up again; else, against the rules, the oldest open one or the newest of all.
    fn chosen(&self, command: &M::Command) -> usize {
        let parts = &self.0;
        let matches = |open: bool| move |part: &M| part.is_open() == open && part.allows(command);
        (parts.iter().position(matches(true)))
            .or_else(|| parts.iter().rposition(matches(false)))
            .or_else(|| parts.iter().position(M::is_open))
            .unwrap_or(parts.len() - 1)
    }
}
