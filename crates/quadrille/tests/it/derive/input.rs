use super::{envelope, names};
use quadrille::{
    Aggregate, Command, Decision, Event, Input, Never, Rejected,
    process::{StepDeclaration, Trigger},
};

#[derive(Event)]
#[event(category = "stock")]
enum StockEvent {
    Reserved,
}
#[derive(Command)]
enum StockCommand {
    ReserveAll { order: String },
    Release,
}
#[derive(Default)]
struct Stock;
impl Aggregate for Stock {
    type Event = StockEvent;
    type Command = StockCommand;
    type Error = Never;
    fn decide(&self, command: StockCommand) -> Decision<Self> {
        match command {
            StockCommand::ReserveAll { order } if !order.is_empty() => {
                Ok(vec![StockEvent::Reserved])
            }
            _ => Ok(vec![]),
        }
    }
    fn evolve(&mut self, _: &StockEvent) {}
}

#[derive(Debug, PartialEq, Input)]
#[process(key = order)]
enum Step {
    #[on("order.placed", "order.imported", starts, sends(Stock::ReserveAll, self::Stock::Release), sets(Overdue), versions = 1..=2)]
    Placed {
        #[view(id)]
        order: String,
        #[serde(rename = "total_cents")]
        cents: i64,
    },
    #[on("payment.captured", late, completes)]
    Paid { order: u64 },
    #[on(deadline, compensates, sets(Overdue))]
    Overdue { reminder: u8 },
    #[on(deadline)]
    GivenUp,
    #[on(rejected, sends(Stock::Release), compensates)]
    Refused(Rejected),
}

fn step(variant: &str) -> StepDeclaration {
    Step::steps().into_iter().find(|step| step.variant == variant).unwrap()
}

#[test]
fn steps_are_the_declared_graph() {
    let placed = step("Placed");
    assert_eq!(placed.trigger, Trigger::Event);
    assert_eq!(placed.sends, [("stock", "reserve_all"), ("stock", "release")]);
    assert_eq!(placed.sets, ["Overdue"]);
    assert_eq!(
        (placed.starts, placed.completes, placed.compensates, placed.late),
        (true, false, false, false)
    );
    let reads: Vec<_> =
        placed.reads.iter().map(|read| (read.event_type, read.versions.clone())).collect();
    assert_eq!(reads, [("order.placed", 1..=2), ("order.imported", 1..=2)]);
    assert_eq!(names(placed.reads[0].fields), ["total_cents"]);
    let paid = step("Paid");
    assert_eq!((paid.starts, paid.completes, paid.late), (false, true, true));
    assert_eq!(step("Overdue").trigger, Trigger::Deadline);
    assert_eq!(step("Refused").trigger, Trigger::Rejection);
    assert!(step("Refused").reads.is_empty() && step("Refused").compensates);
}

#[test]
fn events_find_their_instance_by_the_key() {
    let read = |event_type, version, data| {
        Step::decode(&envelope("order-o1", event_type, version, data)).unwrap()
    };
    let placed = read("order.imported", 2, r#"{"total_cents":5}"#).unwrap();
    assert_eq!(placed, Step::Placed { order: "o1".into(), cents: 5 });
    assert_eq!((placed.kind(), placed.key().as_deref()), ("Placed", Some("o1")));
    let paid = read("payment.captured", 1, r#"{"order":7}"#).unwrap();
    assert_eq!((paid.kind(), paid.key().as_deref()), ("Paid", Some("7")));
    assert_eq!(read("payment.settled", 1, "{}"), None);
    let error = Step::decode(&envelope("order-o1", "order.placed", 3, "{}")).unwrap_err();
    assert!(error.to_string().contains("Step::Placed reads versions 1 to 2"), "{error}");
}

#[test]
fn deadlines_come_back_as_they_were_set() {
    let overdue = Step::Overdue { reminder: 2 };
    assert_eq!((overdue.kind(), overdue.key()), ("Overdue", None));
    let data = overdue.encode().unwrap();
    assert_eq!(data, br#"{"reminder":2}"#);
    assert_eq!(Step::decode_deadline("Overdue", &data).unwrap(), Some(overdue));
    assert_eq!(Step::decode_deadline("GivenUp", b"{}").unwrap(), Some(Step::GivenUp));
    assert_eq!(Step::decode_deadline("Placed", b"{}").unwrap(), None);
    let error = Step::decode_deadline("Overdue", b"{}").unwrap_err();
    assert_eq!(error.to_string(), "decode Step::Overdue version 1");
}

#[test]
fn refusals_reach_the_variant_that_takes_them() {
    let refusal = Rejected {
        aggregate: "stock".into(),
        id: "widgets".into(),
        command: "reserve_all".into(),
        code: "out_of_stock".into(),
        message: "out of stock".into(),
    };
    let input = Step::rejected(refusal.clone()).unwrap();
    assert_eq!((input.kind(), input.key()), ("Refused", None));
    assert_eq!(input, Step::Refused(refusal));
}

#[derive(Input)]
#[process(key = order)]
enum Simple {
    #[on("order.placed", starts)]
    Placed { order: String },
}

#[test]
fn an_input_needs_neither_deadlines_nor_rejections() {
    assert!(Simple::decode_deadline("Placed", b"{}").unwrap().is_none());
    let placed = Simple::decode(&envelope("order-1", "order.placed", 1, r#"{"order":"o"}"#));
    assert_eq!(placed.unwrap().unwrap().encode().unwrap(), br#"{"order":"o"}"#);
}
