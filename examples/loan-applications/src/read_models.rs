//! What the bank wants to know, one row projector a question.

use crate::{
    application::{ApplicationEvent, Stage},
    claim::ClaimEvent,
    offer::OfferEvent,
    replay::activity_of,
    work_item::WorkItemEvent,
};
use chrono::{DateTime, Utc};
use quadrille::{Recorded, Row, RowProjector, View};

/// Where each application stands, since when, and how long the decision took.
#[derive(Debug, Clone, Row)]
pub struct Applications {
    #[row(stream_id)]
    pub application: String,
    pub euros: i64,
    /// The month of submission, such as `2011-10`.
    pub month: String,
    pub stage: String,
    pub submitted_at: Option<DateTime<Utc>>,
    pub decided_at: Option<DateTime<Utc>>,
    pub hours_to_decision: Option<f64>,
}

impl RowProjector for Applications {
    type Event = ApplicationEvent;

    fn apply(&mut self, event: &Recorded<ApplicationEvent>) {
        let at = event.occurred_at();
        match event.event() {
            ApplicationEvent::Submitted { euros } => {
                self.euros = *euros;
                self.month = at.format("%Y-%m").to_string();
                self.submitted_at = Some(at);
            }
            ApplicationEvent::Approved
            | ApplicationEvent::Declined
            | ApplicationEvent::Cancelled => {
                self.decided_at = Some(at);
                let submitted = self.submitted_at.unwrap_or(at);
                self.hours_to_decision = Some((at - submitted).as_seconds_f64() / 3600.0);
            }
            _ => (),
        }
        self.stage = stage_name(&self.stage, event.event());
    }
}

/// The last three steps have no order, so the table says `granted` from the first of them on.
fn stage_name(before: &str, event: &ApplicationEvent) -> String {
    match event {
        ApplicationEvent::RuleBroken { .. } => before.to_owned(),
        event => match Stage::default().after(event) {
            Stage::Granted(_) => "granted".into(),
            stage => stage.to_string(),
        },
    }
}

/// What became of the offers of each application.
#[derive(Debug, Clone, Row)]
pub struct OffersPerApplication {
    #[row(key)]
    pub application: String,
    pub made: u32,
    pub sent_back: u32,
    pub accepted: u32,
    pub cancelled: u32,
    pub declined: u32,
}

impl RowProjector for OffersPerApplication {
    type Event = OfferEvent;

    fn keys(event: &Recorded<OfferEvent>) -> impl IntoIterator<Item = String> {
        Some(event.application().to_owned())
    }

    fn apply(&mut self, event: &Recorded<OfferEvent>) {
        match event.event() {
            OfferEvent::Selected { .. } => self.made += 1,
            OfferEvent::SentBack { .. } => self.sent_back += 1,
            OfferEvent::Accepted { .. } => self.accepted += 1,
            OfferEvent::Cancelled { .. } => self.cancelled += 1,
            OfferEvent::Declined { .. } => self.declined += 1,
            OfferEvent::Created { .. }
            | OfferEvent::Sent { .. }
            | OfferEvent::RuleBroken { .. } => {}
        }
    }
}

/// Who did how much of which work.
#[derive(Debug, Clone, Row)]
pub struct WorkByResource {
    #[row(key)]
    pub resource: String,
    #[row(key)]
    pub work: String,
    pub sessions: u32,
    pub seconds: i64,
}

impl RowProjector for WorkByResource {
    type Event = WorkItemEvent;

    fn keys(event: &Recorded<WorkItemEvent>) -> impl IntoIterator<Item = (String, String)> {
        let WorkItemEvent::Completed { work, .. } = event.event() else { return None };
        let actor = event.envelope().metadata.actor.clone();
        Some((actor.unwrap_or_else(|| "unknown".into()), work.as_str().to_owned()))
    }

    fn apply(&mut self, event: &Recorded<WorkItemEvent>) {
        if let WorkItemEvent::Completed { seconds, .. } = event.event() {
            self.sessions += 1;
            self.seconds += seconds;
        }
    }
}

