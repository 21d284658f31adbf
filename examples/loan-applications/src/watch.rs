//! What spans an application, its offers and its work: a process manager correlates the three and
//! watches what is late.
//!
//! The times are those that the log keeps: half of the offers that come back do so within 8 days,
//! the bank cancels what was not answered on the 31st day, checks what came back within two
//! minutes and decides on it within 14 days in 19 of 20 cases.

use crate::{
    follow_up::{FollowUp, FollowUpCommand},
    work_item::Work,
};
use quadrille::{Input, Outbox, ProcessManager};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, time::Duration};

/// An offer that was not answered for so long is worth a call.
pub const REMINDER_DAYS: u64 = 21;
/// An offer that was not answered for so long has lapsed.
pub const LAPSE_DAYS: u64 = 32;
/// The bank decides on what came back within so long.
pub const DECISION_DAYS: u64 = 14;
/// What belongs together is recorded within so long.
pub const MATCH_DAYS: u64 = 2;

/// What the watch reacts to.
#[derive(Debug, Clone, PartialEq, Input)]
#[process(key = application)]
pub enum Seen {
    /// It begins with the application.
    #[on("application.submitted", starts)]
    Submitted {
        #[view(id)]
        application: String,
    },
    /// The customer has an offer.
    #[on("offer.sent", sets(Unanswered, Forgotten))]
    Sent {
        application: String,
        #[view(id)]
        offer: String,
    },
    /// The customer answered.
    #[on("offer.sent_back", sets(Unchecked, Undecided))]
    SentBack {
        application: String,
        #[view(id)]
        offer: String,
    },
    /// The bank stands by an offer.
    #[on("offer.accepted", sets(Unmatched), completes)]
    OfferAccepted {
        application: String,
        #[view(id)]
        offer: String,
    },
    /// An offer is off the table.
    #[on("offer.cancelled", "offer.declined", sets(Unmatched), completes)]
    OfferOff {
        application: String,
        #[view(id)]
        offer: String,
    },
    /// Work came up.
    #[on("work_item.scheduled")]
    WorkCameUp { application: String, work: Work },
    /// The bank said yes.
    #[on("application.approved", sets(Unmatched), completes)]
    Approved {
        #[view(id)]
        application: String,
    },
    /// The bank or the customer said no.
    #[on("application.declined", "application.cancelled", sets(Unmatched), completes)]
    Closed {
        #[view(id)]
        application: String,
    },
    /// The customer is slow.
    #[on(deadline, sends(FollowUp::Remind))]
    Unanswered { offer: String },
    /// The offer should have lapsed.
    #[on(deadline, sends(FollowUp::Report))]
    Forgotten,
    /// Nobody scheduled a check of what came back.
    #[on(deadline, sends(FollowUp::Report))]
    Unchecked,
    /// The bank is slow.
    #[on(deadline, sends(FollowUp::Remind))]
    Undecided { offer: String },
    /// The application's end and its offers' do not fit together.
    #[on(deadline, sends(FollowUp::Report), completes)]
    Unmatched,
}

/// The end of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Approved,
    Closed,
}

/// The watch over one application.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Watch {
    application: String,
    /// Offers that are with the customer or back.
    open: BTreeSet<String>,
    accepted: bool,
    end: Option<End>,
}

impl ProcessManager for Watch {
    const NAME: &'static str = "watch";
    type Input = Seen;

    fn react(&mut self, seen: Seen, out: &mut Outbox<Seen>) {
        match seen {
            Seen::Submitted { application } => self.application = application,
            Seen::Sent { offer, .. } => {
                self.open.insert(offer.clone());
                out.deadline(days(REMINDER_DAYS), Seen::Unanswered { offer });
                out.deadline(days(LAPSE_DAYS), Seen::Forgotten);
            }
            Seen::SentBack { offer, .. } => {
                answered(out);
                out.deadline(days(MATCH_DAYS), Seen::Unchecked);
                out.deadline(days(DECISION_DAYS), Seen::Undecided { offer });
            }
            Seen::WorkCameUp { work: Work::Validate, .. } => {
                out.cancel(Seen::Unchecked);
            }
            Seen::WorkCameUp { .. } => (),
            Seen::OfferAccepted { offer, .. } => {
                self.accepted = true;
                self.off_the_table(&offer, out);
            }
            Seen::OfferOff { offer, .. } => self.off_the_table(&offer, out),
            Seen::Approved { .. } => self.ended(End::Approved, out),
            Seen::Closed { .. } => self.ended(End::Closed, out),
            Seen::Unanswered { offer } => {
                self.remind(
                    out,
                    offer,
                    format!("the customer has not answered in {REMINDER_DAYS} days"),
                );
            }
            Seen::Undecided { offer } => {
                self.remind(
                    out,
                    offer,
                    format!("the bank has not decided in {DECISION_DAYS} days"),
                );
            }
            Seen::Forgotten => {
                self.report(out, "an offer lapses when it is not answered in 30 days", "sent");
            }
            Seen::Unchecked => self.report(out, "an offer that comes back is checked", "sent back"),
            Seen::Unmatched => {
                self.unmatched(out);
                out.complete();
            }
        }
    }
}

impl Watch {
    fn off_the_table(&mut self, offer: &str, out: &mut Outbox<Seen>) {
        self.open.remove(offer);
        if self.open.is_empty() {
            answered(out);
            out.cancel(Seen::Undecided { offer: String::new() });
        }
        self.compare(out);
    }

    fn ended(&mut self, end: End, out: &mut Outbox<Seen>) {
        self.end = Some(end);
        self.compare(out);
    }

    /// The log records an application's end and its offers' in any order, moments apart.
    fn compare(&self, out: &mut Outbox<Seen>) {
        let Some(end) = self.end else { return };
        if self.open.is_empty() && (end == End::Closed || self.accepted) {
            out.complete();
        } else {
            out.deadline(days(MATCH_DAYS), Seen::Unmatched);
        }
    }

    fn unmatched(&self, out: &mut Outbox<Seen>) {
        if self.end == Some(End::Approved) && !self.accepted {
            self.report(out, "an approved application has an accepted offer", "no accepted offer");
        }
        if !self.open.is_empty() {
            let found = format!("{} open", self.open.len());
            self.report(out, "an application's end leaves no offer open", found);
        }
    }

    fn remind(&self, out: &mut Outbox<Seen>, subject: String, reason: String) {
        out.send::<FollowUp>(&self.application, FollowUpCommand::Remind { subject, reason });
    }

    fn report(&self, out: &mut Outbox<Seen>, rule: &str, found: impl Into<String>) {
        let (rule, found) = (rule.to_owned(), found.into());
        out.send::<FollowUp>(&self.application, FollowUpCommand::Report { rule, found });
    }
}

fn answered(out: &mut Outbox<Seen>) {
    out.cancel(Seen::Unanswered { offer: String::new() });
    out.cancel(Seen::Forgotten);
}

fn days(days: u64) -> Duration {
    Duration::from_hours(24 * days)
}
