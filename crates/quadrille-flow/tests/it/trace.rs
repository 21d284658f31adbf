use crate::log::{self, FLOW, Log, command, deadline, issued, outcome, refused, step, stream};
use chrono::Duration;
use quadrille_core::{
    CorrelationId, EventId, Position, TraceContext,
    journal::{self, Cause, Outcome, Parked, ParkedResolved, ProcessDiscarded, Resolution},
    state::{Deadline, ParkedEvent, RejectionRecord},
};
use quadrille_flow::trace::{Input, Trace, TreeStyle, What};
use uuid::Uuid;

fn trace(log: &Log) -> Trace {
    Trace::build(&Input::new(FLOW, log.events.clone()))
}

/// The tree without its two lines of header.
#[track_caller]
fn check(trace: &Trace, expected: &str) {
    let tree = trace.tree(TreeStyle::default());
    let body: String = tree.lines().skip(3).map(|line| format!("{line}\n")).collect();
    assert_eq!(body, expected.trim_start_matches('\n'), "\n{tree}");
}

fn ms(count: i64) -> Duration {
    Duration::milliseconds(count)
}

#[test]
fn a_fulfilment_shows_every_turn_that_it_took() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let reserve = issued(command(2), "stock-widgets", "reserve");
    let capture = issued(command(3), "payment-o1", "capture");
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![reserve.clone(), capture.clone()];
    first.deadlines = vec![deadline(7, "PaymentOverdue", log::start() + Duration::days(3))];
    let first = log.wait(ms(4)).step(first, placed);
    let reserved = log.wait(ms(3)).event(
        "stock-widgets",
        "stock.reserved",
        "stock.reserve",
        reserve.id,
        Some(first),
    );
    log.settled(outcome(&reserve, Outcome::Accepted(vec![reserved]), 1), first);
    let refusal = refused("card_declined", "the card was declined");
    let settled = log.wait(ms(900)).settled(outcome(&capture, refusal, 3), first);
    let again = issued(command(4), "payment-o1", "capture");
    let again =
        quadrille_core::journal::Issued { due: Some(log.now() + Duration::days(1)), ..again };
    let mut retry = step("Refused", Cause::Rejected(capture.id));
    retry.issued = vec![again.clone()];
    retry.undeclared = vec!["send payment.capture".into()];
    log.wait(ms(1)).step(retry, settled);
    let mut overdue = step("PaymentOverdue", Cause::Deadline(Uuid::from_u128(7)));
    let mut release = issued(command(5), "stock-widgets", "release");
    release.compensates = true;
    overdue.issued = vec![release.clone()];
    overdue.dropped = vec![again.id];
    overdue.compensates = Some("not paid in time".into());
    overdue.completes = true;
    let overdue = log.wait(Duration::days(3)).step(overdue, first);
    let released = log.wait(ms(2)).event(
        "stock-widgets",
        "stock.released",
        "stock.release",
        release.id,
        Some(overdue),
    );
    log.settled(outcome(&release, Outcome::Accepted(vec![released]), 1), overdue);
    let trace = trace(&log);
    check(
        &trace,
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
        4 ms        4 ms    └─◆ fulfilment o1: Placed
                              ├─▶ stock.reserve → stock-widgets
        7 ms        3 ms      │ └─● stock.reserved  #1
      907 ms      903 ms      ├─▶ payment.capture → payment-o1  3 attempts  ✗ card_declined: the card was declined
      908 ms        1 ms      │ └─◆ fulfilment o1: Refused  undeclared: send payment.capture
                              │   └─▶ payment.capture → payment-o1  delayed until 2024-03-02 12:00:00.907  dropped
                              └─◷ PaymentOverdue  due 2024-03-04 12:00:00  fired
         3 d         3 d        └─◆ fulfilment o1: PaymentOverdue  ↩ compensates: not paid in time  ✓ completes
                                  └─▶ stock.release → stock-widgets  compensates
         3 d        2 ms            └─● stock.released  #2
",
    );
    assert_eq!(
        trace.tree(TreeStyle::default()).lines().nth(1).unwrap(),
        "2024-03-01 12:00:00 · lasted 3 d · 3 events · 5 commands · 1 rejected · 1 retried · 1 compensating · 1 undeclared effect"
    );
}

