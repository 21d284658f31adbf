//! An offer made on an application: the log's `O_` events.
//!
//! The log has no ids for offers: see [`replay`](crate::replay) for how they are told apart.

use crate::rule::{Machine, Rule};
use quadrille::{Aggregate, Command, Decision, Event, Never};
use std::fmt;

/// What happened to an offer.
#[derive(Debug, Clone, PartialEq, Event)]
#[event(category = "offer")]
pub enum OfferEvent {
    /// The bank chose what to offer.
    Selected { application: String },
    /// The papers were made.
    Created { application: String },
    /// The customer was sent the papers.
    Sent { application: String },
    /// The customer sent them back.
    SentBack { application: String },
    /// The bank stands by it: there is a loan.
    Accepted { application: String },
    /// Another took its place, or the customer did not answer in time.
    Cancelled { application: String },
    /// The bank took it back.
    Declined { application: String },
    /// A step was taken where the rules do not allow it.
    RuleBroken { application: String, rule: String, found: String },
}

/// What can be asked of an offer. Each leads to the event of its name.
#[derive(Debug, Clone, PartialEq, Command)]
pub enum OfferCommand {
    /// To choose what to offer.
    Select { application: String },
    /// To make the papers.
    Create { application: String },
    /// To send them.
    Send { application: String },
    /// To take them back in.
    SendBack { application: String },
    /// To stand by it.
    Accept { application: String },
    /// To call it off.
    Cancel { application: String },
    /// To take it back.
    Decline { application: String },
}

/// Where an offer stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// There is none yet.
    #[default]
    New,
    /// Chosen.
    Selected,
    /// On paper.
    Created,
    /// With the customer.
    Sent,
    /// Back from the customer.
    SentBack,
    /// A loan.
    Accepted,
    /// Called off.
    Cancelled,
    /// Taken back.
    Declined,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Selected => "selected",
            Self::Created => "created",
            Self::Sent => "sent",
            Self::SentBack => "sent back",
            Self::Accepted => "accepted",
            Self::Cancelled => "cancelled",
            Self::Declined => "declined",
        })
    }
}

/// An offer.
#[derive(Debug, Clone, Default)]
pub struct Offer {
    stage: Stage,
}

impl Machine for Offer {
    type State = Stage;

    fn state(&self) -> Stage {
        self.stage
    }

    fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Accepted | Stage::Cancelled | Stage::Declined)
    }

    fn rule(command: &OfferCommand) -> Rule<Stage> {
        use {OfferCommand as Do, Stage::*};
        let (name, holds): (_, fn(Stage) -> bool) = match command {
            Do::Select { .. } => ("an offer is selected once, first of all", |s| s == New),
            Do::Create { .. } => ("an offer is selected before it is created", |s| s == Selected),
            Do::Send { .. } => ("an offer is created before it is sent", |s| s == Created),
            Do::SendBack { .. } => ("an offer is sent before it comes back", |s| s == Sent),
            Do::Accept { .. } => ("an offer comes back before it is accepted", |s| s == SentBack),
            Do::Decline { .. } => ("an offer comes back before it is declined", |s| s == SentBack),
            Do::Cancel { .. } => {
                ("an offer is cancelled when sent or back", |s| matches!(s, Sent | SentBack))
            }
        };
        Rule { name, holds }
    }
}

impl Aggregate for Offer {
    type Event = OfferEvent;
    type Command = OfferCommand;
    type Error = Never;

    fn decide(&self, command: OfferCommand) -> Decision<Self> {
        use OfferCommand as Do;
        let broken = self.broken_by(&command);
        let happened = match command {
            Do::Select { application } => OfferEvent::Selected { application },
            Do::Create { application } => OfferEvent::Created { application },
            Do::Send { application } => OfferEvent::Sent { application },
            Do::SendBack { application } => OfferEvent::SentBack { application },
            Do::Accept { application } => OfferEvent::Accepted { application },
            Do::Cancel { application } => OfferEvent::Cancelled { application },
            Do::Decline { application } => OfferEvent::Declined { application },
        };
        let broken = broken.map(|b| OfferEvent::RuleBroken {
            application: happened.application().to_owned(),
            rule: b.rule,
            found: b.found,
        });
        Ok([happened].into_iter().chain(broken).collect())
    }

    fn evolve(&mut self, event: &OfferEvent) {
        self.stage = match event {
            OfferEvent::Selected { .. } => Stage::Selected,
            OfferEvent::Created { .. } => Stage::Created,
            OfferEvent::Sent { .. } => Stage::Sent,
            OfferEvent::SentBack { .. } => Stage::SentBack,
            OfferEvent::Accepted { .. } => Stage::Accepted,
            OfferEvent::Cancelled { .. } => Stage::Cancelled,
            OfferEvent::Declined { .. } => Stage::Declined,
            OfferEvent::RuleBroken { .. } => self.stage,
        };
    }
}

impl OfferEvent {
    /// The application that the offer is for.
    pub fn application(&self) -> &str {
        match self {
            Self::Selected { application }
            | Self::Created { application }
            | Self::Sent { application }
            | Self::SentBack { application }
            | Self::Accepted { application }
            | Self::Cancelled { application }
            | Self::Declined { application }
            | Self::RuleBroken { application, .. } => application,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OfferCommand as Do, *};

    fn check(steps: &[fn(String) -> Do], stage: Stage, broken: &[(&str, &str)]) {
        let mut offer = Offer::default();
        let mut found = Vec::new();
        for step in steps {
            for event in offer.decide(step("7".into())).unwrap() {
                assert_eq!(event.application(), "7");
                offer.evolve(&event);
                if let OfferEvent::RuleBroken { rule, found: at, .. } = event {
                    found.push((rule, at));
                }
            }
        }
        assert_eq!(offer.stage, stage);
        assert_eq!(found.iter().map(|(r, f)| (r.as_str(), f.as_str())).collect::<Vec<_>>(), broken);
    }

    fn select(application: String) -> Do {
        Do::Select { application }
    }
    fn create(application: String) -> Do {
        Do::Create { application }
    }
    fn send(application: String) -> Do {
        Do::Send { application }
    }
    fn send_back(application: String) -> Do {
        Do::SendBack { application }
    }
    fn accept(application: String) -> Do {
        Do::Accept { application }
    }
    fn cancel(application: String) -> Do {
        Do::Cancel { application }
    }

    #[test]
    fn an_offer_that_came_back_may_be_accepted_or_cancelled() {
        check(&[select, create, send, send_back, accept], Stage::Accepted, &[]);
        check(&[select, create, send, send_back, cancel], Stage::Cancelled, &[]);
        check(&[select, create, send, cancel], Stage::Cancelled, &[]);
    }

    #[test]
    fn accepting_what_never_came_back_is_recorded_as_a_broken_rule() {
        let rule = "an offer comes back before it is accepted";
        check(&[select, create, send, accept], Stage::Accepted, &[(rule, "sent")]);
    }
}
