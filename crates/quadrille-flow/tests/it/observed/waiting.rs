use crate::{
    log::{FLOW, Log, command, deadline, issued, outcome, refused, start, step},
    manifests,
};
use chrono::Duration;
use quadrille_core::{
    CorrelationId, EventId, Position,
    journal::{
        Cause, ManifestRecorded, Outcome, ProcessDiscarded, manifest_stream, process_stream,
    },
    manifest::ComponentManifest,
    state::ParkedEvent,
};
use quadrille_flow::observed::{Follower, Settings, Standing, View, Waiting, WaitsFor};
use uuid::Uuid;

fn waiting(log: &Log, settings: &Settings) -> Waiting {
    let mut waiting = Waiting::new(settings);
    log.events.iter().for_each(|event| waiting.push(event));
    waiting
}

fn standing(log: &Log) -> Vec<Standing> {
    waiting(log, &Settings::default()).standing(&[], View::default(), false)
}

/// What flows wait for, in short.
fn waits(standing: &[Standing]) -> Vec<String> {
    let short = |what: &WaitsFor| match what {
        WaitsFor::Decision { consumer, event_type, .. } => format!("{consumer} on {event_type}"),
        WaitsFor::Command { name, due, .. } => {
            format!("{name}{}", if due.is_some() { " later" } else { "" })
        }
        WaitsFor::Deadline { name, .. } => format!("deadline {name}"),
        WaitsFor::Refusal { name, .. } => format!("{name} refused"),
        WaitsFor::Event { process, key } => format!("event for {process} {key}"),
    };
    standing.iter().flat_map(|flow| &flow.waits_for).map(short).collect()
}

/// An order whose payment is awaited, until a deadline.
fn placed() -> (Log, EventId, EventId) {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![issued(command(2), "payment-o1", "capture")];
    first.deadlines = vec![deadline(7, "PaymentOverdue", start() + Duration::days(3))];
    let first = log.wait(Duration::seconds(4)).step(first, placed);
    (log, placed, first)
}

#[test]
fn a_flow_says_where_it_stands_and_what_it_waits_for() {
    let (log, ..) = placed();
    let found = standing(&log);
    assert_eq!(waits(&found), ["payment.capture", "deadline PaymentOverdue"]);
    let [Standing { flow, .. }] = &found[..] else { panic!("one flow") };
    assert_eq!((&*flow.flow, &*flow.at, flow.events), (&*FLOW.to_string(), "order.placed", 1));
    assert_eq!((flow.since, flow.still_micros), (start() + Duration::seconds(4), 0));
    let later = View { now: Some(start() + Duration::seconds(64)), ..View::default() };
    let later = waiting(&log, &Settings::default()).standing(&[], later, false);
    assert_eq!(later[0].flow.still_micros, 60_000_000);
    let json = serde_json::to_value(&found).unwrap();
    assert_eq!(json[0]["at"], "order.placed");
    assert_eq!(json[0]["waits_for"][0]["what"], "command");
    assert_eq!(json[0]["waits_for"][1]["name"], "PaymentOverdue");
}

#[test]
fn what_came_is_not_awaited_any_more() {
    let (mut log, placed, first) = placed();
    let capture = issued(command(2), "payment-o1", "capture");
    let captured =
        log.event("payment-o1", "payment.captured", "payment.capture", capture.id, Some(first));
    log.settled(outcome(&capture, Outcome::Accepted(vec![captured]), 1), first);
    assert_eq!(waits(&standing(&log)), ["deadline PaymentOverdue"]);
    let mut second = step("Captured", Cause::Event(captured));
    second.cancelled = vec!["PaymentOverdue".into()];
    log.step(second, captured);
    assert_eq!(waits(&standing(&log)), ["event for fulfilment o1"]);
    let mut last = step("Shipped", Cause::Event(placed));
    last.completes = true;
    log.step(last, captured);
    assert_eq!(standing(&log), []);
    // A late input does not begin it anew.
    log.step(step("Late", Cause::Event(EventId(Uuid::from_u128(9)))), captured);
    assert_eq!(standing(&log), []);
}

#[test]
fn a_compensated_instance_waits_until_its_commands_have_ended() {
    let (mut log, placed, first) = placed();
    let undo = issued(command(3), "stock-w", "release");
    let mut second = step("Failed", Cause::Event(EventId(Uuid::from_u128(9))));
    second.compensates = Some("it failed".into());
    second.cancelled = vec!["PaymentOverdue".into()];
    second.issued = vec![undo.clone()];
    let second = log.step(second, placed);
    assert_eq!(waits(&standing(&log)), ["payment.capture", "stock.release"]);
    let capture = issued(command(2), "payment-o1", "capture");
    log.settled(outcome(&capture, refused("no", "no"), 1), first);
    log.settled(outcome(&undo, Outcome::Unchanged, 1), second);
    assert_eq!(standing(&log), []);
}