#[test]
fn reactions_show_what_they_sent_settled_or_not() {
    let mut log = Log::default();
    let failed = log.event("payment-o1", "payment.failed", "payment.capture", command(1), None);
    let cancel = issued(command(2), "order-o1", "cancel");
    let refund = issued(command(3), "payment-o1", "refund");
    log.wait(ms(5)).event("order-o1", "order.cancelled", "order.cancel", cancel.id, Some(failed));
    let done = vec![
        outcome(&cancel, Outcome::Accepted(vec![]), 2),
        outcome(&refund, refused("nothing_to_refund", "nothing was paid"), 1),
    ];
    log.wait(ms(1)).reaction("cancel-unpaid", failed, done);
    log.wait(ms(1)).event("mail-o1", "mail.sent", "mail.send", command(4), Some(failed));
    check(
        &trace(&log),
        "
                          ▶ payment.capture → payment-o1  by alice
           0              └─● payment.failed  #1
                            ├─◇ cancel-unpaid  reaction
                            │ ├─▶ order.cancel → order-o1  2 attempts
        5 ms        5 ms    │ │ └─● order.cancelled  #1
        6 ms        6 ms    │ └─▶ payment.refund → payment-o1  ✗ nothing_to_refund: nothing was paid
                            └─▶ mail.send → mail-o1
        7 ms        7 ms      └─● mail.sent  #1
",
    );
}

#[test]
fn what_was_given_up_is_shown_as_discarded() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let capture = issued(command(2), "payment-o1", "capture");
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![capture.clone()];
    first.deadlines = vec![deadline(7, "PaymentOverdue", log::start() + Duration::days(3))];
    log.wait(ms(1)).step(first, placed);
    let parked = |subject, reason: &str| Parked {
        consumer: "fulfilment".into(),
        event: placed,
        event_type: "order.placed".into(),
        reason: reason.into(),
        attempts: 5,
        subject: Some(subject),
    };
    let decisions = journal::parked_stream("fulfilment").unwrap();
    let instance = journal::process_stream("fulfilment", "o1").unwrap();
    let subjects = [(capture.id.0, "payment.capture"), (Uuid::from_u128(7), "PaymentOverdue")];
    for (subject, name) in subjects {
        log.wait(ms(1)).fact(&decisions, &parked(subject, name), placed);
        let discarded = ProcessDiscarded {
            process: "fulfilment".into(),
            key: "o1".into(),
            subject,
            name: name.into(),
            reason: "hopeless".into(),
            actor: "bob".into(),
        };
        log.fact(&instance, &discarded, placed);
    }
    let resolved = ParkedResolved {
        consumer: "fulfilment".into(),
        event: placed,
        resolution: Resolution::Discard,
        reason: "hopeless".into(),
        actor: "bob".into(),
    };
    log.fact(&decisions, &resolved, placed);
    let trace = trace(&log);
    check(
        &trace,
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
        1 ms        1 ms    ├─◆ fulfilment o1: Placed
                            │ ├─▶ payment.capture → payment-o1  discarded
                            │ └─◷ PaymentOverdue  due 2024-03-04 12:00:00  discarded
        3 ms        3 ms    └─■ parked by fulfilment  PaymentOverdue  5 attempts  discarded by bob: hopeless
",
    );
    assert_eq!((trace.totals.parked, trace.totals.open_deadlines), (0, 0));
}

