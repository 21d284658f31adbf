use crate::{
    flows::{order, order_with_models},
    log::{FLOW, Log, command},
};
use quadrille_flow::trace::{Input, Trace, TreeStyle};

fn at(width: usize) -> TreeStyle {
    TreeStyle { width: Some(width), colour: false }
}

#[track_caller]
fn check(text: &str, header: usize, expected: &str) {
    let body: String = text.lines().skip(header).map(|line| format!("{line}\n")).collect();
    assert_eq!(body, expected.trim_start_matches('\n'), "\n{text}");
}

#[test]
fn six_lanes_can_be_read_in_a_hundred_columns() {
    let text = Trace::build(&order_with_models()).sequence(at(100));
    check(
        &text,
        2,
        "
              outside
              │     orders
              │     │     fulfilment
              │     │     │     stock
              │     │     │     │     payments
      +start  │     │     │     │     │     mails
              ├─────▶     │     │     │     │  ▶ order.place → order-o1  by alice
           0  │     ●     │     │     │     │  ● order.placed  order-o1#1
        4 ms  │     ├┄┄┄┄┄◆     │     │     │  ◆ fulfilment o1: Placed
              │     │     ◷     │     │     │  ◷ PaymentOverdue  due 2024-03-04 12:00:00  fired
              │     │     ├─────▶     │     │  ▶ stock.reserve → stock-widgets
        7 ms  │     │     │     ●     │     │  ● stock.reserved  stock-widgets#1
      500 ms  ├─────✗     │     │     │     │  ▶ order.place → order-o1  by bob  ✗ is_placed: it is…
      907 ms  │     │     ├─────┼─────✗     │  ▶ payment.capture → payment-o1  3 attempts  ✗ card_d…
      908 ms  │     │     ◆┄┄┄┄┄│┄┄┄┄┄┤     │  ◆ fulfilment o1: Refused
         1 d  │     │     ├─────┼─────✗     │  ▶ payment.capture → payment-o1  delayed until 2024-0…
         1 d  │     │     ◆┄┄┄┄┄│┄┄┄┄┄┤     │  ◆ fulfilment o1: Refused
         3 d  │     │     ◆     │     │     │  ◆ fulfilment o1: PaymentOverdue  ↩ compensates: not…
              │     │     ├─────▶     │     │  ▶ stock.release → stock-widgets  compensates
         3 d  │     │     │     ●     │     │  ● stock.released  stock-widgets#2
              │     ▶─────┤     │     │     │  ▶ order.cancel → order-o1
         3 d  │     ●     │     │     │     │  ● order.cancelled  order-o1#2
              │     ◇     │     │     │     │  ◇ tell-customer  reaction
              │     ├─────┼─────┼─────┼─────▶  ▶ mail.send → mail-o1
         3 d  │     │     │     │     │     ●  ● mail.sent  mail-o1#1
         3 d  │     │     │     │     │     ■  ■ parked by archive  the archive takes no mail of mo…
              │     ▤     │     │     │     │  ▤ order_status v2  has not read order.cancelled at p…
",
    );
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn names_stand_beside_one_another_where_they_fit() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let text = |log: &Log| Trace::build(&Input::new(FLOW, log.events.clone())).sequence(at(100));
    check(
        &text(&log),
        2,
        "
      +start  outside  shop
              ├────────▶  ▶ order.place → order-o1  by alice
           0  │        ●  ● order.placed  order-o1#1
",
    );
    log.of("a-component-with-a-name-of-more-columns-than-a-lane-is-wide");
    log.event("stock-w", "stock.reserved", "stock.reserve", command(2), Some(placed));
    check(
        &text(&log),
        2,
        "
      +start  outside      shop         a-component-with-a-name-of-more-columns-than-a-lane-is-wide
              ├────────────▶            │  ▶ order.place → order-o1  by alice
           0  │            ●            │  ● order.placed  order-o1#1
              │            ├────────────▶  ▶ stock.reserve → stock-w
           0  │            │            ●  ● stock.reserved  stock-w#1
",
    );
}

#[test]
fn commands_stand_right_before_their_events_and_refusals_where_they_were_told() {
    let trace = Trace::build(&order());
    let text = trace.sequence(TreeStyle::default());
    let order: Vec<usize> =
        ["stock.reserve ", "stock.reserved", "3 attempts", "Refused", "dropped"]
            .iter()
            .filter_map(|part| text.lines().position(|line| line.contains(part)))
            .collect();
    assert!(order.is_sorted() && order.len() == 4, "{order:?}\n{text}");
    let rows = text.lines().skip(2 + 5).count();
    assert!(rows >= trace.nodes.len(), "every node has a row: {rows}");
}

#[test]
fn an_imported_history_has_no_messages() {
    let mut log = Log::default();
    let first = log.plain("case-1", "case.opened", FLOW.0);
    log.plain("case-1", "case.closed", first.0);
    let text = Trace::build(&Input::new(FLOW, log.events)).sequence(at(100));
    check(
        &text,
        2,
        "
      +start  shop
              ▷  ▷ case-1  recorded without a command
           0  ●  ● case.opened  case-1#1
           0  ●  ● case.closed  case-1#2
",
    );
    let nothing = Trace::build(&Input::new(FLOW, Vec::new()));
    assert_eq!(nothing.sequence(at(100)).lines().count(), 3);
}

#[test]
fn a_component_that_is_called_outside_is_not_taken_for_callers() {
    let mut log = Log::default();
    log.of("outside").event("order-o1", "order.placed", "order.place", command(1), None);
    let text = Trace::build(&Input::new(FLOW, log.events)).sequence(at(100));
    assert!(text.contains("+start  callers  outside\n"), "{text}");
}

#[test]
fn a_name_cannot_command_a_terminal() {
    let mut log = Log::default();
    log.of("shop\u{1b}[31m").event("order-o1", "a.b", "a.c\u{1b}[2J", command(1), None);
    let trace = Trace::build(&Input::new(FLOW, log.events));
    for text in [trace.sequence(at(80)), trace.timeline(at(80))] {
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
