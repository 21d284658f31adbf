//! A piece of work on an application: the log's `W_` events.
//!
//! Work is scheduled once, and then started and completed as often as it takes: most of the calls
//! about an offer do not reach the customer at first.

use crate::rule::{Machine, Rule};
use chrono::{DateTime, Utc};
use quadrille::{Aggregate, Command, Decision, Event, Never};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds of work, by what the log calls them in Dutch.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// `Afhandelen leads`: following up on a first interest.
    #[default]
    HandleLead,
    /// `Completeren aanvraag`: filling in what the application lacks.
    CompleteApplication,
    /// `Nabellen offertes`: calling about an offer that was sent.
    CallAboutOffer,
    /// `Valideren aanvraag`: checking what came back.
    Validate,
    /// `Nabellen incomplete dossiers`: asking for papers that are missing.
    CallForPapers,
    /// `Beoordelen fraude`: looking into a suspicion of fraud.
    AssessFraud,
    /// `Wijzigen contractgegevens`: changing a contract.
    ChangeContract,
}

impl Work {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::HandleLead,
        Self::CompleteApplication,
        Self::CallAboutOffer,
        Self::Validate,
        Self::CallForPapers,
        Self::AssessFraud,
        Self::ChangeContract,
    ];

    /// The activity's name in the log.
    pub fn activity(self) -> &'static str {
        match self {
            Self::HandleLead => "W_Afhandelen leads",
            Self::CompleteApplication => "W_Completeren aanvraag",
            Self::CallAboutOffer => "W_Nabellen offertes",
            Self::Validate => "W_Valideren aanvraag",
            Self::CallForPapers => "W_Nabellen incomplete dossiers",
            Self::AssessFraud => "W_Beoordelen fraude",
            Self::ChangeContract => "W_Wijzigen contractgegevens",
        }
    }

    /// The name in ids and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HandleLead => "lead",
            Self::CompleteApplication => "complete",
            Self::CallAboutOffer => "call",
            Self::Validate => "validate",
            Self::CallForPapers => "papers",
            Self::AssessFraud => "fraud",
            Self::ChangeContract => "contract",
        }
    }
}

/// What happened to a piece of work.
#[derive(Debug, Clone, PartialEq, Event)]
#[event(category = "work_item")]
pub enum WorkItemEvent {
    /// It has to be done.
    Scheduled { application: String, work: Work },
    /// Somebody took it up, for the first time or again. Its end needs the time to tell how long
    /// it took.
    Started { application: String, work: Work, at: DateTime<Utc> },
    /// They put it down again.
    Completed {
        application: String,
        work: Work,
        /// How long they were at it; none if nobody had started.
        seconds: i64,
    },
    /// A step was taken where the rules do not allow it.
    RuleBroken { application: String, rule: String, found: String },
}

/// What can be asked of a piece of work.
#[derive(Debug, Clone, PartialEq, Command)]
pub enum WorkItemCommand {
    /// To have it done.
    Schedule { application: String, work: Work },
    /// To take it up.
    Start { application: String, work: Work, at: DateTime<Utc> },
    /// To put it down.
    Complete { application: String, work: Work, at: DateTime<Utc> },
}

/// Where a piece of work stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    /// Nobody asked for it yet.
    #[default]
    New,
    /// It waits for somebody.
    Scheduled,
    /// Somebody is at it, since then.
    Started(DateTime<Utc>),
    /// It was put down, for good or for now.
    Completed,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::New => "new",
            Self::Scheduled => "scheduled",
            Self::Started(_) => "started",
            Self::Completed => "completed",
        })
    }
}

/// A piece of work.
#[derive(Debug, Clone, Default)]
pub struct WorkItem {
    stage: Stage,
}

impl Machine for WorkItem {
    type State = Stage;

    fn state(&self) -> Stage {
        self.stage
    }

    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Scheduled | Stage::Started(_))
    }

    fn rule(command: &WorkItemCommand) -> Rule<Stage> {
        use {Stage::*, WorkItemCommand as Do};
        let (name, holds): (_, fn(Stage) -> bool) = match command {
            Do::Schedule { .. } => ("work is scheduled once, first of all", |s| s == New),
            Do::Start { .. } => ("work that is scheduled or was put down is started", |s| {
                matches!(s, Scheduled | Completed)
            }),
            Do::Complete { .. } => {
                ("work is started before it is completed", |s| matches!(s, Started(_)))
            }
        };
        Rule { name, holds }
    }
}

impl Aggregate for WorkItem {
    type Event = WorkItemEvent;
    type Command = WorkItemCommand;
    type Error = Never;

    fn decide(&self, command: WorkItemCommand) -> Decision<Self> {
        use WorkItemCommand as Do;
        let broken = self.broken_by(&command);
        let happened = match command {
            Do::Schedule { application, work } => WorkItemEvent::Scheduled { application, work },
            Do::Start { application, work, at } => WorkItemEvent::Started { application, work, at },
            Do::Complete { application, work, at } => {
                let seconds = match self.stage {
                    Stage::Started(start) => (at - start).num_seconds(),
                    _ => 0,
                };
                WorkItemEvent::Completed { application, work, seconds }
            }
        };
        let broken = broken.map(|b| WorkItemEvent::RuleBroken {
            application: happened.application().to_owned(),
            rule: b.rule,
            found: b.found,
        });
        Ok([happened].into_iter().chain(broken).collect())
    }

    fn evolve(&mut self, event: &WorkItemEvent) {
        self.stage = match event {
            WorkItemEvent::Scheduled { .. } => Stage::Scheduled,
            WorkItemEvent::Started { at, .. } => Stage::Started(*at),
            WorkItemEvent::Completed { .. } => Stage::Completed,
            WorkItemEvent::RuleBroken { .. } => self.stage,
        };
    }
}

impl WorkItemEvent {
    /// The application that the work is about.
    pub fn application(&self) -> &str {
        match self {
            Self::Scheduled { application, .. }
            | Self::Started { application, .. }
            | Self::Completed { application, .. }
            | Self::RuleBroken { application, .. } => application,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{WorkItemCommand as Do, *};

    fn check(steps: &str, expected: &[&str]) {
        let mut item = WorkItem::default();
        let mut found = Vec::new();
        for (minute, step) in steps.split(' ').enumerate() {
            let (application, work) = ("7".to_owned(), Work::Validate);
            let at = DateTime::from_timestamp(minute as i64 * 60, 0).unwrap();
            let command = match step {
                "schedule" => Do::Schedule { application, work },
                "start" => Do::Start { application, work, at },
                _ => Do::Complete { application, work, at },
            };
            for event in item.decide(command).unwrap() {
                item.evolve(&event);
                match event {
                    WorkItemEvent::RuleBroken { found: at, .. } => {
                        found.push(format!("broken: {at}"))
                    }
                    WorkItemEvent::Completed { seconds, .. } => found.push(format!("{seconds} s")),
                    _ => (),
                }
            }
        }
        assert_eq!(found, expected, "{steps}");
    }

    #[test]
    fn work_may_be_taken_up_again_and_every_session_is_timed() {
        check("schedule start complete start complete", &["60 s", "60 s"]);
    }

    #[test]
    fn completing_what_nobody_started_is_recorded_as_a_broken_rule() {
        check("schedule complete", &["0 s", "broken: scheduled"]);
        check("schedule start complete complete", &["60 s", "0 s", "broken: completed"]);
    }
}
