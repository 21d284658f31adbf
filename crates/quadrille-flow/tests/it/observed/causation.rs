use super::{by_causation, check_edges};
use crate::log::{self, Log, command, deadline, issued, outcome, refused, step};
use chrono::Duration;
use quadrille_core::{
    CorrelationId, EventId,
    journal::{Cause, Outcome},
};
use quadrille_flow::observed::{Causation, Settings};
use uuid::Uuid;

fn ms(count: i64) -> Duration {
    Duration::milliseconds(count)
}

#[test]
fn a_fulfilment_shows_every_edge_that_it_took() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let reserve = issued(command(2), "stock-widgets", "reserve");
    let capture = issued(command(3), "payment-o1", "capture");
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![reserve.clone(), capture.clone()];
    first.deadlines = vec![deadline(7, "PaymentOverdue", log::start() + Duration::days(3))];
    let first = log.wait(ms(4)).step(first, placed);
    let cause = Some(first);
    let stock =
        log.wait(ms(3)).event("stock-w", "stock.reserved", "stock.reserve", reserve.id, cause);
    log.wait(ms(1)).settled(outcome(&reserve, Outcome::Accepted(vec![stock]), 1), first);
    let refusal = refused("card_declined", "the card was declined");
    let settled = log.wait(ms(900)).settled(outcome(&capture, refusal, 3), first);
    let mut retry = step("Refused", Cause::Rejected(capture.id));
    retry.issued = vec![issued(command(4), "payment-o1", "capture")];
    log.wait(ms(1)).step(retry, settled);
    let mut overdue = step("PaymentOverdue", Cause::Deadline(Uuid::from_u128(7)));
    overdue.dropped = vec![command(4)];
    log.wait(Duration::days(3)).step(overdue, first);
    let observed = by_causation(&Settings::default(), &log.events);
    check_edges(
        &observed,
        "command:order.place → order.placed  1
         command:payment.capture → process:fulfilment  1  1 ms
         command:stock.reserve → stock.reserved  1
         deadline:fulfilment.PaymentOverdue → process:fulfilment  1  909 ms
         order.placed → process:fulfilment  1  4 ms
         process:fulfilment → command:payment.capture  2  904 ms  1 rejected  1 retried
         process:fulfilment → command:stock.reserve  1  3 ms
         process:fulfilment → deadline:fulfilment.PaymentOverdue  1  259199996 ms",
    );
    let node = |id: &str| observed.graph.node(id).unwrap();
    assert_eq!((node("command:order.place").starts, node("order.placed").starts), (1, 0));
    assert_eq!(node("process:fulfilment").count, Some(3));
    assert_eq!(node("command:payment.capture").count, Some(2));
    assert_eq!(node("stock.reserved").ends, 1);
    assert_eq!(observed.flows.without_cause, 0);
}

#[test]
fn a_reaction_stands_between_an_event_and_the_commands_that_it_sent() {
    let mut log = Log::default();
    let failed = log.event("payment-o1", "payment.failed", "payment.capture", command(1), None);
    let (cancel, refund) =
        (issued(command(2), "order-o1", "cancel"), issued(command(3), "payment-o1", "refund"));
    let by =
        |log: &mut Log, name| log.event("order-o1", name, "order.cancel", command(2), Some(failed));
    let cancelled = by(log.wait(ms(5)), "order.cancelled");
    by(&mut log, "order.closed");
    let before = by_causation(&Settings::default(), &log.events);
    check_edges(
        &before,
        "command:order.cancel → order.cancelled  1
         command:order.cancel → order.closed  1
         command:payment.capture → payment.failed  1
         payment.failed → command:order.cancel  1  5 ms",
    );
    let done = vec![
        outcome(&cancel, Outcome::Accepted(vec![cancelled]), 2),
        outcome(&refund, refused("nothing_to_refund", "nothing was paid"), 1),
    ];
    log.wait(ms(2)).reaction("cancel-unpaid", failed, done);
    let observed = by_causation(&Settings::default(), &log.events);
    check_edges(
        &observed,
        "command:order.cancel → order.cancelled  1
         command:order.cancel → order.closed  1
         command:payment.capture → payment.failed  1
         payment.failed → reaction:cancel-unpaid  1  7 ms
         reaction:cancel-unpaid → command:order.cancel  1  5 ms  1 retried
         reaction:cancel-unpaid → command:payment.refund  1  7 ms  1 rejected",
    );
    assert_eq!(observed.graph.node("command:order.cancel").unwrap().count, Some(1));
}

