//! What a failing test prints, and the mistakes that no test has to look for.

use super::{
    domain::{
        Fulfilment, Order, OrderCommand, OutOfStock, Payment, PaymentCommand::*, Step, Stock,
        StockCommand, StockEvent, order, paid, placed,
    },
    failure,
};
use quadrille::prelude::*;
use quadrille_testing::scenario::*;
use serde::{Deserialize, Serialize};
use std::cell::Cell;

#[test]
fn a_decision_that_differs_is_told_with_its_story() {
    let told = failure(|| {
        given::<Stock>([StockEvent::Reserved { order: order() }])
            .when(StockCommand::Release { order: order() })
            .then_rejected(OutOfStock(0))
    });
    assert_eq!(
        told,
        r#"the aggregate decided otherwise (- expected, + got)
 given   stock.reserved {"order":"o1"}
  when   release {"order":"o1"}
  then - rejected: out_of_stock (only 0 are left)
       + stock.released {"order":"o1"}"#
    );
}

#[test]
fn effects_that_differ_are_told_with_the_story_and_the_time() {
    let told = failure(|| {
        process::<Fulfilment>().given([placed(), paid()]).after(days(8)).then([
            sets(days(2), Step::Late { reminder: 2 }),
            sets(days(1), Step::Late { reminder: 3 }),
            sends::<Payment>("o1", Refund {}),
        ])
    });
    assert_eq!(
        told,
        r#"the process did otherwise (- expected, + got)
 given   Placed {"cents":500,"order":"o1"}
 given   Paid {"order":"o1"}
  when   8d pass
  when   Late {"reminder":1} after 7d
  when   Late {"reminder":2} after 8d
  then - set deadline Late {"reminder":2} in 2d
       + set deadline Late {"reminder":2} in 1d
         set deadline Late {"reminder":3} in 1d
       - send payment.refund {} to payment-o1"#
    );
}

#[test]
fn the_story_tells_of_refusals_and_of_what_was_ignored() {
    let told = failure(|| {
        process::<Fulfilment>()
            .rejects::<Stock>(|_, _| Some(OutOfStock(2)))
            .given([paid(), placed()])
            .then_done()
    });
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "the process has not completed");
    assert_eq!(lines[1], " given   Paid, which is ignored: no instance has started");
    assert_eq!(lines[3], " given   stock.reserve is refused: only 2 are left");
    assert!(lines[4].starts_with(r#" given   Refused {"aggregate":"stock","code":"out_of_stock""#));
}

#[test]
fn what_compensating_would_send_is_compared_too() {
    let told = failure(|| process::<Fulfilment>().given([placed()]).then_undoes([]));
    assert!(told.starts_with("compensating would send otherwise"), "{told}");
    assert!(told.ends_with(r#"+ send stock.release {"order":"o1"} to stock-widgets"#), "{told}");
}

#[test]
fn deadlines_and_other_instances_cannot_be_handed_in() {
    let told = failure(|| process::<Fulfilment>().given([placed(), Step::Overdue]));
    assert!(told.starts_with("`Overdue` is a deadline, which comes by itself"), "{told}");
    let other = Step::Paid { order: "o2".into() };
    let told = failure(|| process::<Fulfilment>().given([placed()]).when(other));
    assert!(told.starts_with(r#"`Paid` belongs to instance "o2", and this test is about "o1""#));
    let told = failure(|| process::<Fulfilment>().given([placed()]).then_done());
    assert!(told.starts_with("the process has not completed"), "{told}");
    let told = failure(|| process::<Fulfilment>().then_open());
    assert!(told.starts_with("the process has not started"), "{told}");
}

#[derive(Input)]
#[process(key = order)]
enum Sloppy {
    #[on("order.placed", starts, sends(Order::Confirm))]
    Placed { order: String },
    #[on("order.looped", starts, sets(Again))]
    Looped { order: String },
    #[on(deadline, sets(Again))]
    Again,
}
#[derive(Default, Serialize, Deserialize)]
struct Careless;
impl ProcessManager for Careless {
    const NAME: &'static str = "careless";
    type Input = Sloppy;
    fn react(&mut self, input: Sloppy, out: &mut Outbox<Sloppy>) {
        match input {
            Sloppy::Placed { order } => {
                let reason = "why not".into();
                out.send::<Order>(&order, OrderCommand::Cancel { reason });
                out.complete();
            }
            Sloppy::Looped { .. } | Sloppy::Again => out.deadline(minutes(0), Sloppy::Again),
        }
    }
}

#[test]
fn effects_that_are_not_declared_fail_whatever_is_expected() {
    let told = failure(|| process::<Careless>().when(Sloppy::Placed { order: order() }));
    assert_eq!(
        told,
        "on `Placed` the process does what `#[on(…)]` does not declare: \
         send order.cancel {\"reason\":\"why not\"} to order-o1; complete\n"
    );
}

#[test]
fn a_process_that_never_comes_to_rest_is_found() {
    let looped = Sloppy::Looped { order: order() };
    let told = failure(|| process::<Careless>().given([looped]).after(minutes(1)));
    assert!(told.starts_with("1000 things came due: is this a loop?"), "{told}");
}

thread_local!(static CALLS: Cell<i64> = const { Cell::new(0) });

#[derive(Event)]
#[event(category = "dice")]
enum DiceEvent {
    Rolled(i64),
    Lost {
        #[serde(skip_serializing)]
        value: i64,
    },
}
#[derive(Command)]
enum DiceCommand {
    #[emits(DiceEvent::Rolled)]
    Roll,
    #[emits(DiceEvent::Rolled)]
    Lose,
}
#[derive(Default)]
struct Dice {
    sum: i64,
}
impl Aggregate for Dice {
    type Event = DiceEvent;
    type Command = DiceCommand;
    type Error = Never;
    fn decide(&self, command: DiceCommand) -> Decision<Self> {
        match command {
            DiceCommand::Roll => {
                CALLS.set(CALLS.get() + 1);
                Ok(vec![DiceEvent::Rolled(CALLS.get())])
            }
            DiceCommand::Lose => Ok(vec![DiceEvent::Lost { value: self.sum }]),
        }
    }
    fn evolve(&mut self, event: &DiceEvent) {
        match event {
            DiceEvent::Rolled(value) | DiceEvent::Lost { value } => self.sum += value,
        }
    }
}

#[test]
fn an_aggregate_that_rolls_dice_is_found() {
    let told = failure(|| given::<Dice>([]).when(DiceCommand::Roll).then_nothing());
    assert_eq!(
        told,
        "deciding is not pure: asked twice, it decides differently (- expected, + got)\n  \
         when   roll {}\n  then - dice.rolled 1\n       + dice.rolled 2"
    );
}

#[test]
fn an_event_that_its_command_does_not_declare_is_found() {
    let told = failure(|| given::<Dice>([]).when(DiceCommand::Lose).then_nothing());
    let start = "`Lose` emitted `Lost`, which it does not declare: `#[emits(Rolled)]`";
    assert!(told.starts_with(start), "{told}");
}

#[test]
fn an_event_that_does_not_survive_the_log_is_found() {
    let told = failure(|| given::<Dice>([DiceEvent::Lost { value: 7 }]));
    let start = "the event is not read back from its own payload: decode dice.lost version 1: \
                 missing field `value`";
    assert!(told.starts_with(start), "{told}");
}
