use super::{by_sequence, check_edges};
use crate::log::Log;
use chrono::Duration;
use quadrille_core::{CorrelationId, Position};
use quadrille_flow::observed::{Follower, Miner, Sequence, Settings, View, Within};
use uuid::Uuid;

/// Each text is a flow and its events, `1:a` being the event a of flow 1; seconds pass between
/// them, `+60` of them where it says so.
fn log(events: &str) -> Log {
    let mut log = Log::default();
    for event in events.split(' ') {
        if let Some(seconds) = event.strip_prefix('+') {
            log.wait(Duration::seconds(seconds.parse().unwrap()));
            continue;
        }
        let (flow, name) = event.split_once(':').unwrap();
        log.flow = Some(CorrelationId(Uuid::from_u128(flow.parse().unwrap())));
        log.wait(Duration::seconds(1)).plain("case-1", name, Uuid::nil());
    }
    log
}

fn variants(settings: &Settings, events: &str) -> Vec<(String, u64, u64)> {
    let observed = by_sequence(settings, &log(events).events);
    assert_eq!(observed.flows.variants, observed.variants.len() as u64);
    let told = observed.variants.into_iter().map(|v| (v.steps.concat(), v.count, v.open));
    told.collect()
}

#[test]
fn what_follows_in_a_flow_makes_an_edge_with_its_share_and_its_time() {
    let observed = by_sequence(&Settings::default(), &log("1:a 2:a 1:b 1:c 2:c").events);
    check_edges(
        &observed,
        "a → b  1  2000 ms
         a → c  1  3000 ms
         b → c  1  1000 ms",
    );
    assert_eq!(observed.graph.edge("a", "b").unwrap().share, Some(0.5));
    let node = |id: &str| observed.graph.node(id).unwrap();
    assert_eq!((node("a").count, node("a").starts, node("a").ends), (Some(2), 2, 0));
    assert_eq!((node("c").count, node("c").starts, node("c").ends), (Some(2), 0, 2));
    assert_eq!(node("c").component.as_deref(), Some("shop"));
    assert_eq!(observed.through, Some(Position(50)));
}

#[test]
fn a_flow_may_be_a_stream() {
    let by_stream = Settings { within: Within::Stream, ..Settings::default() };
    let observed = by_sequence(&by_stream, &log("1:a 2:a 1:b").events);
    check_edges(
        &observed,
        "a → a  1  1000 ms
         a → b  1  1000 ms",
    );
    assert_eq!(observed.open[0].flow, "case-1");
}

#[test]
fn an_effect_before_its_cause_took_no_time() {
    let mut log = log("1:a 1:b");
    log.events[1].metadata.occurred_at -= Duration::hours(1);
    check_edges(&by_sequence(&Settings::default(), &log.events), "a → b  1  0 ms");
}

#[test]
fn equal_ways_are_one_variant() {
    let told = variants(&Settings::default(), "1:a 2:a 1:b 2:b 3:a 4:b");
    assert_eq!(told, [("ab".into(), 2, 2), ("a".into(), 1, 1), ("b".into(), 1, 1)]);
}

#[test]
fn without_an_end_flows_are_open_and_say_how_long_they_stand_still() {
    let log = log("1:a 2:a +60 1:b");
    let observed = by_sequence(&Settings::default(), &log.events);
    let open: Vec<_> = observed
        .open
        .iter()
        .map(|open| (&*open.flow, &*open.at, open.events, open.still_micros / 1_000_000))
        .collect();
    let (one, two) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
    assert_eq!(open, [(&*two, "a", 1, 61), (&*one, "b", 2, 0)]);
    let mut miner = Sequence::new(&Settings::default());
    log.events.iter().for_each(|event| miner.push(event));
    let now = Some(log.now() + Duration::seconds(9));
    let later = miner.observed(View { now, open: 1, ..View::default() });
    assert_eq!((later.open.len(), later.flows.open), (1, 2));
    assert_eq!(later.open[0].still_micros, 70_000_000);
}

#[test]
fn an_end_closes_a_flow_and_what_comes_later_begins_anew() {
    let ends = Settings { ends: vec!["z".into()], ..Settings::default() };
    assert_eq!(variants(&ends, "1:a 1:z 2:a 1:b 2:z"), [("az".into(), 2, 0), ("b".into(), 1, 1)]);
    let observed = by_sequence(&ends, &log("1:a 1:z 2:a 1:b").events);
    assert_eq!((observed.flows.count, observed.flows.open, observed.flows.ended), (3, 2, 1));
    assert_eq!(observed.graph.node("z").unwrap().ends, 1);
    assert!(observed.graph.edge("z", "b").is_none());
}

#[test]
fn silence_closes_a_flow() {
    let silence = Some(std::time::Duration::from_secs(30));
    let silent = Settings { silence, ..Settings::default() };
    assert_eq!(variants(&silent, "1:a 2:a +40 1:b 1:c"), [("a".into(), 2, 0), ("bc".into(), 1, 1)]);
}

#[test]
fn ended_flows_are_forgotten_and_still_counted() {
    let mut log = Log::default();
    for flow in 0..20_000 {
        log.flow = Some(CorrelationId(Uuid::from_u128(flow)));
        log.wait(Duration::seconds(1)).plain("case-1", "a", Uuid::nil());
    }
    let silence = Some(std::time::Duration::from_secs(100));
    let mut miner = Sequence::new(&Settings { silence, ..Settings::default() });
    for event in &log.events {
        miner.push(event);
        assert!(miner.held() <= 2 * 4_096 + 102);
    }
    let observed = miner.observed(View::default());
    assert_eq!((observed.flows.count, observed.flows.open), (20_000, 101));
    assert_eq!(observed.graph.node("a").unwrap().ends, 20_000);
}

#[test]
fn a_loop_is_told_from_where_flows_return_to() {
    let observed =
        by_sequence(&Settings::default(), &log("1:a 1:b 1:c 1:b 2:b 2:b 1:c 1:b").events);
    let loops: Vec<_> = observed
        .loops
        .iter()
        .map(|found| (found.steps.concat(), found.times, found.flows))
        .collect();
    assert_eq!(loops, [("bc".into(), 2, 1), ("b".into(), 1, 1)]);
}

#[test]
fn the_frameworks_own_facts_are_no_sequence() {
    let mut log = log("1:a");
    let cause = log.events[0].id;
    log.reaction("mail", cause, Vec::new());
    let observed = by_sequence(&Settings::default(), &log.events);
    assert_eq!((observed.flows.events, observed.graph.nodes.len()), (1, 1));
    assert_eq!(observed.through, Some(Position(20)));
}
