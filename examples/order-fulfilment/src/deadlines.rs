//! One small process manager for each thing that must happen in time.

use crate::{order::*, payment::*, shipment::*};
use quadrille::prelude::*;
use serde::{Deserialize, Serialize};

/// An order is paid within three days, or cancelled.
#[derive(Default, Serialize, Deserialize)]
pub struct PaymentDeadline {
    order: String,
}

#[derive(Input)]
#[process(key = order)]
pub enum Paying {
    #[on("order.placed", starts, sets(Overdue))]
    Placed {
        #[view(id)]
        order: String,
    },
    #[on("payment.captured", completes)]
    Captured {
        #[view(id)]
        order: String,
    },
    #[on("order.cancelled", completes)]
    Cancelled {
        #[view(id)]
        order: String,
    },
    #[on(deadline, sends(Order::Cancel), completes)]
    Overdue,
}

impl ProcessManager for PaymentDeadline {
    const NAME: &'static str = "payment-deadline";
    type Input = Paying;

    fn react(&mut self, input: Paying, out: &mut Outbox<Paying>) {
        match input {
            Paying::Placed { order } => {
                self.order = order;
                out.deadline(days(3), Paying::Overdue);
            }
            Paying::Captured { .. } | Paying::Cancelled { .. } => out.complete(),
            Paying::Overdue => {
                let reason = "not paid within three days".into();
                out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
                out.complete();
            }
        }
    }
}

/// A payment that failed is tried again, three times in all.
#[derive(Default, Serialize, Deserialize)]
pub struct Collection {
    order: String,
}

#[derive(Input)]
#[process(key = order)]
pub enum Collecting {
    #[on("payment.requested", starts)]
    Requested {
        #[view(id)]
        order: String,
    },
    #[on("payment.failed", sends(Payment::Retry, Order::Cancel), completes)]
    Failed {
        #[view(id)]
        order: String,
        reason: String,
        attempt: u32,
    },
    #[on("payment.captured", completes)]
    Captured {
        #[view(id)]
        order: String,
    },
    #[on(rejected, completes)]
    Refused(Rejected),
}

impl ProcessManager for Collection {
    const NAME: &'static str = "collection";
    type Input = Collecting;

    fn react(&mut self, input: Collecting, out: &mut Outbox<Collecting>) {
        match input {
            Collecting::Requested { order } => self.order = order,
            Collecting::Failed { attempt: 3.., reason, .. } => {
                let reason = format!("payment failed three times: {reason}");
                out.send::<Order>(&self.order, OrderCommand::Cancel { reason });
                out.complete();
            }
            Collecting::Failed { attempt, .. } => {
                let patience = hours(6 * u64::from(attempt));
                out.send::<Payment>(&self.order, PaymentCommand::Retry).after(patience);
            }
            // The order was cancelled meanwhile, so there is nothing left to collect.
            Collecting::Captured { .. } | Collecting::Refused(_) => out.complete(),
        }
    }
}

/// A parcel arrives within a week, or somebody asks the carrier; after the third time it is lost.
#[derive(Default, Serialize, Deserialize)]
pub struct ShipmentDeadline {
    order: String,
}

#[derive(Input)]
#[process(key = order)]
pub enum Shipping {
    #[on("shipment.requested", starts, sets(Late))]
    Requested {
        #[view(id)]
        order: String,
    },
    #[on("shipment.delivered", completes)]
    Delivered {
        #[view(id)]
        order: String,
    },
    #[on(deadline, sends(Shipment::Chase, Shipment::GiveUp), sets(Late), completes)]
    Late { reminder: u8 },
}

impl ProcessManager for ShipmentDeadline {
    const NAME: &'static str = "shipment-deadline";
    type Input = Shipping;

    fn react(&mut self, input: Shipping, out: &mut Outbox<Shipping>) {
        match input {
            Shipping::Requested { order } => {
                self.order = order;
                out.deadline(days(7), Shipping::Late { reminder: 1 });
            }
            Shipping::Delivered { .. } => out.complete(),
            Shipping::Late { reminder: 3.. } => {
                out.send::<Shipment>(&self.order, ShipmentCommand::GiveUp);
                out.complete();
            }
            Shipping::Late { reminder } => {
                out.send::<Shipment>(&self.order, ShipmentCommand::Chase { reminder });
                out.deadline(days(2), Shipping::Late { reminder: reminder + 1 });
            }
        }
    }
}