#[test]
fn an_imported_history_is_a_list_and_not_a_staircase() {
    let mut log = Log::default();
    let mut cause = FLOW.0;
    for kind in ["A_SUBMITTED", "A_PARTLYSUBMITTED", "A_DECLINED"] {
        cause = log.plain("case-173688", kind, cause).0;
        log.wait(Duration::minutes(2));
    }
    check(
        &trace(&log),
        "
                          ▷ case-173688  recorded without a command
           0              ├─● A_SUBMITTED  #1
       2 min       2 min  ├─● A_PARTLYSUBMITTED  #2
       4 min       2 min  └─● A_DECLINED  #3
",
    );
}

#[test]
fn parked_events_tell_why_and_what_became_of_them() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let paid = log.wait(ms(1)).event("order-o1", "order.paid", "order.pay", command(2), None);
    let parked = |event, reason: &str, attempts| Parked {
        consumer: "fulfilment".into(),
        event,
        event_type: "order.placed".into(),
        reason: reason.into(),
        attempts,
        subject: None,
    };
    let to = journal::parked_stream("fulfilment").unwrap();
    log.wait(ms(9)).fact(&to, &parked(placed, "decode order.placed", 5), placed);
    log.fact(&to, &parked(paid, "waits behind order.placed", 0), paid);
    let mut input = Input::new(FLOW, log.events.clone());
    let resolved = ParkedResolved {
        consumer: "fulfilment".into(),
        event: placed,
        resolution: Resolution::Replay,
        reason: "the view is fixed".into(),
        actor: "bob".into(),
    };
    log.flow = Some(CorrelationId(Uuid::from_u128(2)));
    log.fact(&to, &resolved, placed);
    input.context = log.events.split_off(4);
    input.parked = vec![("mailer".into(), parked_now(paid))];
    check(
        &Trace::build(&input),
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
       10 ms       10 ms    └─■ parked by fulfilment  decode order.placed  5 attempts  replayed by bob: the view is fixed
                          ▶ order.pay → order-o1  by alice
        1 ms              └─● order.paid  #2
        2 ms        1 ms    ├─■ parked by mailer  no such address  open
       10 ms        9 ms    └─■ parked by fulfilment  waits behind order.placed  open
",
    );
}

fn parked_now(event: EventId) -> ParkedEvent {
    ParkedEvent {
        event,
        position: Position(20),
        event_type: "order.paid".into(),
        stream: stream("order-o1"),
        correlation: FLOW,
        key: "order-o1".into(),
        reason: "no such address".into(),
        attempts: 1,
        subject: None,
        parked_at: log::start() + ms(2),
    }
}

#[test]
fn direct_refusals_and_other_open_deadlines_are_roots() {
    let mut log = Log::default();
    log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.wait(ms(10)).event("order-o1", "order.paid", "order.pay", command(2), None);
    let mut input = Input::new(FLOW, log.events);
    input.rejections = vec![RejectionRecord {
        command: command(9).0,
        name: "order.pay".into(),
        stream: stream("order-o1"),
        correlation: FLOW,
        code: "insufficient_funds".into(),
        message: "only 3 cents are left".into(),
        actor: Some("alice".into()),
        occurred_at: log::start() + ms(4),
    }];
    input.deadlines = vec![Deadline {
        id: Uuid::from_u128(77),
        process: "reminder".into(),
        key: "o1".into(),
        name: "Remind".into(),
        is_command: false,
        due: log::start() + Duration::hours(1),
        correlation: FLOW,
    }];
    check(
        &Trace::build(&input),
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
        4 ms              ▶ order.pay → order-o1  by alice  ✗ insufficient_funds: only 3 cents are left
                          ▶ order.pay → order-o1  by alice
       10 ms              └─● order.paid  #2
                          ◷ Remind  due 2024-03-01 13:00:00  open
",
    );
}

