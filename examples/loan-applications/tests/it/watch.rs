//! The watch over one application, by hand.

use crate::simulation::Watched;
use chrono::{DateTime, TimeDelta, Utc};
use loan_applications::{follow_up::FollowUpCommand, watch::Seen, work_item::Work};

const OFFER: &str = "7-1";

fn sent() -> Seen {
    Seen::Sent { application: "7".into(), offer: OFFER.into() }
}
fn sent_back() -> Seen {
    Seen::SentBack { application: "7".into(), offer: OFFER.into() }
}
fn offer_accepted() -> Seen {
    Seen::OfferAccepted { application: "7".into(), offer: OFFER.into() }
}
fn offer_off() -> Seen {
    Seen::OfferOff { application: "7".into(), offer: OFFER.into() }
}
fn validation() -> Seen {
    Seen::WorkCameUp { application: "7".into(), work: Work::Validate }
}
fn approved() -> Seen {
    Seen::Approved { application: "7".into() }
}
fn closed() -> Seen {
    Seen::Closed { application: "7".into() }
}

/// What is sent when these are seen on these days, and 100 days pass.
fn check(seen: &[(i64, Seen)], completes: bool, expected: &[&str]) {
    let day = |day| DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(day);
    let mut watch = Watched::default();
    watch.take(Seen::Submitted { application: "7".into() }, day(0));
    for (on, seen) in seen {
        watch.take(seen.clone(), day(*on));
    }
    watch.until(day(100));
    let sent = watch.sent.iter().map(|command| match command {
        FollowUpCommand::Remind { subject, reason } => format!("{subject}: {reason}"),
        FollowUpCommand::Report { rule, found } => format!("{rule} ({found})"),
        FollowUpCommand::Open { .. } => panic!("{command:?}"),
    });
    assert_eq!(sent.collect::<Vec<_>>(), expected);
    assert_eq!(watch.completed, completes);
}

#[test]
fn a_loan_in_good_time_leaves_nothing_to_follow_up() {
    let all = [
        (1, sent()),
        (9, sent_back()),
        (9, validation()),
        (13, offer_accepted()),
        (13, approved()),
    ];
    check(&all, true, &[]);
}

#[test]
fn the_end_of_the_application_and_of_its_offers_come_in_any_order() {
    check(&[(1, sent()), (9, closed()), (9, offer_off())], true, &[]);
    check(&[(1, sent()), (9, offer_off()), (9, closed())], true, &[]);
    check(
        &[(1, sent()), (2, sent_back()), (2, validation()), (9, approved()), (9, offer_accepted())],
        true,
        &[],
    );
}

#[test]
fn a_customer_who_does_not_answer_is_reminded_and_then_the_offer_should_lapse() {
    let late = "7-1: the customer has not answered in 21 days";
    check(&[(1, sent()), (32, offer_off()), (32, closed())], true, &[late]);
    let forgotten = "an offer lapses when it is not answered in 30 days (sent)";
    check(&[(1, sent())], false, &[late, forgotten]);
}

#[test]
fn what_came_back_is_checked_and_decided_on() {
    let unchecked = "an offer that comes back is checked (sent back)";
    let undecided = "7-1: the bank has not decided in 14 days";
    check(&[(1, sent()), (5, sent_back())], false, &[unchecked, undecided]);
    check(&[(1, sent()), (5, sent_back()), (5, validation())], false, &[undecided]);
}

#[test]
fn an_end_that_does_not_fit_the_offers_is_a_broken_rule() {
    let nothing_accepted = "an approved application has an accepted offer (no accepted offer)";
    let left_open = "an application's end leaves no offer open (1 open)";
    let came_back = [(1, sent()), (5, sent_back()), (5, validation())];
    check(&[&came_back[..], &[(6, approved())]].concat(), true, &[nothing_accepted, left_open]);
    check(&[&came_back[..], &[(6, closed())]].concat(), true, &[left_open]);
}
