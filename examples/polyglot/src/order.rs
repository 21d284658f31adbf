//! An order: it is placed, and then either confirmed or refused.

use quadrille::prelude::*;
use serde::Serialize;
use {OrderCommand::*, OrderEvent::*};

#[derive(Event)]
#[event(category = "order")]
pub enum OrderEvent {
    Placed { customer: String, cents: i64 },
    Confirmed,
    Refused { reason: String },
}

#[derive(Command)]
pub enum OrderCommand {
    #[emits(OrderEvent::Placed)]
    Place { customer: String, cents: i64 },
    #[emits(OrderEvent::Confirmed)]
    Confirm,
    #[emits(OrderEvent::Refused)]
    Refuse { reason: String },
}

#[derive(Debug, PartialEq, thiserror::Error, Rejection)]
pub enum NotPossible {
    #[error("there is no such order")]
    NotPlaced,
    #[error("the order is closed")]
    Closed,
}

#[derive(Default, Clone, Copy, Serialize)]
enum Stage {
    #[default]
    Missing,
    Placed,
    Closed,
}

#[derive(Default, Serialize)]
pub struct Order {
    stage: Stage,
}

impl Aggregate for Order {
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = NotPossible;

    fn decide(&self, command: OrderCommand) -> Decision<Self> {
        match (command, self.stage) {
            (Place { customer, cents }, Stage::Missing) => Ok(vec![Placed { customer, cents }]),
            (Place { .. }, _) => Ok(vec![]),
            (Confirm | Refuse { .. }, Stage::Missing) => Err(NotPossible::NotPlaced),
            (Confirm, Stage::Placed) => Ok(vec![Confirmed]),
            (Refuse { reason }, Stage::Placed) => Ok(vec![Refused { reason }]),
            (Confirm | Refuse { .. }, Stage::Closed) => Err(NotPossible::Closed),
        }
    }

    fn evolve(&mut self, event: &OrderEvent) {
        self.stage = match event {
            Placed { .. } => Stage::Placed,
            Confirmed | Refused { .. } => Stage::Closed,
        };
    }
}