/// Every rule that was broken, and where.
#[derive(Debug, Clone, Row)]
pub struct BrokenRules {
    #[row(key)]
    pub aggregate: String,
    #[row(key)]
    pub rule: String,
    /// Where it stood.
    #[row(key)]
    pub found: String,
    pub count: u32,
    pub last_stream: String,
    pub last_at: Option<DateTime<Utc>>,
}

/// A rule that was broken by one aggregate or, in a follow-up, by several together.
#[derive(Debug, Clone, View)]
#[reads(
    "application.rule_broken",
    "offer.rule_broken",
    "work_item.rule_broken",
    "claim.rule_broken",
    "follow_up.rule_broken"
)]
pub struct RuleBroken {
    pub rule: String,
    pub found: String,
}

impl RowProjector for BrokenRules {
    type Event = RuleBroken;

    fn keys(event: &Recorded<RuleBroken>) -> impl IntoIterator<Item = (String, String, String)> {
        let RuleBroken { rule, found } = event.event();
        Some((event.envelope().stream.category().to_string(), rule.clone(), found.clone()))
    }

    fn apply(&mut self, event: &Recorded<RuleBroken>) {
        self.count += 1;
        self.last_stream = event.envelope().stream.to_string();
        self.last_at = Some(event.occurred_at());
    }
}

/// How often each activity of the log was recorded: the proof that nothing was dropped.
#[derive(Debug, Clone, Row)]
pub struct Activities {
    #[row(key)]
    pub activity: String,
    pub count: u32,
}

/// An event that stands for one of the log's.
#[derive(Debug, Clone, View)]
pub enum Logged {
    /// Of an application.
    Application(ApplicationEvent),
    /// Of an offer.
    Offer(OfferEvent),
    /// Of a piece of work.
    WorkItem(WorkItemEvent),
    /// Of a claim.
    Claim(ClaimEvent),
}

impl RowProjector for Activities {
    type Event = Logged;

    fn keys(event: &Recorded<Logged>) -> impl IntoIterator<Item = String> {
        activity_of(event)
    }

    fn apply(&mut self, _: &Recorded<Logged>) {
        self.count += 1;
    }
}

/// What was followed up, and why.
#[derive(Debug, Clone, Row)]
pub struct FollowUps {
    #[row(key)]
    pub kind: String,
    #[row(key)]
    pub reason: String,
    pub count: u32,
}

/// Something that somebody has to look at.
#[derive(Debug, Clone, View)]
pub enum FollowedUp {
    /// It has to be looked into.
    #[reads("follow_up.opened")]
    Opened { reason: String },
    /// It is late.
    #[reads("follow_up.reminded")]
    Reminded { reason: String },
}

impl RowProjector for FollowUps {
    type Event = FollowedUp;

    fn keys(event: &Recorded<FollowedUp>) -> impl IntoIterator<Item = (String, String)> {
        let (kind, reason) = match event.event() {
            FollowedUp::Opened { reason } => ("look into", reason),
            FollowedUp::Reminded { reason } => ("reminder", reason),
        };
        Some((kind.to_owned(), reason.clone()))
    }

    fn apply(&mut self, _: &Recorded<FollowedUp>) {
        self.count += 1;
    }
}

/// What became of each claim of the small log.
#[derive(Debug, Clone, Row)]
pub struct Claims {
    #[row(stream_id)]
    pub claim: String,
    /// How often it was decided on.
    pub decisions: u32,
    /// How it ended; nothing while it is open.
    pub end: String,
}

/// Keeps [`Claims`].
pub fn claims(row: &mut Claims, event: &Recorded<ClaimEvent>) {
    match event.event() {
        ClaimEvent::Decided => row.decisions += 1,
        ClaimEvent::Paid => row.end = "paid".into(),
        ClaimEvent::Rejected => row.end = "rejected".into(),
        _ => (),
    }
}
