//! A claim for compensation: the process of the small log, which has nothing to do with loans.
//!
//! It is here so that the example runs on a log of six cases as well, by the same means.

use crate::rule::{Machine, Rule};
use quadrille::{Aggregate, Command, Decision, Event, Never};
use std::fmt;

/// What happened to a claim.
#[derive(Debug, Clone, PartialEq, Event)]
#[event(category = "claim")]
pub enum ClaimEvent {
    /// A customer asked for compensation.
    Registered,
    /// Somebody looked at it.
    Examined { thoroughly: bool },
    /// The ticket was checked.
    TicketChecked,
    /// The decision was made.
    Decided,
    /// It starts over.
    Reinitiated,
    /// The customer was paid.
    Paid,
    /// The customer gets nothing.
    Rejected,
    /// A step was taken where the rules do not allow it.
    RuleBroken { rule: String, found: String },
}

/// What can be asked of a claim. Each leads to the event of its name.
#[derive(Debug, Clone, PartialEq, Command)]
pub enum ClaimCommand {
    /// To take it in.
    Register,
    /// To look at it.
    Examine { thoroughly: bool },
    /// To check the ticket.
    CheckTicket,
    /// To make the decision.
    Decide,
    /// To start over.
    Reinitiate,
    /// To pay.
    Pay,
    /// To pay nothing.
    Reject,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Nobody asked for anything yet.
    #[default]
    New,
    /// It is looked at and its ticket checked, in any order, once a round.
    Open {
        /// Whether somebody looked at it.
        examined: bool,
        /// Whether the ticket was checked.
        checked: bool,
    },
    /// Somebody decided.
    Decided,
    /// Paid or rejected.
    Closed,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Open { examined: false, checked: false } => "open",
            Self::Open { examined: true, checked: false } => "examined",
            Self::Open { examined: false, checked: true } => "checked",
            Self::Open { examined: true, checked: true } => "examined and checked",
            Self::Decided => "decided",
            Self::Closed => "closed",
        })
    }
}

/// A claim for compensation.
#[derive(Debug, Clone, Default)]
pub struct Claim {
    stage: Stage,
}

impl Machine for Claim {
    type State = Stage;

    fn state(&self) -> Stage {
        self.stage
    }

    fn is_open(&self) -> bool {
        self.stage != Stage::Closed
    }

    fn rule(command: &ClaimCommand) -> Rule<Stage> {
        use {ClaimCommand as Do, Stage::*};
        let (name, holds): (_, fn(Stage) -> bool) = match command {
            Do::Register => ("a claim is registered once, first of all", |s| s == New),
            Do::Examine { .. } => ("an open claim is examined once a round", |s| {
                matches!(s, Open { examined: false, .. })
            }),
            Do::CheckTicket => ("an open claim's ticket is checked once a round", |s| {
                matches!(s, Open { checked: false, .. })
            }),
            Do::Decide => ("examination and check come before the decision", |s| {
                s == Open { examined: true, checked: true }
            }),
            Do::Reinitiate => ("only what is decided starts over", |s| s == Decided),
            Do::Pay | Do::Reject => ("a decision comes before the end", |s| s == Decided),
        };
        Rule { name, holds }
    }
}

impl Aggregate for Claim {
    type Event = ClaimEvent;
    type Command = ClaimCommand;
    type Error = Never;

    fn decide(&self, command: ClaimCommand) -> Decision<Self> {
        use ClaimCommand as Do;
        let broken = self.broken_by(&command);
        let happened = match command {
            Do::Register => ClaimEvent::Registered,
            Do::Examine { thoroughly } => ClaimEvent::Examined { thoroughly },
            Do::CheckTicket => ClaimEvent::TicketChecked,
            Do::Decide => ClaimEvent::Decided,
            Do::Reinitiate => ClaimEvent::Reinitiated,
            Do::Pay => ClaimEvent::Paid,
            Do::Reject => ClaimEvent::Rejected,
        };
        let broken = broken.map(|b| ClaimEvent::RuleBroken { rule: b.rule, found: b.found });
        Ok([happened].into_iter().chain(broken).collect())
    }

    fn evolve(&mut self, event: &ClaimEvent) {
        let (was_examined, was_checked) = match self.stage {
            Stage::Open { examined, checked } => (examined, checked),
            _ => (false, false),
        };
        self.stage = match event {
            ClaimEvent::Registered | ClaimEvent::Reinitiated => {
                Stage::Open { examined: false, checked: false }
            }
            ClaimEvent::Examined { .. } => Stage::Open { examined: true, checked: was_checked },
            ClaimEvent::TicketChecked => Stage::Open { examined: was_examined, checked: true },
            ClaimEvent::Decided => Stage::Decided,
            ClaimEvent::Paid | ClaimEvent::Rejected => Stage::Closed,
            ClaimEvent::RuleBroken { .. } => self.stage,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{ClaimCommand as Do, *};

    fn broken(steps: &[Do]) -> usize {
        let mut claim = Claim::default();
        let mut broken = 0;
        for step in steps {
            for event in claim.decide(step.clone()).unwrap() {
                claim.evolve(&event);
                broken += usize::from(matches!(event, ClaimEvent::RuleBroken { .. }));
            }
        }
        broken
    }

    #[test]
    fn a_claim_that_starts_over_is_looked_at_again() {
        let look = |thoroughly| [Do::CheckTicket, Do::Examine { thoroughly }];
        let round = |thoroughly| [look(thoroughly).to_vec(), vec![Do::Decide]].concat();
        let all =
            [vec![Do::Register], round(false), vec![Do::Reinitiate], round(true), vec![Do::Pay]];
        assert_eq!(broken(&all.concat()), 0);
        assert_eq!(
            broken(&[vec![Do::Register], round(false), vec![Do::Reinitiate, Do::Decide]].concat()),
            1
        );
    }
}
