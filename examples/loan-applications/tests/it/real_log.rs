//! The figures of BPI Challenge 2012, found by a separate analysis of the same log.

use crate::{simulation, xes};
use loan_applications::{
    follow_up::FollowUpCommand,
    read_models::{Logged, RuleBroken},
    replay::{Case, Step, activity_in_log, activity_of, steps},
    support::{RULE_SHARE, support},
};
use quadrille::{Envelope, View};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, OnceLock},
};

/// The log, and what a replay makes of it.
struct Log {
    cases: Vec<Case>,
    steps: Vec<Step>,
    events: Vec<Arc<Envelope>>,
}

fn log() -> Option<&'static Log> {
    static LOG: OnceLock<Option<Log>> = OnceLock::new();
    let log = LOG.get_or_init(|| {
        let cases = xes::cases("bpic2012.xes.gz", usize::MAX)?;
        let steps = steps(&cases).unwrap();
        let events = simulation::recorded(&steps);
        Some(Log { cases, steps, events })
    });
    log.as_ref()
}

fn counted<T: Ord>(all: impl IntoIterator<Item = T>) -> BTreeMap<T, usize> {
    all.into_iter().fold(BTreeMap::new(), |mut counts, one| {
        *counts.entry(one).or_default() += 1;
        counts
    })
}

#[test]
fn the_replay_of_the_real_log_records_its_own_events_and_every_broken_rule() {
    let Some(Log { cases, events, .. }) = log() else { return };

    let in_log = counted(cases.iter().flat_map(|case| &case.events).map(activity_in_log));
    let logged = events.iter().filter_map(|event| Logged::decode(event).unwrap());
    let recorded = counted(logged.filter_map(|event| activity_of(&event)));
    assert_eq!(recorded, in_log);
    assert_eq!(in_log.values().sum::<usize>(), 262_200);

    let instances = |prefix: &str| {
        let ids = events.iter().map(|event| event.stream.to_string());
        ids.filter(|id| id.starts_with(prefix)).collect::<BTreeSet<_>>().len()
    };
    let found = (instances("application-"), instances("offer-"), instances("work_item-"));
    assert_eq!(found, (13_087, 7_030, 26_318));

    let broken = events.iter().filter_map(|event| {
        let broken = RuleBroken::decode(event).unwrap()?;
        Some(format!("{} ({})", broken.rule, broken.found))
    });
    let expected = [
        ("an application is cancelled when preaccepted or finalized (accepted)", 66),
        ("an application is cancelled when preaccepted or finalized (partly submitted)", 1),
        ("an offer comes back before it is accepted (sent)", 130),
        ("an offer comes back before it is declined (sent)", 54),
        ("the bank declines after the first checks, preacceptance or finalization (accepted)", 29),
        ("work is started before it is completed (completed)", 1_031),
        ("work is started before it is completed (scheduled)", 9),
    ];
    let expected = expected.map(|(rule, count)| (rule.to_owned(), count));
    assert_eq!(counted(broken), BTreeMap::from(expected));
}

#[test]
fn the_rules_are_those_that_the_real_log_gives() {
    let Some(Log { steps, .. }) = log() else { return };
    let found = support(steps);
    for (place, support) in &found {
        assert_eq!(support.allowed, support.share >= RULE_SHARE, "{place:?}: {support:?}");
    }
    assert_eq!(found.values().map(|support| support.count).sum::<usize>(), 262_200);
}

#[test]
fn the_watch_over_the_real_log_finds_what_spans_the_three() {
    let Some(Log { events, .. }) = log() else { return };
    let watches = simulation::watched(events);
    assert_eq!(watches.len(), 13_087);
    let sent = watches.values().flat_map(|watch| &watch.sent).map(|command| match command {
        FollowUpCommand::Open { reason, .. } | FollowUpCommand::Remind { reason, .. } => {
            reason.clone()
        }
        FollowUpCommand::Report { rule, found } => format!("{rule} ({found})"),
    });
    let expected = [
        ("an application's end leaves no offer open (1 open)", 3),
        ("an approved application has an accepted offer (no accepted offer)", 3),
        ("the bank has not decided in 14 days", 140),
        ("the customer has not answered in 21 days", 1_170),
    ];
    let expected = expected.map(|(what, count)| (what.to_owned(), count));
    assert_eq!(counted(sent), BTreeMap::from(expected));
    assert_eq!(watches.values().filter(|watch| watch.completed).count(), 12_688);
    assert_eq!(watches.values().map(|watch| watch.late).sum::<usize>(), 7);
}
