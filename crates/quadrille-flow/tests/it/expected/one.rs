use super::{ORDER, events};
use quadrille_flow::expected::{ExpectedFlow, FlowCheck, Status};

fn order() -> ExpectedFlow {
    ORDER.parse().unwrap()
}

fn told(check: &FlowCheck) -> Vec<String> {
    check.verdict.deviations.iter().map(|deviation| deviation.to_string()).collect()
}

fn whole(text: &str, fitness: f64, deviations: &[&str]) {
    let check = order().check_whole(&events(text));
    assert_eq!(told(&check), deviations, "{text}");
    assert!((check.verdict.fitness - fitness).abs() < 0.001, "{text}: {}", check.verdict.fitness);
    let well = if deviations.is_empty() { Status::AsExpected } else { Status::Deviating };
    assert_eq!(check.verdict.status, well, "{text}");
}

fn id(number: u32) -> String {
    format!("00000000-0000-0000-0000-00000000{:04x} at position {}", 0xe000 + number, number * 10)
}

#[test]
fn every_way_that_is_written_is_as_expected() {
    let ways = [
        "order.placed/sales stock.reserved/warehouse payment.requested/till payment.captured/till order.shipped/dispatch",
        "order.placed/sales payment.requested/till stock.reserved/warehouse payment.failed/till payment.requested/till payment.captured/till order.lost/dispatch order.refunded/till",
        "audit.noted/x order.placed/sales payment.requested/till payment.captured/till audit.noted/x stock.reserved/warehouse order.shipped/dispatch audit.noted/x",
    ];
    for way in ways {
        whole(way, 1.0, &[]);
    }
}

#[test]
fn what_is_missing_is_told_with_the_event_before_it() {
    whole(
        "order.placed/sales stock.reserved/warehouse payment.requested/till order.shipped/dispatch",
        1.0 - 1.0 / 9.0,
        &[&format!("payment.captured is missing behind payment.requested (event {})", id(3))],
    );
    whole(
        "stock.reserved/warehouse payment.requested/till payment.captured/till order.shipped/dispatch",
        1.0 - 1.0 / 9.0,
        &["order.placed is missing at the beginning"],
    );
}

#[test]
fn what_is_too_many_is_told_with_its_event() {
    whole(
        "order.placed/sales order.changed/sales stock.reserved/warehouse payment.requested/till payment.captured/till order.shipped/dispatch order.shipped/dispatch",
        1.0 - 2.0 / 12.0,
        &[
            &format!("order.changed has no place there (event {})", id(2)),
            &format!("order.shipped has no place there (event {})", id(7)),
        ],
    );
}

#[test]
fn what_comes_out_of_order_is_told_once() {
    whole(
        "order.placed/sales payment.requested/till payment.captured/till order.shipped/dispatch stock.reserved/warehouse",
        1.0 - 2.0 / 10.0,
        &[&format!(
            "stock.reserved came too late: it belongs before order.shipped (event {})",
            id(5)
        )],
    );
    whole(
        "stock.reserved/warehouse order.placed/sales payment.requested/till payment.captured/till order.shipped/dispatch",
        1.0 - 2.0 / 10.0,
        &[&format!(
            "stock.reserved came too early: it belongs behind order.placed (event {})",
            id(1)
        )],
    );
}

#[test]
fn what_is_late_and_what_others_wrote_does_not_change_the_fitness() {
    whole(
        "order.placed/sales 1h stock.reserved/warehouse 1h payment.requested/till 80h payment.captured/till 1h order.shipped/dispatch",
        1.0,
        &[&format!(
            "payment.captured came 3 d 10 h after order.placed, where 3 d are allowed (event {})",
            id(4)
        )],
    );
    // The time runs from whatever was the last before it.
    whole(
        "order.placed/sales payment.requested/till payment.captured/till 30h stock.reserved/warehouse 20h order.shipped/dispatch",
        1.0,
        &[],
    );
    whole(
        "order.placed/till stock.reserved/warehouse payment.requested/till payment.captured/till 25h order.shipped/dispatch",
        1.0,
        &[
            &format!("order.placed was written by till, not by sales (event {})", id(1)),
            &format!(
                "order.shipped came 1 d 1 h after payment.captured, where 1 d are allowed (event {})",
                id(5)
            ),
        ],
    );
}

#[test]
fn a_flow_that_is_not_over_waits_for_what_may_come() {
    let check = |text: &str, status, waits_for: &[&str]| {
        let check = order().check(&events(text));
        assert_eq!(check.verdict.status, status, "{text}: {:?}", told(&check));
        assert_eq!(check.verdict.waits_for, waits_for, "{text}");
    };
    let begun = ["stock.reserved", "payment.failed", "payment.requested"];
    check("order.placed/sales", Status::Open, &begun);
    let paid = "order.placed/sales payment.requested/till payment.captured/till";
    check(paid, Status::Open, &["stock.reserved"]);
    let ready = format!("{paid} stock.reserved/warehouse");
    check(&ready, Status::Open, &["order.shipped", "order.lost"]);
    check(&format!("{ready} order.shipped/dispatch"), Status::AsExpected, &[]);
    check(&format!("{paid} order.shipped/dispatch"), Status::Deviating, &[]);
}

