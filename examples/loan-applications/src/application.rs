//! The application for a loan: the log's `A_` events.

use crate::rule::{Machine, Rule};
use quadrille::{Aggregate, Command, Decision, Event, Never};
use std::fmt;

/// What happened to an application.
#[derive(Debug, Clone, PartialEq, Event)]
#[event(category = "application")]
pub enum ApplicationEvent {
    /// A customer asked for a loan.
    Submitted { euros: i64 },
    /// The first automatic checks ran.
    PartlySubmitted,
    /// It is worth completing.
    Preaccepted,
    /// It is complete and the bank wants to make an offer.
    Accepted,
    /// The offer is on its way to the customer.
    Finalized,
    /// The loan is granted.
    Approved,
    /// The loan is in the books.
    Registered,
    /// The loan is paid out.
    Activated,
    /// The bank says no.
    Declined,
    /// The customer does not want it any more, or does not answer.
    Cancelled,
    /// A step was taken where the rules do not allow it.
    RuleBroken { rule: String, found: String },
}

/// What can be asked of an application. Each leads to the event of its name.
#[derive(Debug, Clone, PartialEq, Command)]
pub enum ApplicationCommand {
    /// To take it in.
    Submit { euros: i64 },
    /// To record that the first checks ran.
    PartlySubmit,
    /// To find it worth completing.
    Preaccept,
    /// To accept it as complete.
    Accept,
    /// To finalize it.
    Finalize,
    /// To grant the loan.
    Approve,
    /// To enter the loan in the books.
    Register,
    /// To pay it out.
    Activate,
    /// To say no.
    Decline,
    /// To call it off.
    Cancel,
}

/// Where an application stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Nobody asked for anything yet.
    #[default]
    New,
    /// Taken in.
    Submitted,
    /// Through the first checks.
    PartlySubmitted,
    /// Worth completing.
    Preaccepted,
    /// Complete.
    Accepted,
    /// An offer is on its way.
    Finalized,
    /// The bank said yes: three steps, in any order.
    Granted(Granted),
    /// The bank said no.
    Declined,
    /// Called off.
    Cancelled,
}

/// Which of the last three steps are taken. The log has them in every order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Granted {
    approved: bool,
    registered: bool,
    activated: bool,
}

impl Stage {
    /// The steps taken so far, if the bank may say yes or has done so.
    fn granted(self) -> Option<Granted> {
        match self {
            Self::Finalized => Some(Granted::default()),
            Self::Granted(granted) => Some(granted),
            _ => None,
        }
    }

    /// Whether the bank or the customer has decided.
    pub fn is_decided(self) -> bool {
        matches!(self, Self::Granted(_) | Self::Declined | Self::Cancelled)
    }

    /// The stage after an event.
    pub fn after(self, event: &ApplicationEvent) -> Self {
        let granted = self.granted().unwrap_or_default();
        match event {
            ApplicationEvent::Submitted { .. } => Self::Submitted,
            ApplicationEvent::PartlySubmitted => Self::PartlySubmitted,
            ApplicationEvent::Preaccepted => Self::Preaccepted,
            ApplicationEvent::Accepted => Self::Accepted,
            ApplicationEvent::Finalized => Self::Finalized,
            ApplicationEvent::Approved => Self::Granted(Granted { approved: true, ..granted }),
            ApplicationEvent::Registered => Self::Granted(Granted { registered: true, ..granted }),
            ApplicationEvent::Activated => Self::Granted(Granted { activated: true, ..granted }),
            ApplicationEvent::Declined => Self::Declined,
            ApplicationEvent::Cancelled => Self::Cancelled,
            ApplicationEvent::RuleBroken { .. } => self,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Submitted => "submitted",
            Self::PartlySubmitted => "partly submitted",
            Self::Preaccepted => "preaccepted",
            Self::Accepted => "accepted",
            Self::Finalized => "finalized",
            Self::Granted(granted) => {
                match (granted.approved, granted.registered, granted.activated) {
                    (true, true, true) => "granted",
                    (true, true, false) => "granted but for activation",
                    (true, false, true) => "granted but for registration",
                    (false, true, true) => "granted but for approval",
                    (true, false, false) => "approved",
                    (false, true, false) => "registered",
                    (false, false, _) => "activated",
                }
            }
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        })
    }
}

/// An application for a loan.
#[derive(Debug, Clone, Default)]
pub struct Application {
    stage: Stage,
}

impl Machine for Application {
    type State = Stage;

    fn state(&self) -> Stage {
        self.stage
    }

    fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Declined | Stage::Cancelled)
    }

    fn rule(command: &ApplicationCommand) -> Rule<Stage> {
        use {ApplicationCommand as Do, Stage::*};
        let (name, holds): (_, fn(Stage) -> bool) = match command {
            Do::Submit { .. } => ("an application is submitted once, first of all", |s| s == New),
            Do::PartlySubmit => ("first checks follow submission", |s| s == Submitted),
            Do::Preaccept => ("first checks come before preacceptance", |s| s == PartlySubmitted),
            Do::Accept => ("preacceptance comes before acceptance", |s| s == Preaccepted),
            Do::Finalize => ("acceptance comes before finalization", |s| s == Accepted),
            Do::Approve => ("only what is finalized is approved, once", |s| {
                s.granted().is_some_and(|granted| !granted.approved)
            }),
            Do::Register => ("only what is finalized is registered, once", |s| {
                s.granted().is_some_and(|granted| !granted.registered)
            }),
            Do::Activate => ("only what is finalized is activated, once", |s| {
                s.granted().is_some_and(|granted| !granted.activated)
            }),
            Do::Decline => {
                ("the bank declines after the first checks, preacceptance or finalization", |s| {
                    matches!(s, PartlySubmitted | Preaccepted | Finalized)
                })
            }
            Do::Cancel => ("an application is cancelled when preaccepted or finalized", |s| {
                matches!(s, Preaccepted | Finalized)
            }),
        };
        Rule { name, holds }
    }
}

impl Aggregate for Application {
    type Event = ApplicationEvent;
    type Command = ApplicationCommand;
    type Error = Never;

    fn decide(&self, command: ApplicationCommand) -> Decision<Self> {
        use ApplicationCommand as Do;
        let broken = self.broken_by(&command);
        let happened = match command {
            Do::Submit { euros } => ApplicationEvent::Submitted { euros },
            Do::PartlySubmit => ApplicationEvent::PartlySubmitted,
            Do::Preaccept => ApplicationEvent::Preaccepted,
            Do::Accept => ApplicationEvent::Accepted,
            Do::Finalize => ApplicationEvent::Finalized,
            Do::Approve => ApplicationEvent::Approved,
            Do::Register => ApplicationEvent::Registered,
            Do::Activate => ApplicationEvent::Activated,
            Do::Decline => ApplicationEvent::Declined,
            Do::Cancel => ApplicationEvent::Cancelled,
        };
        let broken = broken.map(|b| ApplicationEvent::RuleBroken { rule: b.rule, found: b.found });
        Ok([happened].into_iter().chain(broken).collect())
    }

    fn evolve(&mut self, event: &ApplicationEvent) {
        self.stage = self.stage.after(event);
    }
}

#[cfg(test)]
mod tests {
    use super::{ApplicationCommand as Do, *};

    fn check(steps: &[Do], stage: &str, broken: &[(&str, &str)]) {
        let mut application = Application::default();
        let mut found = Vec::new();
        for step in steps {
            for event in application.decide(step.clone()).unwrap() {
                application.evolve(&event);
                if let ApplicationEvent::RuleBroken { rule, found: at } = event {
                    found.push((rule, at));
                }
            }
        }
        assert_eq!(application.stage.to_string(), stage);
        assert_eq!(found.iter().map(|(r, f)| (r.as_str(), f.as_str())).collect::<Vec<_>>(), broken);
    }

    fn submitted() -> Vec<Do> {
        vec![Do::Submit { euros: 20_000 }, Do::PartlySubmit]
    }

    #[test]
    fn the_last_three_steps_come_in_any_order() {
        let to_offer = [submitted(), vec![Do::Preaccept, Do::Accept, Do::Finalize]].concat();
        for last in [
            [Do::Approve, Do::Register, Do::Activate],
            [Do::Register, Do::Activate, Do::Approve],
            [Do::Activate, Do::Approve, Do::Register],
        ] {
            check(&[to_offer.clone(), last.to_vec()].concat(), "granted", &[]);
        }
    }

    #[test]
    fn a_step_against_the_rules_happens_and_is_recorded_as_such() {
        let rule = "an application is cancelled when preaccepted or finalized";
        let steps = [submitted(), vec![Do::Cancel]].concat();
        check(&steps, "cancelled", &[(rule, "partly submitted")]);
    }

    #[test]
    fn a_loan_is_paid_out_once() {
        let to_offer = [submitted(), vec![Do::Preaccept, Do::Accept, Do::Finalize]].concat();
        let steps = [to_offer, vec![Do::Activate, Do::Activate]].concat();
        check(&steps, "activated", &[("only what is finalized is activated, once", "activated")]);
    }
}
