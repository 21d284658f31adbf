//! A log such as the order flow leaves, with four orders.

use OrderCommand::*;
use chrono::{DateTime, TimeZone, Utc};
use quadrille::EventStore;
use quadrille::{Position, Query, prelude::*, sqlite::SqliteStore, store::Direction};
use std::path::{Path, PathBuf};

#[derive(Event)]
#[event(category = "order")]
enum OrderEvent {
    Placed { customer: String, item: String, quantity: i64, cents: i64 },
    Delivered { customer: String, cents: i64 },
    Cancelled { reason: String, item: String },
}

#[derive(Command)]
enum OrderCommand {
    Place { item: String, quantity: i64, cents: i64 },
    Deliver { cents: i64 },
    Cancel { item: String },
}

#[derive(Default)]
struct Order;

impl Aggregate for Order {
    type Event = OrderEvent;
    type Command = OrderCommand;
    type Error = Never;

    fn decide(&self, command: OrderCommand) -> Decision<Self> {
        let customer = "ada".to_owned();
        Ok(vec![match command {
            Place { item, quantity, cents } => {
                OrderEvent::Placed { customer, item, quantity, cents }
            }
            Deliver { cents } => OrderEvent::Delivered { customer, cents },
            Cancel { item } => OrderEvent::Cancelled { reason: "too dear".into(), item },
        }])
    }

    fn evolve(&mut self, _: &OrderEvent) {}
}

/// Four orders, two of them above 327.67, and one parcel that arrives on a Sunday.
pub async fn small_log(folder: &Path) -> PathBuf {
    let path = folder.join("orders.db");
    let quadrille = Quadrille::sqlite(&path).await.expect("a new log");
    let app = quadrille.name("shop").aggregate::<Order>().start().await.expect("a shop");
    let (teapot, samovar) = (|| "teapot".to_owned(), || "samovar".to_owned());
    for (order, day, command) in [
        ("1", 2, Place { item: teapot(), quantity: 1, cents: 2_490 }),
        ("2", 3, Place { item: samovar(), quantity: 3, cents: 56_700 }),
        ("3", 3, Place { item: samovar(), quantity: 2, cents: 37_800 }),
        ("4", 3, Place { item: teapot(), quantity: 2, cents: 4_980 }),
        ("3", 4, Cancel { item: samovar() }),
        ("1", 5, Deliver { cents: 2_490 }),
        ("2", 8, Deliver { cents: 56_700 }),
        ("4", 9, Deliver { cents: 4_980 }),
    ] {
        let done = app.execute::<Order>(order, command).occurred_at(march(day)).await;
        done.expect("nothing is refused");
    }
    app.shutdown().await;
    path
}

fn march(day: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 3, day, 12, 0, 0).single().expect("a moment that exists")
}

/// The types of all events, the framework's own included.
pub async fn facts(path: &Path) -> Vec<String> {
    let store = SqliteStore::open(path).await.expect("the log");
    let everything = Query::everything();
    let page = store.read(&everything, Position::START, Direction::Forward, 1_000).await;
    page.expect("a page").events.into_iter().map(|envelope| envelope.event_type).collect()
}