#[test]
fn what_has_not_come_in_time_is_overdue_unless_something_else_may_come() {
    let flow: ExpectedFlow = "flow f { a.a b.b within 2h ignore z.* }".parse().unwrap();
    // Other events move the time of a log on, but not that of a flow: a monitor is told the time.
    let check = flow.check(&events("a.a/x 1h a.a/x"));
    assert_eq!(check.verdict.waits_for, ["b.b"]);
    let late: ExpectedFlow = "flow f { a.a all { b.b within 2h } and { c.c } }".parse().unwrap();
    let check = late.check(&events("a.a/x 3h c.c/x"));
    let overdue = "b.b has not come for 3 h since a.a, where 2 h are allowed";
    assert_eq!(told(&check), [format!("{overdue} (event {})", id(1))]);
    let other: ExpectedFlow =
        "flow f { a.a all { either { b.b within 2h } or { d.d } } and { c.c } }".parse().unwrap();
    assert_eq!(other.check(&events("a.a/x 3h c.c/x")).verdict.status, Status::Open);
}

#[test]
fn a_flow_is_written_beside_its_specification() {
    let text =
        "order.placed/sales 2h payment.requested/till order.changed/sales order.shipped/dispatch";
    let check = order().check_whole(&events(text));
    let expected = format!(
        "\
flow order: fitness 0.67
  stock.reserved is missing behind order.placed (event {})
  payment.captured is missing behind payment.requested (event {})
  order.changed has no place there (event {})
  order.placed       sales     0
  payment.requested  till      2 h
- stock.reserved
- payment.captured
+ order.changed      sales     2 h
  order.shipped      dispatch  2 h
",
        id(1),
        id(2),
        id(3)
    );
    assert_eq!(check.to_string(), expected);
}

#[test]
fn flows_that_nothing_fits_are_told_as_they_are() {
    let check = order().check_whole(&events("x.y/x x.y/x"));
    assert_eq!(check.verdict.fitness, 0.0);
    assert_eq!(check.verdict.deviations.len(), 2 + 5);
    let none = order().check_whole(&[]);
    assert_eq!((none.verdict.fitness, none.verdict.status), (0.0, Status::Deviating));
}

fn of(flow: &str, text: &str, whole: bool) -> Vec<String> {
    let flow: ExpectedFlow = flow.parse().unwrap();
    let check = if whole { flow.check_whole(&events(text)) } else { flow.check(&events(text)) };
    check.verdict.deviations.iter().map(|deviation| deviation.summary()).collect()
}

#[test]
fn of_several_that_are_missing_each_has_something_before_it() {
    let missing = of("flow f { a.a b.b c.c d.d }", "a.a/x d.d/x", true);
    assert_eq!(missing, ["b.b is missing behind a.a", "c.c is missing behind a.a"]);
}

#[test]
fn what_must_come_is_overdue_whatever_else_may_come() {
    let overdue = ["b.b has not come for 3 h since a.a, where 2 h are allowed"];
    let ways = [
        "flow f { a.a all { b.b within 2h } and { x.x+ } }",
        "flow f { a.a all { do { b.b within 2h } unless { d.d } } and { x.x+ } }",
        "flow f { a.a all { either { b.b within 2h } or { d.d within 1h } } and { x.x+ } }",
    ];
    for flow in ways {
        assert_eq!(of(flow, "a.a/x 3h x.x/x", false), overdue, "{flow}");
    }
    let may_be_left_out = "flow f { a.a all { b.b? within 2h c.c } and { x.x+ } }";
    assert_eq!(of(may_be_left_out, "a.a/x 3h x.x/x", false), [""; 0]);
    // Both ways begin with the same type: the time of each runs from it.
    let alike =
        "flow f { all { either { a.a b.b within 2h } or { a.a c.c within 1h } } and { x.x+ } }";
    assert_eq!(of(alike, "a.a/x 3h x.x/x", false), overdue);
}

#[test]
fn one_of_several_components_may_write_a_step() {
    let flow = "flow f { a.a by shop, import }";
    assert_eq!(of(flow, "a.a/import", true), [""; 0]);
    assert_eq!(of(flow, "a.a/x", true), ["a.a was written by x, not by shop or import"]);
}

#[test]
fn a_flow_that_may_have_ended_waits_for_nothing() {
    let flow = "flow f { a.a either { b.b } or { b.b c.c within 1h } }";
    let flow: ExpectedFlow = flow.parse().unwrap();
    for text in ["a.a/x b.b/x", "x.x/x a.a/x b.b/x"] {
        assert_eq!(flow.check(&events(text)).verdict.waits_for, [""; 0], "{text}");
    }
}

#[test]
fn long_flows_that_fit_are_not_beyond_measure() {
    let flow: ExpectedFlow = "flow f { a.a+ }".parse().unwrap();
    let check = flow.check(&events(&"a.a/x ".repeat(120_000)));
    assert_eq!((check.verdict.status, check.verdict.fitness), (Status::AsExpected, 1.0));
}
