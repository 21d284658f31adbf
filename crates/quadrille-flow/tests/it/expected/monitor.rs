use super::{Log, ORDER};
use crate::log::start;
use chrono::Duration;
use quadrille_core::CorrelationId;
use quadrille_flow::{
    expected::{ExpectedFlow, Monitor, parse},
    observed::Follower,
};
use uuid::Uuid;

const GOOD: &str = "order.placed/sales stock.reserved/warehouse payment.requested/till payment.captured/till order.shipped/dispatch";
const OPEN: &str = "order.placed/sales stock.reserved/warehouse";
const BAD: &str =
    "order.placed/sales payment.requested/till payment.captured/till order.shipped/dispatch";

fn watch(log: &Log, text: &str) -> Monitor {
    let mut monitor = Monitor::new(parse(text).unwrap());
    log.0.iter().for_each(|event| monitor.push(event));
    monitor
}

#[test]
fn all_flows_are_counted_and_the_bad_ones_named() {
    let mut log = Log::default();
    log.flow(1, GOOD).flow(2, OPEN).flow(3, BAD).flow(4, BAD).flow(5, "payment.requested/till");
    let [report] = &watch(&log, ORDER).report(None, 1)[..] else { panic!() };
    let counts = (report.flows, report.as_expected, report.open, report.deviating, report.others);
    assert_eq!(counts, (4, 1, 1, 2, 1));
    assert!((report.fitness - (2.0 + 2.0 * (1.0 - 1.0 / 9.0)) / 4.0).abs() < 1e-9);
    let [missing] = &report.deviations[..] else { panic!("{:?}", report.deviations) };
    assert_eq!((missing.kind, &*missing.step), ("missing", "stock.reserved"));
    assert_eq!((missing.flows, missing.times, missing.examples.len()), (2, 2, 1));
    assert_eq!(missing.examples[0].flow, CorrelationId(Uuid::from_u128(3)));
    let variants: Vec<_> =
        report.variants.iter().map(|v| (v.steps.len(), v.flows, v.deviating)).collect();
    assert_eq!(variants, [(4, 2, 2), (2, 1, 0), (5, 1, 0)]);
}

#[test]
fn a_monitor_says_what_each_flow_by_itself_would() {
    let mut log = Log::default();
    log.flow(1, GOOD).flow(2, OPEN).flow(3, BAD);
    // One event after the other, in turns.
    let mut mixed = log.0.clone();
    mixed.sort_by_key(|event| (event.position.0 / 10 * 7 % 5, event.position));
    let order: ExpectedFlow = ORDER.parse().unwrap();
    let mut monitor = Monitor::new([order.clone()]);
    mixed.iter().for_each(|event| monitor.push(event));
    let report = &monitor.report(None, 10)[0];
    let alone: f64 = (1..=3)
        .map(|flow| {
            let id = CorrelationId(Uuid::from_u128(flow));
            let own: Vec<_> =
                mixed.iter().filter(|event| event.metadata.correlation == id).cloned().collect();
            order.check(&own).verdict.fitness
        })
        .sum();
    assert!((report.fitness - alone / 3.0).abs() < 1e-9);
}

#[test]
fn what_is_silent_for_long_enough_is_over() {
    let text = ORDER.replace("ignore audit.*", "ends after 10d");
    let mut log = Log::default();
    log.flow(1, OPEN);
    let mut monitor = watch(&log, &text);
    let now = |days| Some(start() + Duration::days(days));
    assert_eq!(monitor.report(now(10), 1)[0].open, 1);
    let report = &monitor.report(now(11), 1)[0];
    assert_eq!((report.open, report.deviating), (0, 1));
    assert_eq!(report.deviations.iter().map(|d| &*d.step).collect::<Vec<_>>().len(), 3);
    // What comes later under its id begins anew.
    monitor.push(Log::default().push(1, 24 * 20, "order.placed", "sales").0.last().unwrap());
    let report = &monitor.report(None, 1)[0];
    assert_eq!((report.flows, report.open, report.deviating), (2, 1, 1));
}

#[test]
fn flows_that_are_over_are_forgotten_and_still_count() {
    let text = ORDER.replace("ignore audit.*", "ends after 1d");
    let mut log = Log::default();
    for flow in 0..4_000 {
        let hours = flow as i64 * 3;
        log.push(flow, hours, "order.placed", "sales");
        log.push(flow, hours, "stock.reserved", "warehouse");
    }
    let mut monitor = watch(&log, &text);
    let report = &monitor.report(None, 3)[0];
    assert_eq!((report.flows, report.open, report.deviating), (4_000, 9, 3_991));
    assert_eq!(report.deviations[0].examples.len(), 3);
    assert_eq!(report.deviations[0].examples[0].flow, CorrelationId(Uuid::from_u128(0)));
}

#[test]
fn news_are_told_once_and_when_they_are_due() {
    let text = "flow f { a.a b.b within 2h c.c } flow g { a.a ignore b.*, c.*, d.* }";
    let now = |hours| start() + Duration::hours(hours);
    let mut log = Log::default();
    let mut monitor = watch(log.flow(1, "a.a/x"), text);
    let check = |monitor: &mut Monitor, hours, expected: &[&str]| {
        let news = monitor.news(Some(now(hours)));
        let told: Vec<_> =
            news.iter().map(|n| format!("{} {}", n.expected, n.deviation.summary())).collect();
        assert_eq!(told, expected);
    };
    check(&mut monitor, 0, &[]);
    check(&mut monitor, 2, &[]);
    check(&mut monitor, 3, &["f b.b has not come for 3 h since a.a, where 2 h are allowed"]);
    check(&mut monitor, 4, &[]);
    monitor.push(&Log::default().push(1, 5, "b.b", "x").0[0]);
    check(&mut monitor, 5, &["f b.b came 5 h after a.a, where 2 h are allowed"]);
    monitor.push(&Log::default().push(1, 5, "a.a", "x").0[0]);
    check(&mut monitor, 5, &["f a.a has no place there", "g a.a has no place there"]);
    check(&mut monitor, 50, &[]);
}
