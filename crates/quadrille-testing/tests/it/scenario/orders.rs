//! What must not depend on which comes first, and what a failure says.

use super::{
    domain::{
        Fulfilment, OutOfStock, Payment, PaymentCommand, Step, Stock, StockCommand, StockEvent,
        order, paid, placed,
    },
    failure,
};
use quadrille::{EventId, prelude::*};
use quadrille_testing::scenario::*;
use serde::{Deserialize, Serialize};

fn delivered() -> Step {
    Step::Delivered { order: order() }
}

#[test]
fn a_process_that_waits_for_nothing_but_its_start_takes_the_rest_in_any_order() {
    process::<Fulfilment>()
        .given([placed()])
        .when_in_any_order(|| vec![paid(), delivered()])
        .then_done();
}

#[test]
fn an_input_that_is_lost_in_another_order_is_found() {
    let told = failure(|| process::<Fulfilment>().when_in_any_order(|| vec![placed(), paid()]));
    assert_eq!(
        told,
        r#"the process depends on which comes first, 1. Placed {"cents":500,"order":"o1"} from order-1 or 2. Paid {"order":"o1"} from payment-1 (- 1 first, + 2 first)
 given   1. Placed {"cents":500,"order":"o1"} from order-1
 given   2. Paid {"order":"o1"} from payment-1
  when - 1 2
       + 2 1
  then - deadline Late {"reminder":1} in 7d
       + deadline Overdue {} in 3d
         send payment.capture {"cents":500} to payment-o1
         send stock.reserve {"order":"o1"} to stock-widgets
         state {"cents":500,"failures":0,"order":"o1"}
       - to undo: send payment.refund {} to payment-o1
         to undo: send stock.release {"order":"o1"} to stock-widgets"#
    );
}

