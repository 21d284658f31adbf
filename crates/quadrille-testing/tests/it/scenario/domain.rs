//! An order flow: stock is reserved, payment captured, a parcel shipped, or all of it undone.

use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

macro_rules! aggregate {
    ($name:ident, $category:literal, $events:ident { $($event:tt)* }, $commands:ident { $($command:tt)* }, $error:ty, |$this:ident, $given:ident| $decide:expr, |$changed:ident, $fact:ident| $evolve:expr) => {
        #[derive(Event)]
        #[event(category = $category)]
        pub enum $events { $($event)* }
        #[derive(Command)]
        pub enum $commands { $($command)* }
        #[derive(Default)]
        pub struct $name { pub count: i64 }
        impl Aggregate for $name {
            type Event = $events;
            type Command = $commands;
            type Error = $error;
            fn decide(&self, $given: $commands) -> Decision<Self> {
                let $this = self;
                $decide
            }
            fn evolve(&mut self, $fact: &$events) {
                let $changed = self;
                $evolve
            }
        }
    };
}

#[derive(Debug, PartialEq)]
pub struct OutOfStock(pub i64);
impl std::fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "only {} are left", self.0)
    }
}
impl std::error::Error for OutOfStock {}
impl Rejection for OutOfStock {
    const CODES: &'static [&'static str] = &["out_of_stock"];
    fn code(&self) -> &'static str {
        "out_of_stock"
    }
}

aggregate!(
    Stock, "stock",
    StockEvent { Added { pieces: i64 }, Reserved { order: String }, Released { order: String } },
    StockCommand {
        #[emits(StockEvent::Added)]
        Add { pieces: i64 },
        #[emits(StockEvent::Reserved)]
        Reserve { order: String },
        #[emits(StockEvent::Released)]
        Release { order: String },
    },
    OutOfStock,
    |stock, command| match command {
        StockCommand::Add { pieces: 0 } => Ok(vec![]),
        StockCommand::Add { pieces } => Ok(vec![StockEvent::Added { pieces }]),
        StockCommand::Reserve { .. } if stock.count == 0 => Err(OutOfStock(0)),
        StockCommand::Reserve { order } => Ok(vec![StockEvent::Reserved { order }]),
        StockCommand::Release { order } => Ok(vec![StockEvent::Released { order }]),
    },
    |stock, event| match event {
        StockEvent::Added { pieces } => stock.count += pieces,
        StockEvent::Reserved { .. } => stock.count -= 1,
        StockEvent::Released { .. } => stock.count += 1,
    }
);

aggregate!(
    Payment, "payment",
    PaymentEvent { Captured { cents: i64 }, Refunded },
    PaymentCommand { Capture { cents: i64 }, Refund {} },
    Never,
    |_payment, command| match command {
        PaymentCommand::Capture { cents } => Ok(vec![PaymentEvent::Captured { cents }]),
        PaymentCommand::Refund {} => Ok(vec![PaymentEvent::Refunded]),
    },
    |payment, event| if let PaymentEvent::Captured { cents } = event { payment.count += cents }
);

aggregate!(
    Order, "order",
    OrderEvent { Confirmed, Cancelled { reason: String } },
    OrderCommand { Confirm, Cancel { reason: String } },
    Never,
    |_order, command| match command {
        OrderCommand::Confirm => Ok(vec![OrderEvent::Confirmed]),
        OrderCommand::Cancel { reason } => Ok(vec![OrderEvent::Cancelled { reason }]),
    },
    |order, _event| order.count += 1
);

#[derive(Input)]
#[process(key = order)]
pub enum Step {
    #[on("order.placed", starts, sends(Stock::Reserve, Payment::Capture), sets(Overdue))]
    Placed {
        #[view(id)]
        order: String,
        cents: i64,
    },
    #[on("payment.captured", sets(Late))]
    Paid { order: String },
    #[on("payment.failed", sends(Payment::Capture, Order::Cancel), compensates)]
    PaymentFailed { order: String },
    #[on("shipment.delivered", sends(Order::Confirm), completes)]
    Delivered { order: String },
    #[on("payment.disputed", late, sends(Order::Cancel))]
    Disputed { order: String },
    #[on(deadline, sends(Order::Cancel), compensates)]
    Overdue,
    #[on(deadline, sends(Order::Cancel), sets(Late), compensates)]
    Late { reminder: u8 },
    #[on(rejected, sends(Order::Cancel), compensates)]
    Refused(Rejected),
}

#[derive(Default, Serialize, Deserialize)]
pub struct Fulfilment {
    order: String,
    cents: i64,
    failures: u32,
}

impl ProcessManager for Fulfilment {
    const NAME: &'static str = "fulfilment";
    type Input = Step;

    fn react(&mut self, step: Step, out: &mut Outbox<Step>) {
        match step {
            Step::Placed { order, cents } => {
                (self.order, self.cents) = (order, cents);
                let order = || self.order.clone();
                out.send::<Stock>("widgets", StockCommand::Reserve { order: order() })
                    .undo(StockCommand::Release { order: order() });
                out.send::<Payment>(&self.order, PaymentCommand::Capture { cents });
                out.deadline(days(3), Step::Overdue);
            }
            Step::Paid { .. } => {
                out.cancel(Step::Overdue);
                out.undo_with::<Payment>(&self.order, PaymentCommand::Refund {});
                out.deadline(days(7), Step::Late { reminder: 1 });
            }
            Step::PaymentFailed { .. } if self.failures < 1 => {
                self.failures += 1;
                let again = PaymentCommand::Capture { cents: self.cents };
                out.send::<Payment>(&self.order, again).after(hours(1));
            }
            Step::PaymentFailed { .. } => self.give_up("payment failed", out),
            Step::Delivered { .. } => {
                out.send::<Order>(&self.order, OrderCommand::Confirm);
                out.complete();
            }
            Step::Disputed { .. } => {
                let reason = "disputed".into();
                out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
            }
            Step::Overdue => self.give_up("not paid in time", out),
            Step::Late { reminder: 3 } => self.give_up("lost on the way", out),
            Step::Late { reminder } => {
                out.deadline(days(1), Step::Late { reminder: reminder + 1 });
            }
            Step::Refused(refusal) => self.give_up(&refusal.message, out),
        }
    }
}

impl Fulfilment {
    fn give_up(&self, reason: &str, out: &mut Outbox<Step>) {
        out.compensate(reason);
        let reason = reason.into();
        out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
    }
}

pub fn order() -> String {
    "o1".into()
}
pub fn placed() -> Step {
    Step::Placed { order: order(), cents: 500 }
}
pub fn paid() -> Step {
    Step::Paid { order: order() }
}
