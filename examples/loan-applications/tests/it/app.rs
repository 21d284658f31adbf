//! The whole app, in memory.

use crate::{simulation, xes};
use chrono::{DateTime, TimeDelta, Utc};
use loan_applications::{
    app,
    read_models::{Applications, BrokenRules, FollowUps, OffersPerApplication, WorkByResource},
    replay::{Case, LogEvent, activity_in_log, steps},
    report,
    work_item::Work,
};
use quadrille::{App, ManualClock, Quadrille};
use std::collections::BTreeMap;

/// A case in which the customer takes three weeks, and the bank accepts what never came back.
fn slow_customer() -> Case {
    let call = Work::CallAboutOffer.activity();
    let events = [
        (0, "A_SUBMITTED", "COMPLETE"),
        (0, "A_PARTLYSUBMITTED", "COMPLETE"),
        (0, "A_PREACCEPTED", "COMPLETE"),
        (1, "A_ACCEPTED", "COMPLETE"),
        (1, "O_SELECTED", "COMPLETE"),
        (1, "A_FINALIZED", "COMPLETE"),
        (1, "O_CREATED", "COMPLETE"),
        (1, "O_SENT", "COMPLETE"),
        (1, call, "SCHEDULE"),
        (25, call, "START"),
        (26, call, "COMPLETE"),
        (26, "A_APPROVED", "COMPLETE"),
        (26, "O_ACCEPTED", "COMPLETE"),
    ];
    let start: DateTime<Utc> = "2011-10-03T09:00:00Z".parse().unwrap();
    let events = events.map(|(day, activity, lifecycle)| LogEvent {
        activity: activity.into(),
        lifecycle: lifecycle.into(),
        resource: Some("112".into()),
        time: start + TimeDelta::days(day),
    });
    Case { name: "7".into(), euros: 5_000, events: events.into() }
}

async fn replayed(cases: &[Case]) -> App {
    let steps = steps(cases).unwrap();
    let clock = ManualClock::new(app::day(steps[0].time));
    let bank = app::start(Quadrille::in_memory(), clock.clone()).await.unwrap();
    assert_eq!(app::replay(&bank, &clock, &steps, |_| ()).await.unwrap(), 0);
    bank
}

fn in_log(cases: &[Case]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in cases.iter().flat_map(|case| &case.events) {
        *counts.entry(activity_in_log(event)).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_case_leaves_its_mark_in_every_read_model() {
    let cases = [slow_customer()];
    let bank = replayed(&cases).await;

    let application = bank.row::<Applications>("7").await.unwrap().unwrap();
    assert_eq!((application.stage.as_str(), application.month.as_str()), ("granted", "2011-10"));
    assert_eq!((application.euros, application.hours_to_decision), (5_000, Some(26.0 * 24.0)));
    let offers = bank.row::<OffersPerApplication>("7").await.unwrap().unwrap();
    assert_eq!((offers.made, offers.sent_back, offers.accepted), (1, 0, 1));
    let work = bank.row::<WorkByResource>(("112".to_owned(), "call".to_owned())).await.unwrap();
    assert_eq!(work.map(|work| (work.sessions, work.seconds)), Some((1, 24 * 3600)));
    let broken = bank.all_rows::<BrokenRules>().await.unwrap();
    let broken: Vec<_> = broken.iter().map(|one| (one.rule.as_str(), one.count)).collect();
    assert_eq!(broken, [("an offer comes back before it is accepted", 1)]);
    let follow_ups = bank.all_rows::<FollowUps>().await.unwrap();
    let follow_ups: Vec<_> = follow_ups.iter().map(|one| one.reason.as_str()).collect();
    let reminder = "the customer has not answered in 21 days";
    assert_eq!(follow_ups, ["an offer comes back before it is accepted", reminder]);

    assert_eq!(report::differences(&bank, &in_log(&cases)).await.unwrap(), [""; 0]);
    bank.shutdown().await;
}

#[tokio::test]
async fn a_second_replay_changes_nothing() {
    let steps = steps(&[slow_customer()]).unwrap();
    let bank = replayed(&[slow_customer()]).await;
    let before = bank.store().head().await.unwrap().unwrap().position;
    let clock = ManualClock::new(app::day(steps[0].time));
    let repeated = app::replay(&bank, &clock, &steps, |_| ()).await.unwrap();
    assert_eq!(repeated, steps.len() as u64);
    assert_eq!(bank.store().head().await.unwrap().unwrap().position, before);
    bank.shutdown().await;
}

#[tokio::test]
async fn a_difference_from_the_log_is_told_by_activity() {
    let bank = replayed(&[slow_customer()]).await;
    let mut more = slow_customer();
    more.events.retain(|event| event.activity != "O_SENT");
    let differences = report::differences(&bank, &in_log(&[more])).await.unwrap();
    assert_eq!(differences, ["O_SENT: 0 in the log, 1 recorded"]);
    bank.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_finds_in_real_cases_what_the_simulation_finds() {
    let Some(cases) = xes::cases("bpic2012.xes.gz", 200) else { return };
    let bank = replayed(&cases).await;
    let events = simulation::recorded(&steps(&cases).unwrap());
    let sent = simulation::watched(&events).into_values().flat_map(|watch| watch.sent).count();
    let broken = events.iter().filter(|event| event.event_type.ends_with(".rule_broken")).count();
    assert!(sent > 10 && broken > 10, "{sent} {broken}");

    let count = |kind: &str, rows: &[FollowUps]| {
        rows.iter().filter(|row| row.kind == kind).map(|row| row.count as usize).sum::<usize>()
    };
    let follow_ups = bank.all_rows::<FollowUps>().await.unwrap();
    let rules = bank.all_rows::<BrokenRules>().await.unwrap();
    let reported = rules.iter().filter(|rule| rule.aggregate == "follow_up");
    let reported = reported.map(|rule| rule.count as usize).sum::<usize>();
    assert_eq!(count("reminder", &follow_ups) + reported, sent);
    assert_eq!(rules.iter().map(|rule| rule.count as usize).sum::<usize>(), broken + reported);
    assert_eq!(report::differences(&bank, &in_log(&cases)).await.unwrap(), [""; 0]);
    bank.shutdown().await;
}