#[test]
fn events_without_commands_follow_from_one_another() {
    let mut log = Log::default();
    let a = log.plain("case-1", "a", log::FLOW.0);
    log.wait(ms(5)).plain("case-1", "b", a.0);
    log.plain("case-1", "c", EventId::new().0);
    let observed = by_causation(&Settings::default(), &log.events);
    check_edges(&observed, "a → b  1  5 ms");
    assert_eq!(observed.flows.without_cause, 1);
    assert_eq!(observed.graph.node("a").unwrap().starts, 1);
}

#[test]
fn each_edge_says_since_where_in_the_log_it_is_known() {
    let mut log = Log::default();
    let a = log.plain("case-1", "a", log::FLOW.0);
    log.plain("case-1", "b", a.0);
    log.plain("case-1", "b", a.0);
    let observed = by_causation(&Settings::default(), &log.events);
    assert_eq!(observed.graph.edge("a", "b").unwrap().since, Some(log.events[1].position));
    assert_eq!(observed.graph.node("a").unwrap().since, Some(log.events[0].position));
}

#[test]
fn counting_begins_behind_a_position_and_causes_before_it_are_known() {
    let mut log = Log::default();
    let a = log.plain("case-1", "a", log::FLOW.0);
    log.wait(ms(5)).plain("case-1", "b", a.0);
    let count_after = Some(log.events[1].position);
    log.wait(ms(5)).plain("case-1", "b", a.0);
    let settings = Settings { count_after, ..Settings::default() };
    let observed = by_causation(&settings, &log.events);
    check_edges(&observed, "a → b  1  10 ms");
    assert_eq!(observed.graph.node("a").unwrap().count, Some(0));
    assert_eq!((observed.flows.events, observed.flows.without_cause), (3, 0));
}

#[test]
fn a_fact_that_cannot_be_read_is_counted() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.step(step("Placed", Cause::Event(placed)), placed);
    log.events[1].data = b"{}".to_vec();
    let observed = by_causation(&Settings::default(), &log.events);
    assert_eq!((observed.flows.unreadable, observed.flows.events), (1, 1));
}

#[test]
fn causes_of_flows_that_have_ended_are_forgotten() {
    let mut log = Log::default();
    for n in 0..20_000 {
        log.flow = Some(CorrelationId(Uuid::from_u128(n)));
        let a = log.wait(ms(1_000)).plain("case-1", "a", Uuid::from_u128(n));
        log.plain("case-1", "b", a.0);
    }
    let check = |settings: Settings, open: u64, most: usize| {
        let observed = by_causation(&settings, &log.events);
        assert_eq!((observed.flows.open, observed.flows.without_cause), (open, 0));
        check_edges(&observed, "a → b  20000  0 ms");
        let held = super::most_held(Causation::new(&settings), &log.events);
        assert!(held <= most, "{held}");
    };
    check(Settings::default(), 20_000, 60_000);
    check(Settings { ends: vec!["b".into()], ..Settings::default() }, 0, 4_100);
    let silence = Some(std::time::Duration::from_secs(9));
    check(Settings { silence, ..Settings::default() }, 10, 18_000);
}

#[test]
fn a_flow_that_fell_silent_has_ended_whatever_else_happens() {
    let silence = Some(std::time::Duration::from_secs(7 * 86_400));
    let settings = Settings { silence, ..Settings::default() };
    let flows = |others: u128| {
        let mut log = Log::default();
        let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
        let (flow, other) = (log.flow, |n| Some(CorrelationId(Uuid::from_u128(1_000 + n))));
        for n in 0..others {
            log.flow = other(n);
            log.wait(ms(30 * 86_400_000 / others as i64)).plain("case-1", "other", Uuid::nil());
        }
        log.flow = flow;
        log.step(step("Late", Cause::Event(placed)), placed);
        log.wait(ms(5_000)).event("order-o1", "order.closed", "order.close", command(2), None);
        let observed = by_causation(&settings, &log.events);
        let of_the_order = |id: &str| observed.graph.node(id).unwrap().starts;
        of_the_order("command:order.place") + of_the_order("command:order.close")
    };
    assert_eq!((flows(3), flows(9_000)), (2, 2));
}

#[test]
fn times_at_both_ends_of_the_calendar_are_no_problem() {
    let mut log = Log::default();
    let first = log.plain("case-1", "a", Uuid::nil());
    log.plain("case-1", "b", first.0);
    let bounds =
        [chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC];
    for (event, at) in log.events.iter_mut().zip(bounds) {
        event.metadata.occurred_at = at;
    }
    let observed = by_causation(&Settings::default(), &log.events);
    assert!(observed.graph.edge("a", "b").unwrap().latency.unwrap().p50_micros > 0);
}
