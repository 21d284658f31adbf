//! The order: placed by a customer, ready to ship when its stock is reserved and its money is in.

use quadrille::prelude::*;
use {OrderCommand::*, OrderEvent::*};

#[derive(Event)]
#[event(category = "order")]
pub enum OrderEvent {
    Placed {
        customer: String,
        item: String,
        quantity: i64,
        cents: i64,
    },
    StockReserved,
    Paid,
    /// Stock is reserved and money is in: it can go out.
    Ready {
        item: String,
        quantity: i64,
    },
    Delivered {
        customer: String,
        cents: i64,
    },
    /// What had been done by then says what must be undone.
    Cancelled {
        reason: String,
        item: String,
        reserved: bool,
        paid: bool,
    },
    /// Stock was reserved for an order that had been cancelled meanwhile.
    ReservedTooLate {
        item: String,
    },
    /// Money came in for an order that had been cancelled meanwhile.
    PaidTooLate,
}

#[derive(Command)]
pub enum OrderCommand {
    #[emits(OrderEvent::Placed)]
    Place { customer: String, item: String, quantity: i64, cents: i64 },
    #[emits(OrderEvent::StockReserved, Ready, ReservedTooLate)]
    NoteReserved,
    #[emits(OrderEvent::Paid, Ready, PaidTooLate)]
    NotePaid,
    #[emits(OrderEvent::Delivered)]
    NoteDelivered,
    #[emits(OrderEvent::Cancelled)]
    Cancel { reason: String },
    /// The parcel is lost: unlike a cancellation, this is possible after the order went out.
    #[emits(OrderEvent::Cancelled)]
    NoteLost { reason: String },
}

#[derive(Debug, thiserror::Error, Rejection)]
pub enum OrderRefused {
    #[error("an order needs at least one piece")]
    NothingOrdered,
    #[error("the order exists already")]
    AlreadyPlaced,
    #[error("there is no such order")]
    NoSuchOrder,
    #[error("the order is on its way already")]
    OnItsWay,
}

#[derive(Default, PartialEq)]
enum Stage {
    #[default]
    Missing,
    Placed,
    Ready,
    Delivered,
    Cancelled,
}

#[derive(Default)]
pub struct Order {
    stage: Stage,
    customer: String,
    item: String,
    quantity: i64,
    cents: i64,
    reserved: bool,
    paid: bool,
}

impl Aggregate for Order {
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = OrderRefused;

    fn decide(&self, command: OrderCommand) -> Decision<Self> {
        match (command, &self.stage) {
            (Place { quantity: ..=0, .. }, _) => Err(OrderRefused::NothingOrdered),
            (Place { customer, item, quantity, cents }, Stage::Missing) => {
                Ok(vec![Placed { customer, item, quantity, cents }])
            }
            (Place { .. }, _) => Err(OrderRefused::AlreadyPlaced),
            (_, Stage::Missing) => Err(OrderRefused::NoSuchOrder),
            (NoteReserved, Stage::Cancelled) => {
                Ok(vec![ReservedTooLate { item: self.item.clone() }])
            }
            (NotePaid, Stage::Cancelled) => Ok(vec![PaidTooLate]),
            (NoteReserved, _) if self.reserved => Ok(vec![]),
            (NoteReserved, _) => Ok(self.ready_after(StockReserved, self.paid)),
            (NotePaid, _) if self.paid => Ok(vec![]),
            (NotePaid, _) => Ok(self.ready_after(Paid, self.reserved)),
            (NoteDelivered, Stage::Ready) => {
                Ok(vec![Delivered { customer: self.customer.clone(), cents: self.cents }])
            }
            (Cancel { reason }, Stage::Placed) | (NoteLost { reason }, Stage::Ready) => {
                Ok(vec![self.cancelled(reason)])
            }
            (Cancel { .. }, Stage::Ready | Stage::Delivered) => Err(OrderRefused::OnItsWay),
            (NoteDelivered | NoteLost { .. } | Cancel { .. }, _) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &OrderEvent) {
        match event {
            Placed { customer, item, quantity, cents } => {
                self.stage = Stage::Placed;
                (self.customer, self.item) = (customer.clone(), item.clone());
                (self.quantity, self.cents) = (*quantity, *cents);
            }
            StockReserved => self.reserved = true,
            Paid => self.paid = true,
            Ready { .. } => self.stage = Stage::Ready,
            Delivered { .. } => self.stage = Stage::Delivered,
            Cancelled { .. } => self.stage = Stage::Cancelled,
            ReservedTooLate { .. } | PaidTooLate => {}
        }
    }
}

impl Order {
    fn ready_after(&self, first: OrderEvent, other: bool) -> Vec<OrderEvent> {
        let ready = other.then(|| Ready { item: self.item.clone(), quantity: self.quantity });
        std::iter::once(first).chain(ready).collect()
    }

    fn cancelled(&self, reason: String) -> OrderEvent {
        let sent = self.stage == Stage::Ready;
        Cancelled {
            reason,
            item: self.item.clone(),
            // What went out is no longer reserved; the shipment says whether it did.
            reserved: self.reserved && !sent,
            paid: self.paid,
        }
    }
}
