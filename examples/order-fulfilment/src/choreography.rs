//! Who reacts to what. Nobody here knows the whole flow: each line knows one event and one command.

use crate::{order::*, payment::*, shipment::*, stock::*};
use quadrille::prelude::*;

#[derive(View)]
#[reads("order.placed")]
struct OrderPlaced {
    #[view(id)]
    order: String,
    item: String,
    quantity: i64,
    cents: i64,
}

#[derive(View)]
#[reads("order.ready")]
struct OrderReady {
    #[view(id)]
    order: String,
    item: String,
    quantity: i64,
}

#[derive(View)]
#[reads("order.cancelled")]
struct OrderCancelled {
    #[view(id)]
    order: String,
    item: String,
    reserved: bool,
    paid: bool,
}

#[derive(View)]
#[reads("order.reserved_too_late")]
struct ReservedTooLate {
    #[view(id)]
    order: String,
    item: String,
}

#[derive(View)]
#[reads("order.paid_too_late")]
struct PaidTooLate {
    #[view(id)]
    order: String,
}

#[derive(View)]
#[reads("stock.reserved")]
struct StockReserved {
    order: String,
}

#[derive(View)]
#[reads("stock.ran_out")]
struct StockRanOut {
    #[view(id)]
    item: String,
    order: String,
    left: i64,
}

#[derive(View)]
#[reads("payment.captured")]
struct PaymentCaptured {
    #[view(id)]
    order: String,
}

#[derive(View)]
#[reads("shipment.dispatched")]
struct ShipmentDispatched {
    #[view(id)]
    order: String,
    item: String,
}

#[derive(View)]
#[reads("shipment.delivered")]
struct ShipmentDelivered {
    #[view(id)]
    order: String,
}

#[derive(View)]
#[reads("shipment.lost")]
struct ShipmentLost {
    #[view(id)]
    order: String,
    item: String,
    dispatched: bool,
}

/// Orders hear of their stock, their money and their parcel.
pub fn sales() -> Component {
    Component::new("sales")
        .owner("team-sales")
        .aggregate::<Order>()
        .external(
            External::new("customers").owner("team-customers").sends::<Order>(["place", "cancel"]),
        )
        .on("note-reserved", |e: &Recorded<StockReserved>| {
            send::<Order>(&e.order, OrderCommand::NoteReserved)
        })
        .sends::<Order>(["note_reserved"])
        .on("cancel-without-stock", |e: &Recorded<StockRanOut>| {
            let reason = format!("out of stock: {} of {} left", e.left, e.item);
            send::<Order>(&e.order, OrderCommand::Cancel { reason })
        })
        .sends::<Order>(["cancel"])
        .on("note-paid", |e: &Recorded<PaymentCaptured>| {
            send::<Order>(&e.order, OrderCommand::NotePaid)
        })
        .sends::<Order>(["note_paid"])
        .on("note-delivered", |e: &Recorded<ShipmentDelivered>| {
            send::<Order>(&e.order, OrderCommand::NoteDelivered)
        })
        .sends::<Order>(["note_delivered"])
        .on("note-lost", |e: &Recorded<ShipmentLost>| {
            let reason = "lost on the way".to_owned();
            send::<Order>(&e.order, OrderCommand::NoteLost { reason })
        })
        .sends::<Order>(["note_lost"])
}

/// The warehouse reserves, releases and issues.
pub fn warehouse() -> Component {
    Component::new("warehouse")
        .owner("team-warehouse")
        .aggregate::<Stock>()
        .external(External::new("supplier").owner("team-warehouse").sends::<Stock>(["receive"]))
        .on("reserve-stock", |e: &Recorded<OrderPlaced>| {
            let (order, quantity) = (e.order.clone(), e.quantity);
            send::<Stock>(&e.item, StockCommand::Reserve { order, quantity })
        })
        .sends::<Stock>(["reserve"])
        .on("release-stock", |e: &Recorded<OrderCancelled>| {
            let release = || release(&e.item, &e.order);
            e.reserved.then(release)
        })
        .sends::<Stock>(["release"])
        .on("release-late-stock", |e: &Recorded<ReservedTooLate>| release(&e.item, &e.order))
        .sends::<Stock>(["release"])
        .on("issue-stock", |e: &Recorded<ShipmentDispatched>| {
            send::<Stock>(&e.item, StockCommand::Issue { order: e.order.clone() })
        })
        .sends::<Stock>(["issue"])
        .on("return-unsent-stock", |e: &Recorded<ShipmentLost>| {
            (!e.dispatched).then(|| release(&e.item, &e.order))
        })
        .sends::<Stock>(["release"])
}

fn release(item: &str, order: &str) -> quadrille::Messages {
    send::<Stock>(item, StockCommand::Release { order: order.into() })
}

/// The till asks for money and gives it back.
pub fn till() -> Component {
    Component::new("till")
        .owner("team-payments")
        .aggregate::<Payment>()
        .on("request-payment", |e: &Recorded<OrderPlaced>| {
            send::<Payment>(&e.order, PaymentCommand::Request { cents: e.cents })
        })
        .sends::<Payment>(["request"])
        .on("refund-cancelled", |e: &Recorded<OrderCancelled>| {
            let command = if e.paid { PaymentCommand::Refund } else { PaymentCommand::Void };
            send::<Payment>(&e.order, command)
        })
        .sends::<Payment>(["refund", "void"])
        .on("refund-late-payment", |e: &Recorded<PaidTooLate>| {
            send::<Payment>(&e.order, PaymentCommand::Refund)
        })
        .sends::<Payment>(["refund"])
}

/// Dispatch asks for parcels.
pub fn dispatch() -> Component {
    Component::new("dispatch")
        .owner("team-logistics")
        .aggregate::<Shipment>()
        .on("request-shipment", |e: &Recorded<OrderReady>| {
            let (item, quantity) = (e.item.clone(), e.quantity);
            send::<Shipment>(&e.order, ShipmentCommand::Request { item, quantity })
        })
        .sends::<Shipment>(["request"])
}
