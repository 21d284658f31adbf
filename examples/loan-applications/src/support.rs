//! The rules, found in the data: how often each step is taken in each state.
//!
//! A step is a rule where it is what happens in at least [`RULE_SHARE`] of the visits to a state;
//! what is rarer is a broken rule. The machines in this example are those that the log of
//! BPI Challenge 2012 gives, and a test holds them to it.

use crate::{
    application::Application,
    claim::Claim,
    offer::Offer,
    replay::{Request, Step},
    rule::Machine,
    work_item::WorkItem,
};
use quadrille::{Command, Event};
use std::collections::{BTreeMap, HashMap};

/// The share of the visits to a state from which on a step counts as a rule.
pub const RULE_SHARE: f64 = 0.02;

/// A step in a state: category, state, command.
pub type Place = (&'static str, String, &'static str);

/// What a log has of one step in one state.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Support {
    /// How often it was taken.
    pub count: usize,
    /// What part of the visits to the state that is.
    pub share: f64,
    /// Whether the machine allows it.
    pub allowed: bool,
}

/// Counts the steps of a log, in the order of [`replay::steps`](crate::replay::steps).
pub fn support(steps: &[Step]) -> BTreeMap<Place, Support> {
    let mut counts = Counts::default();
    let mut applications = HashMap::<&str, Application>::new();
    let mut offers = HashMap::<&str, Offer>::new();
    let mut work = HashMap::<&str, WorkItem>::new();
    let mut claims = HashMap::<&str, Claim>::new();
    for Step { id, request, .. } in steps {
        match request {
            Request::Application(command) => {
                counts.take(applications.entry(id).or_default(), command);
            }
            Request::Offer(command) => counts.take(offers.entry(id).or_default(), command),
            Request::WorkItem(command) => counts.take(work.entry(id).or_default(), command),
            Request::Claim(command) => counts.take(claims.entry(id).or_default(), command),
        }
    }
    applications.values().for_each(|machine| counts.visit(machine));
    offers.values().for_each(|machine| counts.visit(machine));
    work.values().for_each(|machine| counts.visit(machine));
    claims.values().for_each(|machine| counts.visit(machine));
    counts.shares()
}

#[derive(Default)]
struct Counts {
    steps: BTreeMap<Place, Support>,
    visits: BTreeMap<(&'static str, String), usize>,
}

impl Counts {
    fn take<M: Machine<Command: Clone>>(&mut self, machine: &mut M, command: &M::Command) {
        self.visit(machine);
        let (state, name) = (machine.state().to_string(), command.command_type().name);
        let support = self.steps.entry((M::Event::CATEGORY, state, name)).or_default();
        support.count += 1;
        support.allowed = machine.allows(command);
        let events = machine.decide(command.clone()).unwrap_or_default();
        events.iter().for_each(|event| machine.evolve(event));
    }

    fn visit<M: Machine>(&mut self, machine: &M) {
        *self.visits.entry((M::Event::CATEGORY, machine.state().to_string())).or_default() += 1;
    }

    fn shares(mut self) -> BTreeMap<Place, Support> {
        for ((category, state, _), support) in &mut self.steps {
            let visits = self.visits.get(&(*category, state.clone())).copied().unwrap_or(1);
            support.share = support.count as f64 / visits as f64;
        }
        self.steps
    }
}
