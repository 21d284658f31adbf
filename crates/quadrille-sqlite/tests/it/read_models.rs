//! Read models and engine state in SQLite.

mod conformance;
mod files;
mod queries;
mod sql;

use quadrille_core::{
    EventId, Position, StoreId,
    read_model::{ReadModels, Rows, Table},
    row::{Column, Kind, Value},
    state::{Change, Checkpoint, Consumer, ConsumerKind, Consumers, Epoch},
    store::Place,
};
use quadrille_sqlite::Sqlite;

const fn column(name: &'static str, kind: Kind, key: bool) -> Column {
    Column { name, kind, key, nullable: false }
}

const BALANCES: Table = Table {
    name: "balance",
    columns: &[column("account", Kind::Text, true), column("cents", Kind::Integer, false)],
};

fn row(account: &str, cents: i64) -> Vec<Value> {
    vec![Value::Text(account.into()), Value::Integer(cents)]
}

fn reached(position: u64) -> Change {
    let place = Place { position: Position(position), event: EventId::new() };
    let checkpoint = Some(Checkpoint { store: StoreId::new(), place });
    Change { checkpoint, ..Change::default() }
}

/// A read model of one row, ready to be written.
async fn model_of(db: &Sqlite, name: &str, cents: i64) -> (Consumer, Epoch) {
    let consumer = db.open(ConsumerKind::RowProjector, name, 1).await.unwrap();
    fill(db, consumer, cents).await
}

async fn fill(db: &Sqlite, consumer: Consumer, cents: i64) -> (Consumer, Epoch) {
    let epoch = db.claim(&consumer).await.unwrap().epoch;
    db.create_table(&consumer, &BALANCES).await.unwrap();
    let rows = Rows { upsert: vec![row("alice", cents)], delete: vec![] };
    db.commit_rows(&consumer, epoch, &BALANCES, rows, reached(1)).await.unwrap();
    (consumer, epoch)
}