#[test]
fn a_late_outcome_is_flagged_and_shows_what_undid_it() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let capture = issued(command(2), "payment-o1", "capture");
    let mut first = step("Placed", Cause::Event(placed));
    first.issued = vec![capture.clone()];
    let first = log.step(first, placed);
    let cancelled =
        log.wait(ms(1)).event("order-o1", "order.cancelled", "order.cancel", command(3), None);
    let mut done = step("Cancelled", Cause::Event(cancelled));
    (done.completes, done.compensates) = (true, Some("cancelled".into()));
    log.step(done, cancelled);
    let captured = log.wait(ms(1)).event(
        "payment-o1",
        "payment.captured",
        "payment.capture",
        capture.id,
        Some(first),
    );
    let mut refund = issued(command(4), "payment-o1", "refund");
    refund.compensates = true;
    let accepted = outcome(&capture, Outcome::Accepted(vec![captured]), 1);
    let settled = log.settled_with(accepted, Some(refund.clone()), first);
    log.wait(ms(1)).event(
        "payment-o1",
        "payment.refunded",
        "payment.refund",
        refund.id,
        Some(settled),
    );
    check(
        &trace(&log),
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
           0           0    └─◆ fulfilment o1: Placed
                              └─▶ payment.capture → payment-o1  late: the process had completed
        2 ms        2 ms        ├─● payment.captured  #1
                                └─▶ payment.refund → payment-o1  compensates
        3 ms        1 ms          └─● payment.refunded  #2
                          ▶ order.cancel → order-o1  by alice
        1 ms              └─● order.cancelled  #2
        1 ms           0    └─◆ fulfilment o1: Cancelled  ↩ compensates: cancelled  ✓ completes
",
    );
}

#[test]
fn deadlines_that_another_flow_ended_are_not_called_open() {
    let due = log::start() + Duration::hours(1);
    let state = |later: &dyn Fn(&mut journal::ProcessStepped)| {
        let mut log = Log::default();
        let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
        let mut first = step("Placed", Cause::Event(placed));
        first.deadlines = vec![deadline(7, "Overdue", due)];
        log.step(first, placed);
        let mut second = step("Other", Cause::Event(EventId(Uuid::from_u128(99))));
        later(&mut second);
        log.flow = Some(CorrelationId(Uuid::from_u128(2)));
        log.step(second, EventId(Uuid::from_u128(99)));
        let mut input = Input::new(FLOW, log.events.clone());
        input.context = input.events.split_off(2);
        let tree = Trace::build(&input).tree(TreeStyle::default());
        tree.trim_end().rsplit("  ").next().unwrap().to_owned()
    };
    assert_eq!(state(&|_| {}), "open");
    assert_eq!(state(&|step| step.cancelled = vec!["Overdue".into()]), "cancelled");
    assert_eq!(state(&|step| step.deadlines = vec![deadline(8, "Overdue", due)]), "cancelled");
    assert_eq!(state(&|step| step.completes = true), "gone: the process completed");
    assert_eq!(state(&|step| step.cause = Cause::Deadline(Uuid::from_u128(7))), "fired");
}

#[test]
fn clocks_that_differ_never_make_a_negative_time() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.wait(ms(-20)).event("stock-w", "stock.reserved", "stock.reserve", command(2), Some(placed));
    let trace = trace(&log);
    assert_eq!(trace.totals.negative, 1);
    check(
        &trace,
        "
                          ▶ order.place → order-o1  by alice
       20 ms              └─● order.placed  #1
                            └─▶ stock.reserve → stock-w
           0       0 (!)      └─● stock.reserved  #1
",
    );
}

#[test]
fn a_cause_outside_of_the_flow_is_named() {
    let mut log = Log::default();
    let elsewhere = EventId(Uuid::from_u128(0xabc));
    log.event("order-o1", "order.placed", "order.place", command(1), Some(elsewhere));
    let tree = trace(&log).tree(TreeStyle::default());
    assert!(tree.contains("caused outside of this flow by 00000000-0000-0000-0000-000000000abc"));
}

#[test]
fn every_event_is_drawn_once_even_if_causes_run_in_a_circle() {
    let mut log = Log::default();
    let second = EventId(Uuid::from_u128(0xe002));
    let first = log.event("a-1", "a.x", "a.do", command(1), Some(second));
    assert_eq!(log.event("b-1", "b.y", "b.do", command(2), Some(first)), second);
    let itself = EventId(Uuid::from_u128(0xe003));
    assert_eq!(log.plain("c-1", "c.z", itself.0), itself);
    let trace = trace(&log);
    assert_eq!(trace.totals.events, 3);
    assert_eq!(trace.nodes.len(), 6);
}

