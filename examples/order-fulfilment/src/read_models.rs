//! What people look at. Each can be thrown away and built again from the log.

use crate::{order::OrderEvent, payment::PaymentEvent, stock::StockEvent};
use quadrille::{
    Location,
    postgres::{self, Postgres},
    prelude::*,
};
use std::marker::PhantomData;

#[derive(Row)]
#[row(table = "orders")]
pub struct OrderRow {
    #[row(stream_id)]
    pub order_id: String,
    pub customer: String,
    pub state: String,
    pub cents: i64,
    pub quantity: i64,
    pub reason: Option<String>,
}

pub fn order(row: &mut OrderRow, event: &Recorded<OrderEvent>) {
    match &**event {
        OrderEvent::Placed { customer, cents, quantity, .. } => {
            row.customer.clone_from(customer);
            (row.cents, row.quantity) = (*cents, *quantity);
            row.state = "placed".into();
        }
        OrderEvent::Ready { .. } => row.state = "ready".into(),
        OrderEvent::Delivered { .. } => row.state = "delivered".into(),
        OrderEvent::Cancelled { reason, .. } => {
            row.state = "cancelled".into();
            row.reason = Some(reason.clone());
        }
        OrderEvent::StockReserved
        | OrderEvent::Paid
        | OrderEvent::ReservedTooLate { .. }
        | OrderEvent::PaidTooLate => {}
    }
}

#[derive(Row)]
#[row(table = "stock")]
pub struct StockRow {
    #[row(stream_id)]
    pub item: String,
    pub received: i64,
    pub reserved: i64,
    pub issued: i64,
    pub ran_out: i64,
}

pub fn stock(row: &mut StockRow, event: &Recorded<StockEvent>) {
    match **event {
        StockEvent::Received { quantity } => row.received += quantity,
        StockEvent::Reserved { quantity, .. } => row.reserved += quantity,
        StockEvent::Released { quantity, .. } => row.reserved -= quantity,
        StockEvent::Issued { quantity, .. } => {
            row.reserved -= quantity;
            row.issued += quantity;
        }
        StockEvent::RanOut { .. } => row.ran_out += 1,
    }
}

#[derive(Row)]
#[row(table = "payments")]
pub struct PaymentRow {
    #[row(stream_id)]
    pub order_id: String,
    pub attempts: i64,
    pub captured: i64,
    pub refunded: i64,
}

pub fn payment(row: &mut PaymentRow, event: &Recorded<PaymentEvent>) {
    match **event {
        PaymentEvent::Requested { attempt, .. } => row.attempts = attempt.into(),
        PaymentEvent::Captured { cents } => row.captured += cents,
        PaymentEvent::Refunded { cents } => row.refunded += cents,
        PaymentEvent::Failed { .. } | PaymentEvent::Voided => {}
    }
}

#[derive(Row)]
#[row(table = "parcels")]
pub struct ParcelRow {
    #[row(stream_id)]
    pub order_id: String,
    pub quantity: i64,
    pub state: String,
    pub reminders: i64,
    /// Left the warehouse and never arrived.
    pub lost_on_the_way: bool,
}

#[derive(View)]
pub enum Parcel {
    #[reads("shipment.requested")]
    Requested { quantity: i64 },
    #[reads("shipment.dispatched")]
    Dispatched,
    #[reads("shipment.chased")]
    Chased { reminder: u8 },
    #[reads("shipment.delivered")]
    Delivered,
    #[reads("shipment.lost")]
    Lost { dispatched: bool },
}

pub fn parcel(row: &mut ParcelRow, event: &Recorded<Parcel>) {
    match **event {
        Parcel::Requested { quantity } => {
            row.quantity = quantity;
            row.state = "requested".into();
        }
        Parcel::Dispatched => row.state = "dispatched".into(),
        Parcel::Chased { reminder } => row.reminders = reminder.into(),
        Parcel::Delivered => row.state = "delivered".into(),
        Parcel::Lost { dispatched } => {
            row.state = "lost".into();
            row.lost_on_the_way = dispatched;
        }
    }
}

