//! The shipment of an order.

use quadrille::prelude::*;
use {ShipmentCommand::*, ShipmentEvent::*};

#[derive(Event)]
#[event(category = "shipment")]
pub enum ShipmentEvent {
    Requested {
        item: String,
        quantity: i64,
    },
    /// The carrier has it.
    Dispatched {
        item: String,
    },
    Chased {
        reminder: u8,
    },
    Delivered,
    /// Nobody waits for it any more.
    Lost {
        item: String,
        dispatched: bool,
    },
}

#[derive(Command)]
pub enum ShipmentCommand {
    #[emits(ShipmentEvent::Requested)]
    Request { item: String, quantity: i64 },
    #[emits(ShipmentEvent::Dispatched)]
    Dispatch,
    #[emits(ShipmentEvent::Delivered)]
    Deliver,
    #[emits(ShipmentEvent::Chased)]
    Chase { reminder: u8 },
    #[emits(ShipmentEvent::Lost)]
    GiveUp,
}

#[derive(Debug, thiserror::Error, Rejection)]
pub enum ShipmentRefused {
    #[error("the shipment was given up")]
    GivenUp,
    #[error("the carrier does not have it")]
    NotDispatched,
    #[error("nobody asked for this shipment")]
    NotRequested,
}

#[derive(Default, PartialEq)]
enum Stage {
    #[default]
    Missing,
    Requested,
    Dispatched,
    Delivered,
    Lost,
}

#[derive(Default)]
pub struct Shipment {
    stage: Stage,
    item: String,
}

impl Aggregate for Shipment {
    type Event = ShipmentEvent;
    type Command = ShipmentCommand;
    type Error = ShipmentRefused;

    fn decide(&self, command: ShipmentCommand) -> Decision<Self> {
        let item = || self.item.clone();
        match (command, &self.stage) {
            (Request { item, quantity }, Stage::Missing) => Ok(vec![Requested { item, quantity }]),
            (Request { .. }, _) => Ok(vec![]),
            (_, Stage::Missing) => Err(ShipmentRefused::NotRequested),
            (Dispatch, Stage::Requested) => Ok(vec![Dispatched { item: item() }]),
            (Deliver, Stage::Dispatched) => Ok(vec![Delivered]),
            (Deliver, Stage::Requested) => Err(ShipmentRefused::NotDispatched),
            (Dispatch | Deliver, Stage::Lost) => Err(ShipmentRefused::GivenUp),
            (Chase { reminder }, Stage::Requested | Stage::Dispatched) => {
                Ok(vec![Chased { reminder }])
            }
            (GiveUp, Stage::Requested) => Ok(vec![Lost { item: item(), dispatched: false }]),
            (GiveUp, Stage::Dispatched) => Ok(vec![Lost { item: item(), dispatched: true }]),
            (Dispatch | Deliver | Chase { .. } | GiveUp, _) => Ok(vec![]),
        }
    }

    fn evolve(&mut self, event: &ShipmentEvent) {
        self.stage = match event {
            Requested { item, .. } => {
                self.item.clone_from(item);
                Stage::Requested
            }
            Dispatched { .. } => Stage::Dispatched,
            Delivered => Stage::Delivered,
            Lost { .. } => Stage::Lost,
            Chased { .. } => return,
        };
    }
}
