use super::domain::{
    Fulfilment, Order, OrderCommand::*, OutOfStock, Payment, PaymentCommand::*, Step, Stock,
    StockCommand::*, order, paid, placed,
};
use quadrille_testing::scenario::*;

#[test]
fn effects_are_listed_in_the_processs_own_order() {
    process::<Fulfilment>()
        .when(placed())
        .then([
            sends::<Stock>("widgets", Reserve { order: order() }),
            sends::<Payment>("o1", Capture { cents: 500 }),
            sets(days(3), Step::Overdue),
        ])
        .when(paid())
        .then([cancels(Step::Overdue), sets(days(7), Step::Late { reminder: 1 })])
        .then_open();
}

#[test]
fn a_deadline_fires_when_its_time_has_come_and_not_before() {
    process::<Fulfilment>().given([placed()]).after(days(2)).then_nothing().after(days(1)).then([
        compensates("not paid in time"),
        sends::<Stock>("widgets", Release { order: order() }),
        sends::<Order>("o1", Cancel { reason: "not paid in time".into() }),
    ]);
}

#[test]
fn deadlines_that_deadlines_set_fire_in_order_and_undos_run_latest_first() {
    process::<Fulfilment>()
        .given([placed(), paid()])
        .then_undoes([
            sends::<Payment>("o1", Refund {}),
            sends::<Stock>("widgets", Release { order: order() }),
        ])
        .after(days(9))
        .then([
            sets(days(1), Step::Late { reminder: 2 }),
            sets(days(1), Step::Late { reminder: 3 }),
            compensates("lost on the way"),
            sends::<Payment>("o1", Refund {}),
            sends::<Stock>("widgets", Release { order: order() }),
            sends::<Order>("o1", Cancel { reason: "lost on the way".into() }),
        ])
        .then_undoes([]);
}

#[test]
fn a_refused_command_is_not_undone() {
    process::<Fulfilment>()
        .rejects::<Stock>(|id, command| match command {
            Reserve { .. } if id == "widgets" => Some(OutOfStock(0)),
            _ => None,
        })
        .when(placed())
        .then([
            sends::<Stock>("widgets", Reserve { order: order() }),
            sends::<Payment>("o1", Capture { cents: 500 }),
            sets(days(3), Step::Overdue),
            compensates("only 0 are left"),
            sends::<Order>("o1", Cancel { reason: "only 0 are left".into() }),
        ]);
}

#[test]
fn a_refusal_can_be_told_outright() {
    process::<Fulfilment>()
        .given([placed()])
        .when_rejected::<Stock>("widgets", Reserve { order: order() }, OutOfStock(3))
        .then([
            compensates("only 3 are left"),
            sends::<Stock>("widgets", Release { order: order() }),
            sends::<Order>("o1", Cancel { reason: "only 3 are left".into() }),
        ]);
}

#[test]
fn a_delayed_command_goes_out_once_and_compensating_drops_it() {
    let failed = || Step::PaymentFailed { order: order() };
    let retrying = || process::<Fulfilment>().given([placed()]).when(failed());
    retrying().then([sends_after::<Payment>(hours(1), "o1", Capture { cents: 500 })]);
    let seen = std::rc::Rc::new(std::cell::Cell::new(0));
    let count = seen.clone();
    let counting = retrying().rejects::<Payment>(move |_, _| {
        count.set(count.get() + 1);
        None
    });
    let after = counting.after(minutes(59));
    assert_eq!(seen.get(), 0);
    after.after(minutes(1)).then_nothing().after(hours(5)).then_nothing();
    assert_eq!(seen.get(), 1);
    let count = seen.clone();
    retrying()
        .rejects::<Payment>(move |_, _| {
            count.set(count.get() + 1);
            None
        })
        .when(failed())
        .after(hours(2))
        .then_nothing();
    assert_eq!(seen.get(), 1);
}

#[test]
fn a_completed_instance_takes_late_inputs_only_and_its_deadlines_are_gone() {
    process::<Fulfilment>()
        .given([placed(), paid()])
        .when(Step::Delivered { order: order() })
        .then([sends::<Order>("o1", Confirm), completes()])
        .then_done()
        .after(days(30))
        .then_nothing()
        .when(paid())
        .then_nothing()
        .when(Step::Disputed { order: order() })
        .then([sends::<Order>("o1", Cancel { reason: "disputed".into() })]);
}

#[test]
fn an_input_before_the_start_is_ignored_and_one_that_comes_again_too() {
    process::<Fulfilment>()
        .when(paid())
        .then_nothing()
        .when(placed())
        .again()
        .then_nothing()
        .then_open();
}
