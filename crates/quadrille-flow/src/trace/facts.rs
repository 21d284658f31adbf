use quadrille_core::{
    DecodeError, Envelope, Position,
    journal::{
        Fact, Parked, ParkedResolved, ProcessDiscarded, ProcessSettled, ProcessStepped,
        ReactionSettled,
    },
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// An event and the fact of ours that it holds.
pub(super) type Found<'a, F> = (&'a Envelope, F);

/// A flow's events, sorted by what they are, each in the order of the log.
#[derive(Default)]
pub(super) struct Facts<'a> {
    /// Users' events, and facts of ours that have no place of their own in the tree.
    pub events: Vec<(&'a Envelope, Option<String>)>,
    pub steps: Vec<Found<'a, ProcessStepped>>,
    pub settled: Vec<Found<'a, ProcessSettled>>,
    pub discarded: Vec<Found<'a, ProcessDiscarded>>,
    pub reactions: Vec<Found<'a, ReactionSettled>>,
    pub parked: Vec<Found<'a, Parked>>,
    pub resolved: Vec<Found<'a, ParkedResolved>>,
}

impl<'a> Facts<'a> {
    pub fn read(envelopes: impl IntoIterator<Item = &'a Envelope>) -> Self {
        let mut facts = Self::default();
        for envelope in envelopes {
            let sorted = match envelope.stream.category().is_framework() {
                true => facts.sort(envelope),
                false => Ok(false),
            };
            match sorted {
                Ok(true) => {}
                Ok(false) => facts.events.push((envelope, None)),
                Err(error) => {
                    let source = std::error::Error::source(&error);
                    let problem = source.map_or_else(|| error.to_string(), ToString::to_string);
                    facts.events.push((envelope, Some(problem)));
                }
            }
        }
        facts
    }

    /// Puts a fact of ours where it belongs; `false` when it has no place of its own.
    fn sort(&mut self, envelope: &'a Envelope) -> Result<bool, DecodeError> {
        Ok(put(&mut self.steps, envelope)?
            || put(&mut self.settled, envelope)?
            || put(&mut self.discarded, envelope)?
            || put(&mut self.reactions, envelope)?
            || put(&mut self.parked, envelope)?
            || put(&mut self.resolved, envelope)?)
    }

    /// What of process instances was given up: deadlines, commands and refusals.
    pub fn given_up(&self) -> HashSet<Uuid> {
        self.discarded.iter().map(|(_, fact)| fact.subject).collect()
    }

    /// Where each instance completed, by process and key.
    pub fn completions(&self) -> HashMap<(&str, &str), Position> {
        let completing = self.steps.iter().filter(|(_, step)| step.completes);
        let mut completions = HashMap::new();
        for (envelope, step) in completing {
            completions.entry((&*step.process, &*step.key)).or_insert(envelope.position);
        }
        completions
    }
}

fn put<'a, F: Fact>(
    into: &mut Vec<Found<'a, F>>,
    envelope: &'a Envelope,
) -> Result<bool, DecodeError> {
    let fact = F::read(envelope)?;
    let found = fact.is_some();
    into.extend(fact.map(|fact| (envelope, fact)));
    Ok(found)
}
