//! Who reacts to what. The fraud check runs in Node.js and notifications in Python: they are known
//! here by their events alone.

use crate::{order::*, payment::*};
use quadrille::{External, prelude::*};

#[derive(View)]
#[reads("fraud.cleared")]
struct Cleared {
    #[view(id)]
    order: String,
    cents: i64,
}

#[derive(View)]
#[reads("fraud.suspected")]
struct Suspected {
    #[view(id)]
    order: String,
    reason: String,
}

#[derive(View)]
#[reads("payment.captured")]
struct Captured {
    #[view(id)]
    order: String,
}

/// How far an order is, and whether its customer knows.
#[derive(Debug, Row)]
#[row(table = "orders")]
pub struct OrderRow {
    #[row(stream_id)]
    pub order: String,
    pub state: String,
    pub notified: bool,
}

#[derive(View)]
pub enum ForRow {
    #[reads("order.placed")]
    Placed,
    #[reads("fraud.cleared")]
    Cleared,
    #[reads("order.confirmed")]
    Confirmed,
    #[reads("order.refused")]
    Refused,
    #[reads("notification.sent")]
    Notified,
}

fn row(row: &mut OrderRow, event: &Recorded<ForRow>) {
    let state = match **event {
        ForRow::Placed => "placed",
        ForRow::Cleared => "checked",
        ForRow::Confirmed => "confirmed",
        ForRow::Refused => "refused",
        ForRow::Notified => return row.notified = true,
    };
    state.clone_into(&mut row.state);
}

pub fn components() -> [Component; 2] {
    let fraud_check = External::new("fraud-check")
        .owner("team-risk")
        .reads(["order.placed"])
        .emits(["fraud.cleared", "fraud.suspected"]);
    let notifications = External::new("notifications")
        .owner("team-customers")
        .reads(["order.confirmed", "order.refused"])
        .emits(["notification.sent"]);
    let orders = Component::new("orders")
        .owner("team-orders")
        .external(fraud_check)
        .external(notifications)
        .external(External::new("shoppers").owner("team-orders").sends::<Order>(["place"]))
        .inspectable_aggregate::<Order>()
        .on("refuse-suspected", |event: &Recorded<Suspected>| {
            let reason = event.reason.clone();
            send::<Order>(&event.order, OrderCommand::Refuse { reason })
        })
        .sends::<Order>(["refuse"])
        .on("confirm-paid", |event: &Recorded<Captured>| {
            send::<Order>(&event.order, OrderCommand::Confirm)
        })
        .sends::<Order>(["confirm"])
        .fold(row);
    let payments = Component::new("payments")
        .owner("team-payments")
        .inspectable_aggregate::<Payment>()
        .on("capture-cleared", |event: &Recorded<Cleared>| {
            send::<Payment>(&event.order, PaymentCommand::Capture { cents: event.cents })
        })
        .sends::<Payment>(["capture"]);
    [orders, payments]
}
