use crate::{
    flows::order_with_models,
    log::{FLOW, Log, command},
};
use chrono::Duration;
use quadrille_flow::trace::{Input, Trace, TreeStyle};

fn timeline(input: &Input, width: usize) -> String {
    Trace::build(input).timeline(TreeStyle { width: Some(width), colour: false })
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let body: String = text.lines().skip(2).map(|line| format!("{line}\n")).collect();
    assert_eq!(body, expected.trim_start_matches('\n'), "\n{text}");
}

#[test]
fn milliseconds_and_days_are_seen_on_one_axis() {
    let text = timeline(&order_with_models(), 120);
    check(
        &text, "
not a straight axis: a gap is as wide as the logarithm of its length
      +start  0  4 ms  500 ms      1 d     3 d       3 d
              ┌──┬─────┬───────────┬───────┬───────────┐
              ▶  ┊     ┊           ┊       ┊           ┊  ▶ order.place → order-o1  by alice
           0  ●  ┊     ┊           ┊       ┊           ┊  ● order.placed  order-o1#1
        4 ms  ├──◆     ┊           ┊       ┊           ┊  ◆ fulfilment o1: Placed
              ┊  ├─────────────────────────◷           ┊  ◷ PaymentOverdue  due 2024-03-04 12:00:00  fired
              ┊  ├─▶   ┊           ┊       ┊           ┊  ▶ stock.reserve → stock-widgets
        7 ms  ┊  ┊ ●   ┊           ┊       ┊           ┊  ● stock.reserved  stock-widgets#1
      500 ms  ┊  ┊     ✗           ┊       ┊           ┊  ▶ order.place → order-o1  by bob  ✗ is_placed: it is placed a…
      907 ms  ┊  ├────────✗        ┊       ┊           ┊  ▶ payment.capture → payment-o1  3 attempts  ✗ card_declined:…
      908 ms  ┊  ┊     ┊  ├──◆     ┊       ┊           ┊  ◆ fulfilment o1: Refused
         1 d  ┊  ┊     ┊     ├─────✗       ┊           ┊  ▶ payment.capture → payment-o1  delayed until 2024-03-02 12:0…
         1 d  ┊  ┊     ┊           ├─◆     ┊           ┊  ◆ fulfilment o1: Refused
         3 d  ┊  ┊     ┊           ┊       ├───◆       ┊  ◆ fulfilment o1: PaymentOverdue  ↩ compensates: not paid in t…
              ┊  ┊     ┊           ┊       ┊   ├─▶     ┊  ▶ stock.release → stock-widgets  compensates
         3 d  ┊  ┊     ┊           ┊       ┊     ●     ┊  ● stock.released  stock-widgets#2
              ┊  ┊     ┊           ┊       ┊   ├─▶     ┊  ▶ order.cancel → order-o1
         3 d  ┊  ┊     ┊           ┊       ┊     ●     ┊  ● order.cancelled  order-o1#2
              ┊  ┊     ┊           ┊       ┊     ├──◇  ┊  ◇ tell-customer  reaction
              ┊  ┊     ┊           ┊       ┊        ▶  ┊  ▶ mail.send → mail-o1
         3 d  ┊  ┊     ┊           ┊       ┊        ●  ┊  ● mail.sent  mail-o1#1
         3 d  ┊  ┊     ┊           ┊       ┊        ├──■  ■ parked by archive  the archive takes no mail of more than a…
                                                          ▤ order_status v2  has not read order.cancelled at position 1…
",
    );
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
}

#[test]
fn a_flow_of_milliseconds_has_a_straight_axis() {
    let mut log = Log::default();
    let mut cause = None;
    for n in 1..=4 {
        let to = format!("ping-{n}");
        cause = Some(log.event(&to, "ping.ponged", "ping.pong", command(n), cause));
        log.wait(Duration::milliseconds(10));
    }
    check(
        &timeline(&Input::new(FLOW, log.events), 80),
        "
a straight axis: a column is 1 ms
      +start  0       10 ms        30 ms
              ┌───────┬────────────────┐
              ▶       ┊                ┊  ▶ ping.pong → ping-1  by alice
           0  ●       ┊                ┊  ● ping.ponged  ping-1#1
              ├───────▶                ┊  ▶ ping.pong → ping-2
       10 ms  ┊       ●                ┊  ● ping.ponged  ping-2#1
              ┊       ├────────▶       ┊  ▶ ping.pong → ping-3
       20 ms  ┊       ┊        ●       ┊  ● ping.ponged  ping-3#1
              ┊       ┊        ├───────▶  ▶ ping.pong → ping-4
       30 ms  ┊       ┊                ●  ● ping.ponged  ping-4#1
",
    );
}

#[test]
fn a_flow_of_one_moment_and_one_of_nothing_are_drawn() {
    let mut log = Log::default();
    log.event("order-o1", "order.placed", "order.place", command(1), None);
    let text = timeline(&Input::new(FLOW, log.events), 80);
    assert!(text.contains("all of it at one moment"), "{text}");
    assert_eq!(timeline(&Input::new(FLOW, Vec::new()), 80).lines().count(), 5);
}

#[test]
fn clocks_that_differ_leave_a_bar_of_no_length() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.wait(Duration::milliseconds(-20));
    log.event("stock-w", "stock.reserved", "stock.reserve", command(2), Some(placed));
    let text = timeline(&Input::new(FLOW, log.events), 80);
    assert!(text.contains("stock.reserved"), "{text}");
}

#[test]
fn twenty_thousand_hops_are_drawn() {
    let mut log = Log::default();
    let mut cause = None;
    for n in 0..20_000 {
        let to = format!("ping-{n}");
        cause = Some(log.event(&to, "ping.ponged", "ping.pong", command(n), cause));
        log.wait(Duration::microseconds(i64::try_from(n).unwrap()));
    }
    let trace = Trace::build(&Input::new(FLOW, log.events));
    let style = TreeStyle { width: Some(100), colour: false };
    assert_eq!(trace.timeline(style).lines().count(), 2 + 3 + 40_000);
    assert_eq!(trace.sequence(style).lines().count(), 2 + 1 + 40_000);
}