#[test]
fn an_input_never_comes_before_its_cause_or_before_another_of_its_stream() {
    let first = EventId::new();
    process::<Fulfilment>().when_in_any_order(|| {
        vec![recorded(placed()).event_id(first), recorded(paid()).caused_by(first)]
    });
    let failed = || Step::PaymentFailed { order: order() };
    process::<Fulfilment>().given([placed()]).when_in_any_order(|| vec![failed(), paid()]);
    let two_streams =
        || vec![recorded(failed()).stream("p1"), recorded(failed()).stream("p2"), recorded(paid())];
    let told = failure(|| process::<Fulfilment>().given([placed()]).when_in_any_order(two_streams));
    assert!(
        told.starts_with("the process depends on which comes first, 2. PaymentFailed"),
        "{told}"
    );
    let backwards = || vec![recorded(paid()).caused_by(first), recorded(placed()).event_id(first)];
    let told = failure(|| process::<Fulfilment>().when_in_any_order(backwards));
    assert!(
        told.starts_with(r#"Paid {"order":"o1"} from payment-1 stands before its cause"#),
        "{told}"
    );
}

#[derive(Input)]
#[process(key = order)]
enum Parts {
    #[on("order.placed", starts)]
    Placed { order: String },
    #[on("stock.reserved", starts, sends(Payment::Capture), completes)]
    Reserved { order: String },
    #[on("payment.checked", starts, sends(Payment::Capture), completes)]
    Checked { order: String },
}

/// Believes that stock is reserved before a payment is checked.
#[derive(Default, Serialize, Deserialize)]
struct Hasty {
    placed: bool,
    reserved: bool,
}

impl ProcessManager for Hasty {
    const NAME: &'static str = "hasty";
    type Input = Parts;
    fn react(&mut self, input: Parts, out: &mut Outbox<Parts>) {
        match input {
            Parts::Placed { .. } => self.placed = true,
            Parts::Reserved { .. } => self.reserved = true,
            Parts::Checked { order } => {
                assert!(self.reserved, "nothing is reserved for {order}");
                out.send::<Payment>(&order, PaymentCommand::Capture { cents: 1 });
                out.complete();
            }
        }
    }
}

#[test]
fn the_two_that_must_not_swap_are_named_even_where_one_order_panics() {
    let told = failure(|| {
        process::<Hasty>().when_in_any_order(|| {
            vec![
                Parts::Placed { order: order() },
                Parts::Reserved { order: order() },
                Parts::Checked { order: order() },
            ]
        })
    });
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(
        lines[0],
        r#"the process depends on which comes first, 2. Reserved {"order":"o1"} from stock-1 or 3. Checked {"order":"o1"} from payment-1 (- 2 first, + 3 first)"#
    );
    assert_eq!(lines[4..6], ["  when - 1 2 3", "       + 1 3 2"]);
    assert_eq!(*lines.last().unwrap(), "       + failed: it panicked: nothing is reserved for o1");
}

#[test]
fn commands_that_do_not_care_who_came_first_are_decided_alike() {
    given::<Payment>([]).when_in_any_order(|| {
        vec![PaymentCommand::Capture { cents: 5 }, PaymentCommand::Refund {}]
    });
    // Nobody can tell equal commands apart.
    let reserve = || StockCommand::Reserve { order: order() };
    given::<Stock>([StockEvent::Added { pieces: 1 }])
        .when_in_any_order(|| vec![reserve(), reserve()])
        .when(reserve())
        .then_rejected(OutOfStock(0));
}

#[test]
fn a_decision_that_depends_on_another_command_is_found() {
    let told = failure(|| {
        given::<Stock>([]).when_in_any_order(|| {
            vec![StockCommand::Add { pieces: 1 }, StockCommand::Reserve { order: order() }]
        })
    });
    assert_eq!(
        told,
        r#"what is decided depends on which comes first, 1. add {"pieces":1} or 2. reserve {"order":"o1"} (- 1 first, + 2 first)
 given   1. add {"pieces":1}
 given   2. reserve {"order":"o1"}
  when - 1 2
       + 2 1
  then   add {"pieces":1} again: stock.added {"pieces":1}
         add {"pieces":1}: stock.added {"pieces":1}
       - reserve {"order":"o1"} again: rejected: out_of_stock (only 0 are left)
       - reserve {"order":"o1"}: stock.reserved {"order":"o1"}
       + reserve {"order":"o1"} again: stock.reserved {"order":"o1"}
       + reserve {"order":"o1"}: rejected: out_of_stock (only 0 are left)"#
    );
}

#[derive(Event)]
#[event(category = "lamp")]
enum LampEvent {
    On,
    Off,
}

#[derive(Row)]
struct Last {
    #[row(key)]
    house: String,
    lamp: String,
    lit: i64,
}
impl RowProjector for Last {
    type Event = LampEvent;
    fn keys(_: &Recorded<LampEvent>) -> impl IntoIterator<Item = String> {
        ["house".to_owned()]
    }
    fn apply(&mut self, event: &Recorded<LampEvent>) {
        match **event {
            LampEvent::On => self.lit += 1,
            LampEvent::Off => self.lit -= 1,
        }
        if event.id() == "hall" {
            self.lamp = format!("hall, {} lit", self.lit);
        }
    }
}

fn lamps() -> Vec<Draft<LampEvent>> {
    let on_and_off =
        |id: &'static str| [LampEvent::On, LampEvent::Off].map(|event| recorded(event).stream(id));
    ["attic", "hall", "kitchen", "porch", "study"].into_iter().flat_map(on_and_off).collect()
}

#[test]
fn where_there_are_many_orders_a_sample_finds_the_pair_and_names_its_seed() {
    let sampled =
        || failure(|| rows::<Last>().given(lamps()).in_orders(Orders { most: 40, seed: 7 }));
    let told = sampled();
    assert!(told.starts_with("the rows depend on which comes first, "), "{told}");
    assert!(told.lines().last().unwrap().ends_with("of 39 orders, chosen by the seed 7"), "{told}");
    assert_eq!(told, sampled());
    // The two orders differ in two events next to each other.
    let when = told.lines().find(|line| line.starts_with("  when - ")).unwrap();
    let other = told.lines().skip_while(|line| *line != when).nth(1).unwrap();
    let numbers = |line: &str| {
        line.split_whitespace().filter_map(|word| word.parse::<u32>().ok()).collect::<Vec<_>>()
    };
    let (one, other) = (numbers(when), numbers(other));
    let differ = (0..one.len()).filter(|at| one[*at] != other[*at]).collect::<Vec<_>>();
    assert_eq!(differ.len(), 2, "{told}");
    assert_eq!(differ[0] + 1, differ[1], "{told}");
    assert_eq!((one[differ[0]], one[differ[1]]), (other[differ[1]], other[differ[0]]));
}