#[test]
fn an_event_that_names_itself_as_its_cause_is_a_beginning() {
    let mut log = Log::default();
    let itself = EventId(Uuid::from_u128(0xe001));
    assert_eq!(log.plain("c-1", "c.z", itself.0), itself);
    log.plain("c-1", "c.z", itself.0);
    check(
        &trace(&log),
        "
                          ▷ c-1  recorded without a command
           0              ├─● c.z  #1
           0           0  └─● c.z  #2
",
    );
}

/// A chain of hops; with `also`, each leads to a second event as well.
fn hops(count: u128, also: Option<u128>) -> Log {
    let mut log = Log::default();
    let mut cause = None;
    for n in 1..=count {
        let to = format!("ping-{n}");
        let hop = log.event(&to, "ping.ponged", "ping.pong", command(n), cause);
        if also == Some(n) {
            let cause = Some(hop);
            log.event("tally-t", "tally.counted", "tally.count", command(900), cause);
        }
        cause = Some(hop);
    }
    log
}

#[test]
fn what_lies_deeper_than_sixteen_levels_goes_on_at_the_left() {
    check(
        &trace(&hops(9, Some(8))),
        "
                          ▶ ping.pong → ping-1  by alice
           0              └─● ping.ponged  #1
                            └─▶ ping.pong → ping-2
           0           0      └─● ping.ponged  #1
                                └─▶ ping.pong → ping-3
           0           0          └─● ping.ponged  #1
                                    └─▶ ping.pong → ping-4
           0           0              └─● ping.ponged  #1
                                        └─▶ ping.pong → ping-5
           0           0                  └─● ping.ponged  #1
                                            └─▶ ping.pong → ping-6
           0           0                      └─● ping.ponged  #1
                                                └─▶ ping.pong → ping-7
           0           0                          └─● ping.ponged  #1
                                                    └─▶ ping.pong → ping-8
           0           0                              └─● ping.ponged  #1
                                                        └─… goes on at [1]
                     [1]  ● ping.ponged  ping-8#1  goes on here
                          ├─▶ tally.count → tally-t
           0           0  │ └─● tally.counted  #1
                          └─▶ ping.pong → ping-9
           0           0    └─● ping.ponged  #1
",
    );
}

#[test]
fn a_flow_of_sixteen_levels_is_one_piece_and_siblings_pass_by_a_cut() {
    let tree = trace(&hops(8, None)).tree(TreeStyle::default());
    assert!(!tree.contains("goes on"), "{tree}");
    let tree = trace(&hops(9, Some(4))).tree(TreeStyle::default());
    let lines: Vec<&str> = tree.lines().collect();
    let cut = lines.iter().position(|line| line.ends_with("… goes on at [1]")).unwrap();
    assert!(lines[cut + 1].ends_with("[1]  ● ping.ponged  ping-8#1  goes on here"), "{tree}");
    let counted = lines.iter().position(|line| line.contains("tally.count ")).unwrap();
    assert!(counted < cut && lines[counted + 2].contains("└─▶ ping.pong → ping-5"), "{tree}");
}

#[test]
fn every_piece_has_a_number_and_all_nodes_are_drawn_once() {
    let trace = trace(&hops(100, None));
    let tree = trace.tree(TreeStyle::default());
    let marks = |end: &str| tree.lines().filter(|line| line.contains(end)).count();
    assert_eq!(marks("… goes on at ["), marks("goes on here"));
    let again = |line: &&str| !line.ends_with("goes on here");
    let drawn = tree.lines().filter(again).filter(|line| line.contains("▶ ping.pong → ")).count();
    assert_eq!(drawn, 100, "{tree}");
    for number in 1..=marks("goes on here") {
        assert_eq!(tree.matches(&format!("[{number}]")).count(), 2, "{tree}");
    }
    let widest = tree.lines().map(|line| line.chars().count()).max();
    assert!(widest < Some(100), "{widest:?}");
}

