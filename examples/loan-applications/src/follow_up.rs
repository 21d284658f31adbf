//! What somebody at the bank has to look at: kept apart from the log's own events.

use crate::work_item::Work;
use quadrille::{Aggregate, Command, Decision, Event, Messages, Never, Recorded, View, send};

/// What an application gave somebody to do.
#[derive(Debug, Clone, PartialEq, Event)]
#[event(category = "follow_up")]
pub enum FollowUpEvent {
    /// Something has to be looked into.
    Opened { subject: String, reason: String },
    /// Somebody was told that something is late.
    Reminded { subject: String, reason: String },
    /// A rule was broken that spans offers, work and the application.
    RuleBroken { rule: String, found: String },
}

/// What can be asked of it. Each leads to the event of its name.
#[derive(Debug, Clone, PartialEq, Command)]
pub enum FollowUpCommand {
    /// To have something looked into.
    Open { subject: String, reason: String },
    /// To tell somebody that something is late.
    Remind { subject: String, reason: String },
    /// To record a broken rule.
    Report { rule: String, found: String },
}

/// All that has to be looked at in one application.
#[derive(Debug, Clone, Default)]
pub struct FollowUp;

impl Aggregate for FollowUp {
    type Event = FollowUpEvent;
    type Command = FollowUpCommand;
    type Error = Never;

    fn decide(&self, command: FollowUpCommand) -> Decision<Self> {
        Ok(vec![match command {
            FollowUpCommand::Open { subject, reason } => FollowUpEvent::Opened { subject, reason },
            FollowUpCommand::Remind { subject, reason } => {
                FollowUpEvent::Reminded { subject, reason }
            }
            FollowUpCommand::Report { rule, found } => FollowUpEvent::RuleBroken { rule, found },
        }])
    }

    fn evolve(&mut self, _: &FollowUpEvent) {}
}

/// A rule that one of the three broke.
#[derive(Debug, Clone, View)]
pub enum Broken {
    /// By an application.
    #[reads("application.rule_broken")]
    Application {
        #[view(id)]
        application: String,
        rule: String,
    },
    /// By something that belongs to one.
    #[reads("offer.rule_broken", "work_item.rule_broken")]
    Part { application: String, rule: String },
}

/// Whoever answers for an application looks into every rule that was broken in it.
pub fn look_into_broken_rules(broken: &Recorded<Broken>) -> Messages {
    let (Broken::Application { application, rule } | Broken::Part { application, rule }) =
        broken.event();
    let subject = broken.envelope().stream.to_string();
    send::<FollowUp>(application, FollowUpCommand::Open { subject, reason: rule.clone() })
}

/// Work that came up.
#[derive(Debug, Clone, View)]
#[reads("work_item.scheduled")]
pub struct WorkCameUp {
    pub application: String,
    pub work: Work,
}

/// A suspicion of fraud is looked into, whatever else becomes of the application.
pub fn look_into_fraud(came_up: &Recorded<WorkCameUp>) -> Messages {
    if came_up.work != Work::AssessFraud {
        return Messages::default();
    }
    let subject = came_up.envelope().stream.to_string();
    let reason = "a suspicion of fraud".to_owned();
    send::<FollowUp>(&came_up.application, FollowUpCommand::Open { subject, reason })
}
