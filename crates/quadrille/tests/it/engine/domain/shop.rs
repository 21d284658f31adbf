//! Orders, stock and payments, and the process that joins them.

use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event)]
#[event(category = "order")]
pub enum OrderEvent {
    Placed { item: String },
    Reminded,
    Cancelled { reason: String },
    Confirmed,
}

#[derive(Command)]
pub enum OrderCommand {
    Place { item: String },
    Remind,
    Cancel { reason: String },
    Confirm,
}

#[derive(Default)]
pub struct Order;

impl Aggregate for Order {
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = Never;

    fn decide(&self, command: OrderCommand) -> Decision<Self> {
        Ok(vec![match command {
            OrderCommand::Place { item } => OrderEvent::Placed { item },
            OrderCommand::Remind => OrderEvent::Reminded,
            OrderCommand::Cancel { reason } => OrderEvent::Cancelled { reason },
            OrderCommand::Confirm => OrderEvent::Confirmed,
        }])
    }

    fn evolve(&mut self, _: &OrderEvent) {}
}

#[derive(Event)]
#[event(category = "stock")]
pub enum StockEvent {
    Filled { count: i64 },
    Reserved { order: String },
    Released { order: String },
}

#[derive(Command)]
pub enum StockCommand {
    Fill { count: i64 },
    Reserve { order: String },
    Release { order: String },
}

#[derive(Debug, thiserror::Error, Rejection)]
#[error("out of stock")]
pub struct OutOfStock;

#[derive(Default)]
pub struct Stock {
    left: i64,
}

impl Aggregate for Stock {
    type Event = StockEvent;
    type Command = StockCommand;
    type Error = OutOfStock;

    fn decide(&self, command: StockCommand) -> Decision<Self> {
        match command {
            StockCommand::Fill { count } => Ok(vec![StockEvent::Filled { count }]),
            StockCommand::Reserve { .. } if self.left < 1 => Err(OutOfStock),
            StockCommand::Reserve { order } => Ok(vec![StockEvent::Reserved { order }]),
            StockCommand::Release { order } => Ok(vec![StockEvent::Released { order }]),
        }
    }

    fn evolve(&mut self, event: &StockEvent) {
        self.left += match event {
            StockEvent::Filled { count } => *count,
            StockEvent::Reserved { .. } => -1,
            StockEvent::Released { .. } => 1,
        };
    }
}

#[derive(Event)]
#[event(category = "payment")]
pub enum PaymentEvent {
    Requested,
    Captured,
    Voided,
    Refunded,
}

#[derive(Command)]
pub enum PaymentCommand {
    Request,
    Capture,
    Void,
    Refund,
}

#[derive(Debug, thiserror::Error, Rejection)]
#[error("the payment was voided")]
pub struct WasVoided;

#[derive(Default)]
pub struct Payment {
    voided: bool,
}

impl Aggregate for Payment {
    type Event = PaymentEvent;
    type Command = PaymentCommand;
    type Error = WasVoided;

    fn decide(&self, command: PaymentCommand) -> Decision<Self> {
        match command {
            PaymentCommand::Request => Ok(vec![PaymentEvent::Requested]),
            PaymentCommand::Capture if self.voided => Err(WasVoided),
            PaymentCommand::Capture => Ok(vec![PaymentEvent::Captured]),
            PaymentCommand::Void => Ok(vec![PaymentEvent::Voided]),
            PaymentCommand::Refund => Ok(vec![PaymentEvent::Refunded]),
        }
    }

    fn evolve(&mut self, event: &PaymentEvent) {
        self.voided |= matches!(event, PaymentEvent::Voided);
    }
}

#[derive(Input)]
#[process(key = order)]
pub enum Step {
    #[on(
        "order.placed",
        starts,
        sends(Stock::Reserve, Payment::Request, Order::Remind),
        sets(Overdue)
    )]
    Placed {
        #[view(id)]
        order: String,
        item: String,
    },
    #[on("payment.captured", sends(Order::Confirm), completes)]
    Captured {
        #[view(id)]
        order: String,
    },
    #[on(deadline, sends(Order::Cancel), compensates)]
    Overdue { after_days: u64 },
    #[on(rejected, sends(Order::Cancel), compensates, completes)]
    Refused(Rejected),
}

#[derive(Default, Serialize, Deserialize)]
pub struct Fulfilment {
    order: String,
    item: String,
}

impl ProcessManager for Fulfilment {
    const NAME: &'static str = "fulfilment";
    type Input = Step;

    fn react(&mut self, step: Step, out: &mut Outbox<Step>) {
        match step {
            Step::Placed { order, item } => {
                (self.order, self.item) = (order.clone(), item.clone());
                let reserve = StockCommand::Reserve { order: order.clone() };
                let release = StockCommand::Release { order: order.clone() };
                out.send::<Stock>(item, reserve).undo(release);
                out.send::<Payment>(&order, PaymentCommand::Request).undo(PaymentCommand::Void);
                out.send::<Order>(&order, OrderCommand::Remind).after(days(1));
                out.deadline(days(3), Step::Overdue { after_days: 3 });
            }
            Step::Captured { .. } => {
                out.undo_with::<Payment>(&self.order, PaymentCommand::Refund);
                out.send::<Order>(&self.order, OrderCommand::Confirm);
                out.complete();
            }
            Step::Overdue { after_days } => {
                let reason = format!("not paid within {after_days} days");
                out.compensate(&reason);
                out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
            }
            Step::Refused(rejected) => {
                out.compensate(&rejected.message);
                let reason = rejected.message;
                out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
                out.complete();
            }
        }
    }
}

pub fn place(item: &str) -> OrderCommand {
    OrderCommand::Place { item: item.into() }
}

/// The aggregates of the shop, and nothing that reacts.
pub fn shop(app: Quadrille) -> Quadrille {
    app.aggregate::<Order>().aggregate::<Stock>().aggregate::<Payment>()
}
