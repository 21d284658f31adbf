//! The world outside, simulated: a bank and a carrier that answer when they like. They are process
//! managers here so that their slowness is in the log like everything else.

use crate::{payment::*, shipment::*};
use quadrille::prelude::*;
use serde::{Deserialize, Serialize};
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    time::Duration,
};

/// A number in `0.0..1.0` that depends on these words alone, so that a run can be repeated.
pub fn luck(order: &str, what: &str, n: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (order, what, n).hash(&mut hasher);
    (hasher.finish() >> 11) as f64 / (1u64 << 53) as f64
}

fn between(shortest: Duration, longest: Duration, luck: f64) -> Duration {
    // Whole seconds, as people would note them down.
    Duration::from_secs((shortest + (longest - shortest).mul_f64(luck)).as_secs())
}

#[derive(Default, Serialize, Deserialize)]
pub struct Bank;

#[derive(Input)]
#[process(key = order)]
pub enum BankInput {
    #[on("payment.requested", starts, sends(Payment::Capture, Payment::Fail))]
    Asked {
        #[view(id)]
        order: String,
        attempt: u32,
    },
}

impl ProcessManager for Bank {
    const NAME: &'static str = "bank";
    type Input = BankInput;

    fn react(
        &mut self,
        BankInput::Asked { order, attempt }: BankInput,
        out: &mut Outbox<BankInput>,
    ) {
        let answers = match luck(&order, "bank is slow", attempt) {
            // Longer than anybody waits: the order is cancelled while the capture is in flight.
            ..0.02 => between(days(3), days(5), luck(&order, "bank", attempt)),
            _ => between(minutes(1), hours(8), luck(&order, "bank", attempt)),
        };
        let command = match luck(&order, "bank says no", attempt) {
            ..0.15 => PaymentCommand::Fail { reason: "insufficient funds".into() },
            _ => PaymentCommand::Capture,
        };
        out.send::<Payment>(&order, command).after(answers);
    }
}

#[derive(Default, Serialize, Deserialize)]
pub struct Carrier;

#[derive(Input)]
#[process(key = order)]
pub enum CarrierInput {
    #[on("shipment.requested", starts, sends(Shipment::Dispatch))]
    Asked {
        #[view(id)]
        order: String,
    },
    #[on("shipment.dispatched", sends(Shipment::Deliver), completes)]
    PickedUp {
        #[view(id)]
        order: String,
    },
}

impl ProcessManager for Carrier {
    const NAME: &'static str = "carrier";
    type Input = CarrierInput;

    fn react(&mut self, input: CarrierInput, out: &mut Outbox<CarrierInput>) {
        match input {
            CarrierInput::Asked { order } => {
                let picked_up = match luck(&order, "carrier forgets", 0) {
                    ..0.01 => days(20),
                    luck => between(hours(4), days(2), luck),
                };
                out.send::<Shipment>(&order, ShipmentCommand::Dispatch).after(picked_up);
            }
            CarrierInput::PickedUp { order } => {
                let arrives = match luck(&order, "parcel", 0) {
                    ..0.02 => None,
                    ..0.08 => Some(between(days(6), days(13), luck(&order, "late parcel", 0))),
                    _ => Some(between(days(1), days(4), luck(&order, "parcel", 1))),
                };
                if let Some(arrives) = arrives {
                    out.send::<Shipment>(&order, ShipmentCommand::Deliver).after(arrives);
                }
                out.complete();
            }
        }
    }
}