#[test]
fn a_flow_of_many_thousand_hops_does_not_end_the_stack() {
    let mut log = Log::default();
    let mut cause = None;
    for n in 0..20_000 {
        cause =
            Some(log.event(&format!("ping-{n}"), "ping.ponged", "ping.pong", command(n), cause));
    }
    let trace = trace(&log);
    assert_eq!(trace.nodes.last().unwrap().depth, 39_999);
    let tree = trace.tree(TreeStyle { width: Some(100), colour: false });
    assert!(tree.len() < 20_000_000, "{}", tree.len());
    assert!(serde_json::to_string(&trace).unwrap().contains("\"depth\":39999"));
}

#[test]
fn a_fact_that_cannot_be_read_is_shown_with_the_reason() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.plain("quadrille-process-fulfilment/o1", "quadrille.process.stepped", placed.0);
    let tree = trace(&log).tree(TreeStyle::default());
    assert!(tree.contains("quadrille.process.stepped  #1  unreadable: missing field"), "{tree}");
}

#[test]
fn lines_keep_within_the_width_and_hold_no_control_characters() {
    let mut log = Log::default();
    let kind = "order.placed\u{1b}[31m 注文が確定しました";
    log.event("order-o1", kind, "order.place", command(1), None);
    let tree = trace(&log).tree(TreeStyle { width: Some(50), colour: false });
    let line = tree.lines().last().unwrap();
    assert_eq!(line, "           0              └─● order.placed·[31m…");
    assert!(!tree.contains('\u{1b}'));
    let coloured = trace(&log).tree(TreeStyle { width: None, colour: true });
    assert!(coloured.contains("\u{1b}[32m● order.placed·[31m"));
}

#[test]
fn the_event_that_was_asked_for_is_marked() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let mut input = Input::new(FLOW, log.events);
    input.marked = Some(placed);
    let trace = Trace::build(&input);
    check(
        &trace,
        "
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1  ◀ asked for
",
    );
    let json = serde_json::to_value(&trace).unwrap();
    assert_eq!(json["nodes"][0]["kind"], "command");
    assert_eq!(json["nodes"][0]["outcome"]["is"], "accepted");
    assert_eq!(json["nodes"][1]["event_type"], "order.placed");
    assert_eq!(json["nodes"][1]["parent"], 0);
    assert_eq!(json["nodes"][1]["marked"], true);
}

#[test]
fn commands_name_the_trace_that_they_were_carried_out_in() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.event("stock-o1", "stock.reserved", "stock.reserve", command(2), Some(placed));
    log.event("mail-o1", "mail.sent", "mail.send", command(3), None);
    let digits = ["0af7651916cd43dd8448eb211c80319c", "4bf92f3577b34da6a3ce929d0e0e4736"];
    let parents =
        [digits[0], digits[1], "\x1b[2J"].map(|id| format!("00-{id}-b7ad6b7169203331-01"));
    for (event, parent) in log.events.iter_mut().zip(parents) {
        event.metadata.trace = Some(TraceContext { parent, state: None });
    }
    let trace = trace(&log);
    check(
        &trace,
        "
                          ▶ order.place → order-o1  by alice  trace 0af7651916cd43dd8448eb211c80319c
           0              └─● order.placed  #1
                            └─▶ stock.reserve → stock-o1
           0           0      └─● stock.reserved  #1
                          ▶ mail.send → mail-o1  by alice
           0              └─● mail.sent  #1
",
    );
    let ids = trace.nodes.iter().filter_map(|node| match &node.what {
        What::Command(command) => Some(command.trace_id.as_deref()),
        _ => None,
    });
    assert_eq!(ids.collect::<Vec<_>>(), [Some(digits[0]), Some(digits[1]), None]);
}
