//! A command, a reaction, a command, a process manager, a command and a deadline.

use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

/// What no backend may see.
pub const SECRET: &str = "4111-1111";

#[derive(Debug, Event)]
#[event(category = "order")]
pub enum OrderEvent {
    Placed { card: String },
    Shipped,
    Reminded,
}

#[derive(Command)]
pub enum OrderCommand {
    #[emits(OrderEvent::Placed)]
    Place {
        card: String,
    },
    #[emits(OrderEvent::Shipped)]
    Ship,
    #[emits(OrderEvent::Reminded)]
    Remind,
    Nothing,
}

#[derive(Debug, thiserror::Error, Rejection)]
pub enum OrderRefused {
    #[error("there is an order already, on the card {0}")]
    Taken(String),
}

#[derive(Default)]
pub struct Order {
    card: Option<String>,
}

impl Aggregate for Order {
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = OrderRefused;

    fn decide(&self, command: OrderCommand) -> Decision<Self> {
        match (command, &self.card) {
            (OrderCommand::Place { .. }, Some(card)) => Err(OrderRefused::Taken(card.clone())),
            (OrderCommand::Place { card }, None) => Ok(vec![OrderEvent::Placed { card }]),
            (OrderCommand::Ship, _) => Ok(vec![OrderEvent::Shipped]),
            (OrderCommand::Remind, _) => Ok(vec![OrderEvent::Reminded]),
            (OrderCommand::Nothing, _) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &OrderEvent) {
        if let OrderEvent::Placed { card } = event {
            self.card = Some(card.clone());
        }
    }
}

#[derive(Debug, Event)]
#[event(category = "payment")]
pub enum PaymentEvent {
    Taken { card: String },
}

#[derive(Command)]
pub enum PaymentCommand {
    #[emits(PaymentEvent::Taken)]
    Take { card: String },
}

#[derive(Default)]
pub struct Payment;

impl Aggregate for Payment {
    type Event = PaymentEvent;
    type Command = PaymentCommand;
    type Error = Never;

    fn decide(&self, command: PaymentCommand) -> Decision<Self> {
        let PaymentCommand::Take { card } = command;
        Ok(vec![PaymentEvent::Taken { card }])
    }

    fn evolve(&mut self, _: &PaymentEvent) {}
}

#[derive(View)]
#[reads("order.placed")]
struct Placed {
    #[view(id)]
    order: String,
    card: String,
}

#[derive(Input)]
#[process(key = order)]
pub enum Paid {
    #[on("payment.taken", starts, sends(Order::Ship), sets(Late))]
    Taken {
        #[view(id)]
        order: String,
    },
    #[on(deadline, sends(Order::Remind), completes)]
    Late,
}

#[derive(Default, Serialize, Deserialize)]
pub struct Shipping {
    order: String,
}

impl ProcessManager for Shipping {
    const NAME: &'static str = "shipping";
    type Input = Paid;

    fn react(&mut self, input: Paid, out: &mut Outbox<Paid>) {
        match input {
            Paid::Taken { order } => {
                out.send::<Order>(&order, OrderCommand::Ship);
                out.deadline(days(1), Paid::Late);
                self.order = order;
            }
            Paid::Late => {
                out.send::<Order>(&self.order, OrderCommand::Remind);
                out.complete();
            }
        }
    }
}

#[derive(Debug, PartialEq, Row)]
pub struct Orders {
    #[row(stream_id)]
    pub order: String,
    pub placed: i64,
}

pub fn shop() -> Component {
    Component::new("shop")
        .aggregate::<Order>()
        .aggregate::<Payment>()
        .on("take-payment", |e: &Recorded<Placed>| {
            send::<Payment>(&e.order, PaymentCommand::Take { card: e.card.clone() })
        })
        .process::<Shipping>()
        .fold(|row: &mut Orders, event: &Recorded<OrderEvent>| {
            row.placed += i64::from(matches!(**event, OrderEvent::Placed { .. }));
        })
}

pub fn place() -> OrderCommand {
    OrderCommand::Place { card: SECRET.into() }
}
