//! What the activities of the logs mean, and the way back.

use super::{Case, LogEvent};
use crate::{
    application::{ApplicationCommand, ApplicationEvent},
    claim::{ClaimCommand, ClaimEvent},
    offer::{OfferCommand, OfferEvent},
    read_models::Logged,
    work_item::{Work, WorkItemCommand, WorkItemEvent},
};

/// An activity that belongs to no process that is known here.
#[derive(Debug, thiserror::Error)]
#[error(
    "replay case {case}: no aggregate knows the activity {activity:?} ({lifecycle:?}): this example \
     replays the loan applications of BPI Challenge 2012 and the small log of claims"
)]
pub struct Unknown {
    /// The case.
    pub case: String,
    /// The activity.
    pub activity: String,
    /// Its transition.
    pub lifecycle: String,
}

/// What an event of a log asks for, before it is known of which offer or work.
pub(super) enum Meaning {
    Application(ApplicationCommand),
    Offer(OfferCommand),
    WorkItem(Work, WorkItemCommand),
    Claim(ClaimCommand),
}

pub(super) fn meaning(case: &Case, event: &LogEvent) -> Result<Meaning, Unknown> {
    let name = event.activity.as_str();
    let application = || case.name.clone();
    let found = if name.starts_with("W_") {
        work(case, event)
    } else if name.starts_with("O_") {
        offer(name, application).map(Meaning::Offer)
    } else if name.starts_with("A_") {
        self::application(name, case.euros).map(Meaning::Application)
    } else {
        claim(name).map(Meaning::Claim)
    };
    found.ok_or_else(|| Unknown {
        case: case.name.clone(),
        activity: event.activity.clone(),
        lifecycle: event.lifecycle.clone(),
    })
}

fn application(name: &str, euros: i64) -> Option<ApplicationCommand> {
    use ApplicationCommand as Do;
    Some(match name {
        "A_SUBMITTED" => Do::Submit { euros },
        "A_PARTLYSUBMITTED" => Do::PartlySubmit,
        "A_PREACCEPTED" => Do::Preaccept,
        "A_ACCEPTED" => Do::Accept,
        "A_FINALIZED" => Do::Finalize,
        "A_APPROVED" => Do::Approve,
        "A_REGISTERED" => Do::Register,
        "A_ACTIVATED" => Do::Activate,
        "A_DECLINED" => Do::Decline,
        "A_CANCELLED" => Do::Cancel,
        _ => return None,
    })
}

fn offer(name: &str, application: impl Fn() -> String) -> Option<OfferCommand> {
    use OfferCommand as Do;
    let application = application();
    Some(match name {
        "O_SELECTED" => Do::Select { application },
        "O_CREATED" => Do::Create { application },
        "O_SENT" => Do::Send { application },
        "O_SENT_BACK" => Do::SendBack { application },
        "O_ACCEPTED" => Do::Accept { application },
        "O_CANCELLED" => Do::Cancel { application },
        "O_DECLINED" => Do::Decline { application },
        _ => return None,
    })
}

fn work(case: &Case, event: &LogEvent) -> Option<Meaning> {
    let work = Work::ALL.into_iter().find(|work| work.activity() == event.activity)?;
    let (application, at) = (case.name.clone(), event.time);
    let command = match event.lifecycle.as_str() {
        "SCHEDULE" => WorkItemCommand::Schedule { application, work },
        "START" => WorkItemCommand::Start { application, work, at },
        "COMPLETE" => WorkItemCommand::Complete { application, work, at },
        _ => return None,
    };
    Some(Meaning::WorkItem(work, command))
}

fn claim(name: &str) -> Option<ClaimCommand> {
    Some(match name {
        "register request" => ClaimCommand::Register,
        "examine casually" => ClaimCommand::Examine { thoroughly: false },
        "examine thoroughly" => ClaimCommand::Examine { thoroughly: true },
        "check ticket" => ClaimCommand::CheckTicket,
        "decide" => ClaimCommand::Decide,
        "reinitiate request" => ClaimCommand::Reinitiate,
        "pay compensation" => ClaimCommand::Pay,
        "reject request" => ClaimCommand::Reject,
        _ => return None,
    })
}

/// The activity of the log that an event stands for, with its transition for work; none for a
/// broken rule, which the log does not have.
pub fn activity_of(event: &Logged) -> Option<String> {
    let name = match event {
        Logged::Application(event) => of_application(event)?,
        Logged::Offer(event) => of_offer(event)?,
        Logged::Claim(event) => of_claim(event)?,
        Logged::WorkItem(event) => {
            let (work, transition) = match event {
                WorkItemEvent::Scheduled { work, .. } => (work, "SCHEDULE"),
                WorkItemEvent::Started { work, .. } => (work, "START"),
                WorkItemEvent::Completed { work, .. } => (work, "COMPLETE"),
                WorkItemEvent::RuleBroken { .. } => return None,
            };
            return Some(format!("{} {transition}", work.activity()));
        }
    };
    Some(name.to_owned())
}

fn of_application(event: &ApplicationEvent) -> Option<&'static str> {
    Some(match event {
        ApplicationEvent::Submitted { .. } => "A_SUBMITTED",
        ApplicationEvent::PartlySubmitted => "A_PARTLYSUBMITTED",
        ApplicationEvent::Preaccepted => "A_PREACCEPTED",
        ApplicationEvent::Accepted => "A_ACCEPTED",
        ApplicationEvent::Finalized => "A_FINALIZED",
        ApplicationEvent::Approved => "A_APPROVED",
        ApplicationEvent::Registered => "A_REGISTERED",
        ApplicationEvent::Activated => "A_ACTIVATED",
        ApplicationEvent::Declined => "A_DECLINED",
        ApplicationEvent::Cancelled => "A_CANCELLED",
        ApplicationEvent::RuleBroken { .. } => return None,
    })
}

fn of_offer(event: &OfferEvent) -> Option<&'static str> {
    Some(match event {
        OfferEvent::Selected { .. } => "O_SELECTED",
        OfferEvent::Created { .. } => "O_CREATED",
        OfferEvent::Sent { .. } => "O_SENT",
        OfferEvent::SentBack { .. } => "O_SENT_BACK",
        OfferEvent::Accepted { .. } => "O_ACCEPTED",
        OfferEvent::Cancelled { .. } => "O_CANCELLED",
        OfferEvent::Declined { .. } => "O_DECLINED",
        OfferEvent::RuleBroken { .. } => return None,
    })
}

fn of_claim(event: &ClaimEvent) -> Option<&'static str> {
    Some(match event {
        ClaimEvent::Registered => "register request",
        ClaimEvent::Examined { thoroughly: false } => "examine casually",
        ClaimEvent::Examined { thoroughly: true } => "examine thoroughly",
        ClaimEvent::TicketChecked => "check ticket",
        ClaimEvent::Decided => "decide",
        ClaimEvent::Reinitiated => "reinitiate request",
        ClaimEvent::Paid => "pay compensation",
        ClaimEvent::Rejected => "reject request",
        ClaimEvent::RuleBroken { .. } => return None,
    })
}

/// The activity of an event of a log, as [`activity_of`] names it.
pub fn activity_in_log(event: &LogEvent) -> String {
    if event.activity.starts_with("W_") {
        format!("{} {}", event.activity, event.lifecycle)
    } else {
        event.activity.clone()
    }
}