#[derive(Row)]
#[row(table = "customers")]
pub struct CustomerRow {
    #[row(key)]
    pub customer: String,
    pub orders: i64,
    pub delivered: i64,
    pub spent_cents: i64,
}

#[derive(View)]
pub enum Sale {
    #[reads("order.placed")]
    Placed { customer: String },
    #[reads("order.delivered")]
    Delivered { customer: String, cents: i64 },
}

impl RowProjector for CustomerRow {
    type Event = Sale;

    fn keys(sale: &Recorded<Sale>) -> impl IntoIterator<Item = String> {
        match &**sale {
            Sale::Placed { customer } | Sale::Delivered { customer, .. } => [customer.clone()],
        }
    }

    fn apply(&mut self, sale: &Recorded<Sale>) {
        match **sale {
            Sale::Placed { .. } => self.orders += 1,
            Sale::Delivered { cents, .. } => {
                self.delivered += 1;
                self.spent_cents += cents;
            }
        }
    }
}

/// Revenue by day, written with the SQL of a database.
pub struct Revenue<D>(PhantomData<D>);

#[derive(View)]
pub enum Money {
    #[reads("payment.captured")]
    Captured { cents: i64 },
    #[reads("payment.refunded")]
    Refunded { cents: i64 },
}

/// The day, and what it adds: captured and refunded cents.
fn of_day(money: &Recorded<Money>) -> (String, i64, i64) {
    let day = money.occurred_at().date_naive().to_string();
    match **money {
        Money::Captured { cents } => (day, cents, 0),
        Money::Refunded { cents } => (day, 0, cents),
    }
}

impl Projector for Revenue<Sqlite> {
    const NAME: &'static str = "revenue";
    type Event = Money;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(
            "CREATE TABLE revenue (
                day TEXT PRIMARY KEY,
                captured INTEGER NOT NULL,
                refunded INTEGER NOT NULL
            ) STRICT",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, money: &Recorded<Money>, tx: &mut Tx<Sqlite>) -> Projected {
        let (day, captured, refunded) = of_day(money);
        tx.execute(
            query(
                "INSERT INTO revenue VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE
                 SET captured = captured + ?2, refunded = refunded + ?3",
            )
            .bind(day)
            .bind(captured)
            .bind(refunded),
        )
        .await?;
        Ok(())
    }
}

impl Projector for Revenue<Postgres> {
    const NAME: &'static str = "revenue";
    type Event = Money;
    type Db = Postgres;

    async fn setup(&self, tx: &mut Tx<Postgres>) -> Projected {
        tx.execute(
            "CREATE TABLE revenue (
                day text PRIMARY KEY,
                captured bigint NOT NULL,
                refunded bigint NOT NULL
            )",
        )
        .await?;
        Ok(())
    }

    async fn project(&self, money: &Recorded<Money>, tx: &mut Tx<Postgres>) -> Projected {
        let (day, captured, refunded) = of_day(money);
        tx.execute(
            postgres::query(
                "INSERT INTO revenue AS r VALUES ($1, $2, $3) ON CONFLICT (day) DO UPDATE
                 SET captured = r.captured + $2, refunded = r.refunded + $3",
            )
            .bind(day)
            .bind(captured)
            .bind(refunded),
        )
        .await?;
        Ok(())
    }
}

/// The read models, in the database at this place.
pub fn reporting(place: &Location) -> Component {
    let reporting = Component::new("reporting")
        .owner("team-finance")
        .fold(order)
        .fold(stock)
        .fold(payment)
        .fold(parcel)
        .rows::<CustomerRow>();
    match place {
        Location::Postgres(_) => reporting.projector(Revenue::<Postgres>(PhantomData)),
        _ => reporting.projector(Revenue::<Sqlite>(PhantomData)),
    }
}