/// Has the app declare the process, whose one step begins with this.
fn declare(log: &mut Log, trigger: &str) {
    let step = manifests::step("Taken", trigger, "");
    let processes = vec![manifests::process("fulfilment", vec![step])];
    let component = ComponentManifest { processes, ..manifests::component("orders") };
    let fact = ManifestRecorded { manifest: manifests::app("shop", vec![component]) };
    log.fact(&manifest_stream("shop").unwrap(), &fact, EventId::new());
}

#[test]
fn a_refusal_is_awaited_until_a_process_that_takes_refusals_has_taken_it() {
    let (mut log, placed, first) = placed();
    declare(&mut log, "rejection");
    let mut last = step("Shipped", Cause::Event(EventId(Uuid::from_u128(9))));
    last.completes = true;
    log.step(last, placed);
    let capture = issued(command(2), "payment-o1", "capture");
    let settled = log.settled(outcome(&capture, refused("no", "no"), 1), first);
    assert_eq!(waits(&standing(&log)), ["payment.capture refused"]);
    let json = serde_json::to_value(standing(&log)).unwrap();
    assert_eq!(json[0]["waits_for"][0]["what"], "refusal");
    log.step(step("Taken", Cause::Rejected(capture.id)), settled);
    assert_eq!(standing(&log), []);
}

#[test]
fn a_process_that_takes_no_refusals_does_not_wait_for_them() {
    let (mut log, placed, first) = placed();
    declare(&mut log, "rejection");
    let mut last = step("Shipped", Cause::Event(EventId(Uuid::from_u128(9))));
    last.completes = true;
    log.step(last, placed);
    let capture = issued(command(2), "payment-o1", "capture");
    log.settled(outcome(&capture, refused("no", "no"), 1), first);
    declare(&mut log, "event");
    assert_eq!(standing(&log), []);
}

#[test]
fn what_somebody_gave_up_is_not_awaited() {
    let (mut log, placed, _) = placed();
    let stream = process_stream("fulfilment", "o1").unwrap();
    let discarded = |subject, name: &str| ProcessDiscarded {
        process: "fulfilment".into(),
        key: "o1".into(),
        subject,
        name: name.into(),
        reason: "no use".into(),
        actor: "dave".into(),
    };
    log.fact(&stream, &discarded(Uuid::from_u128(7), "PaymentOverdue"), placed);
    assert_eq!(waits(&standing(&log)), ["payment.capture"]);
    log.fact(&stream, &discarded(command(2).0, "payment.capture"), placed);
    assert_eq!(waits(&standing(&log)), ["event for fulfilment o1"]);
}

#[test]
fn what_is_parked_waits_for_a_decision() {
    let mut log = Log::default();
    let event = log.event("order-o1", "order.placed", "order.place", command(1), None);
    assert_eq!(standing(&log), []);
    let parked = ParkedEvent {
        event,
        position: Position(10),
        event_type: "order.placed".into(),
        stream: "order-o1".parse().unwrap(),
        correlation: FLOW,
        key: "order-o1".into(),
        reason: "no such address".into(),
        attempts: 5,
        subject: None,
        parked_at: start(),
    };
    let waiting = waiting(&log, &Settings::default());
    let found = waiting.standing(&[("mailer".into(), parked)], View::default(), false);
    assert_eq!(waits(&found), ["mailer on order.placed"]);
}

#[test]
fn each_thing_is_awaited_by_the_flow_that_it_belongs_to() {
    let (mut log, ..) = placed();
    let other = CorrelationId(Uuid::from_u128(2));
    log.flow = Some(other);
    let paid = log.event("payment-o1", "payment.asked", "payment.ask", command(5), None);
    let mut second = step("Asked", Cause::Event(paid));
    second.deadlines = vec![deadline(8, "NotAnswered", start() + Duration::days(1))];
    log.step(second, paid);
    let found = standing(&log);
    let by_flow: Vec<_> =
        found.iter().map(|one| (one.flow.at.as_str(), one.waits_for.len())).collect();
    assert_eq!(by_flow, [("order.placed", 2), ("payment.asked", 1)]);
    let most = View { open: 1, ..View::default() };
    let first = waiting(&log, &Settings::default()).standing(&[], most, false);
    assert_eq!(first[0].flow.at, "order.placed");
    assert_eq!(first.len(), 1);
}

#[test]
fn where_it_is_said_how_flows_end_all_others_are_open() {
    let mut log = Log::default();
    for n in 1..=3 {
        log.flow = Some(CorrelationId(Uuid::from_u128(n)));
        log.wait(Duration::seconds(1));
        let kind = if n == 2 { "order.delivered" } else { "order.placed" };
        log.event(&format!("order-{n}"), kind, "order.go", command(n), None);
    }
    let settings = Settings { ends: vec!["order.delivered".into()], ..Settings::default() };
    let found = waiting(&log, &settings).standing(&[], View::default(), true);
    let at: Vec<_> = found.iter().map(|one| (&*one.flow.at, one.waits_for.len())).collect();
    assert_eq!(at, [("order.placed", 0), ("order.placed", 0)]);
}

#[test]
fn a_fact_that_cannot_be_read_is_counted() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.plain("quadrille-process-fulfilment/o1", "quadrille.process.stepped", placed.0);
    assert_eq!(waiting(&log, &Settings::default()).unreadable(), 1);
}
