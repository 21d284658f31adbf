//! From a log's cases to commands: what was asked of whom, when and by whom.
//!
//! The log names a case and an activity and nothing else, so the ids of offers and pieces of work
//! derive from the case and an ordinal, and each event goes to the oldest open one that it
//! matches (see [`parts`]). Replayed commands carry the log's own times and lead to the log's own
//! events; their ids derive from case and place, so that a second replay changes nothing.

pub mod parts;

mod activity;

pub use activity::{Unknown, activity_in_log, activity_of};

use crate::{
    application::ApplicationCommand,
    claim::ClaimCommand,
    offer::{Offer, OfferCommand},
    work_item::{Work, WorkItem, WorkItemCommand},
};
use activity::Meaning;
use chrono::{DateTime, Utc};
use parts::Parts;
use quadrille::{CommandId, CorrelationId, id::derive};
use std::collections::BTreeMap;
use uuid::{Builder, Uuid};

/// A case of a log, its events in the log's order.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Its name in the log.
    pub name: String,
    /// The loan asked for, in euros; none where the log does not say.
    pub euros: i64,
    /// What happened.
    pub events: Vec<LogEvent>,
}

/// An event of a log.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// `concept:name`.
    pub activity: String,
    /// `lifecycle:transition`; empty where the log has none.
    pub lifecycle: String,
    /// `org:resource`.
    pub resource: Option<String>,
    /// `time:timestamp`.
    pub time: DateTime<Utc>,
}

/// A command to replay.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which case it belongs to, by its place in the log.
    pub case: usize,
    /// Its place in that case.
    pub ordinal: usize,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// Who did it, if the log knows.
    pub actor: Option<String>,
    /// The case's flow.
    pub correlation: CorrelationId,
    /// The command's id.
    pub command_id: CommandId,
    /// The aggregate's id.
    pub id: String,
    /// What was asked.
    pub request: Request,
}

/// A command of one of the aggregates.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// Of an application.
    Application(ApplicationCommand),
    /// Of an offer.
    Offer(OfferCommand),
    /// Of a piece of work.
    WorkItem(WorkItemCommand),
    /// Of a claim.
    Claim(ClaimCommand),
}

/// The commands of all cases in the order of their times; those of a case keep the log's order.
///
/// # Errors
/// When an activity belongs to neither of the processes that are known here.
pub fn steps(cases: &[Case]) -> Result<Vec<Step>, Unknown> {
    let mut steps = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        steps.extend(steps_of(at, case)?);
    }
    steps.sort_by_key(|step| (step.time, step.case, step.ordinal));
    Ok(steps)
}

/// The commands of one case, the one at this place in its log.
///
/// # Errors
/// As [`steps`].
pub fn steps_of(at: usize, case: &Case) -> Result<Vec<Step>, Unknown> {
    let start = case.events.first().map(|event| event.time).unwrap_or_default();
    let correlation = CorrelationId(derive(moment(start), &[b"case", case.name.as_bytes()]));
    let mut ids = Ids::new(case);
    let mut steps = Vec::with_capacity(case.events.len());
    let mut time = start;
    for (ordinal, event) in case.events.iter().enumerate() {
        // A case is in the log's order, whatever its clocks said.
        time = time.max(event.time);
        let (id, request) = ids.request(activity::meaning(case, event)?);
        let place = (ordinal as u64).to_be_bytes();
        let parts: [&[u8]; 3] = [b"step", case.name.as_bytes(), &place];
        steps.push(Step {
            case: at,
            ordinal,
            time,
            actor: event.resource.clone(),
            correlation,
            command_id: CommandId(derive(moment(event.time), &parts)),
            id,
            request,
        });
    }
    Ok(steps)
}

/// A parent for derived ids that sorts by time, as the ids that are made today do.
fn moment(time: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(time.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

/// The offers and the work of a case so far, which tell whom an event is about.
struct Ids<'a> {
    case: &'a str,
    offers: Parts<Offer>,
    work: BTreeMap<Work, Parts<WorkItem>>,
}

impl<'a> Ids<'a> {
    fn new(case: &'a Case) -> Self {
        Self { case: &case.name, offers: Parts::default(), work: BTreeMap::new() }
    }

    fn request(&mut self, meaning: Meaning) -> (String, Request) {
        let case = self.case;
        match meaning {
            Meaning::Application(command) => (case.to_owned(), Request::Application(command)),
            Meaning::Claim(command) => (case.to_owned(), Request::Claim(command)),
            Meaning::Offer(command) => {
                let opens = matches!(command, OfferCommand::Select { .. });
                let ordinal = self.offers.take(opens, &command);
                (format!("{case}-{ordinal}"), Request::Offer(command))
            }
            Meaning::WorkItem(work, command) => {
                let opens = matches!(command, WorkItemCommand::Schedule { .. });
                let ordinal = self.work.entry(work).or_default().take(opens, &command);
                (format!("{case}-{}-{ordinal}", work.as_str()), Request::WorkItem(command))
            }
        }
    }
}

#[cfg(test)]
mod tests;
