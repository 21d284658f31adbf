//! The stock of one item.

use quadrille::prelude::*;
use std::collections::BTreeMap;
use {StockCommand::*, StockEvent::*};

#[derive(Event)]
#[event(category = "stock")]
pub enum StockEvent {
    Received {
        quantity: i64,
    },
    Reserved {
        order: String,
        quantity: i64,
    },
    RanOut {
        order: String,
        wanted: i64,
        left: i64,
    },
    Released {
        order: String,
        quantity: i64,
    },
    /// Left the warehouse.
    Issued {
        order: String,
        quantity: i64,
    },
}

#[derive(Command)]
pub enum StockCommand {
    #[emits(StockEvent::Received)]
    Receive { quantity: i64 },
    #[emits(StockEvent::Reserved, RanOut)]
    Reserve { order: String, quantity: i64 },
    #[emits(StockEvent::Released)]
    Release { order: String },
    #[emits(StockEvent::Issued)]
    Issue { order: String },
}

#[derive(Debug, thiserror::Error, Rejection)]
pub enum StockRefused {
    #[error("nothing is reserved for order {0}")]
    NotReserved(String),
}

#[derive(Default)]
pub struct Stock {
    left: i64,
    reserved: BTreeMap<String, i64>,
}

impl Aggregate for Stock {
    type Event = StockEvent;
    type Command = StockCommand;
    type Error = StockRefused;

    fn decide(&self, command: StockCommand) -> Decision<Self> {
        match command {
            Receive { quantity } => Ok(vec![Received { quantity }]),
            Reserve { order, .. } if self.reserved.contains_key(&order) => Ok(vec![]),
            Reserve { order, quantity } if quantity > self.left => {
                Ok(vec![RanOut { order, wanted: quantity, left: self.left }])
            }
            Reserve { order, quantity } => Ok(vec![Reserved { order, quantity }]),
            Release { order } => Ok(vec![Released { quantity: self.reserved(&order)?, order }]),
            Issue { order } => Ok(vec![Issued { quantity: self.reserved(&order)?, order }]),
        }
    }

    fn evolve(&mut self, event: &StockEvent) {
        match event {
            Received { quantity } => self.left += quantity,
            Reserved { order, quantity } => {
                self.left -= quantity;
                self.reserved.insert(order.clone(), *quantity);
            }
            Released { order, quantity } => {
                self.left += quantity;
                self.reserved.remove(order);
            }
            Issued { order, .. } => drop(self.reserved.remove(order)),
            RanOut { .. } => {}
        }
    }
}

impl Stock {
    fn reserved(&self, order: &str) -> Result<i64, StockRefused> {
        let reserved = self.reserved.get(order).copied();
        reserved.ok_or_else(|| StockRefused::NotReserved(order.into()))
    }
}
