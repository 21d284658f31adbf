//! The read models: what is on each account, with SQL and as rows.

use crate::domain::AccountEvent;
use anyhow::{Context, Result};
use quadrille::{
    postgres::{self, Postgres},
    prelude::*,
    sqlite,
};

const TABLE: &str = "CREATE TABLE balances \
    (account text PRIMARY KEY, balance bigint NOT NULL, events bigint NOT NULL)";
const ADD: &str = "INSERT INTO balances AS b (account, balance, events) VALUES ($1, $2, 1) \
    ON CONFLICT (account) DO UPDATE SET balance = b.balance + excluded.balance, events = b.events + 1";
/// What the raw projector counted, on SQLite and on PostgreSQL.
const BY_SQL: [&str; 2] = [
    "SELECT coalesce(sum(events), 0) FROM balances.balances",
    "SELECT coalesce(sum(events), 0)::bigint FROM balances",
];
/// What the row projector counted. The database adds it up: the rows would take more memory than
/// making them.
const BY_ROWS: [&str; 2] = [
    "SELECT coalesce(sum(events), 0) FROM balance.balance",
    "SELECT coalesce(sum(events), 0)::bigint FROM balance",
];

/// An upsert an event, on SQLite.
pub struct OnSqlite;

impl Projector for OnSqlite {
    const NAME: &'static str = "balances";
    type Event = AccountEvent;
    type Db = Sqlite;

    async fn setup(&self, tx: &mut Tx<Sqlite>) -> Projected {
        tx.execute(TABLE).await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<AccountEvent>, tx: &mut Tx<Sqlite>) -> Projected {
        let AccountEvent::Deposited(deposited) = &**event;
        tx.execute(query(ADD).bind(event.id().to_owned()).bind(deposited.amount)).await?;
        Ok(())
    }
}

/// An upsert an event, on PostgreSQL.
pub struct OnPostgres;

impl Projector for OnPostgres {
    const NAME: &'static str = "balances";
    type Event = AccountEvent;
    type Db = Postgres;

    async fn setup(&self, tx: &mut Tx<Postgres>) -> Projected {
        tx.execute(TABLE).await?;
        Ok(())
    }

    async fn project(&self, event: &Recorded<AccountEvent>, tx: &mut Tx<Postgres>) -> Projected {
        let AccountEvent::Deposited(deposited) = &**event;
        let add = postgres::query(ADD).bind(event.id().to_owned()).bind(deposited.amount);
        tx.execute(add).await?;
        Ok(())
    }
}

/// The events that the raw projector counted.
pub async fn counted(app: &App) -> Result<u64> {
    sum(app, BY_SQL).await
}

async fn sum(app: &App, [on_sqlite, on_postgres]: [&'static str; 2]) -> Result<u64> {
    let count: i64 = if let Some(database) = app.database::<Sqlite>() {
        sqlite::query_scalar(on_sqlite).fetch_one(&database.reader().await?).await?
    } else {
        let database = app.database::<Postgres>().context("the app has a database")?;
        postgres::query_scalar(on_postgres).fetch_one(&database.reader().await?).await?
    };
    Ok(count.unsigned_abs())
}

macro_rules! rows {
    ($($row:ident $add:ident),*) => { $(
        #[derive(Row)]
        struct $row {
            #[row(stream_id)]
            account: String,
            balance: i64,
            events: i64,
        }

        fn $add(row: &mut $row, event: &Recorded<AccountEvent>) {
            let AccountEvent::Deposited(deposited) = &**event;
            row.balance += deposited.amount;
            row.events += 1;
        }
    )* };
}

rows!(Balance add, Second add_to_second, Third add_to_third, Fourth add_to_fourth);

pub fn one(app: Quadrille) -> Quadrille {
    app.fold(add)
}

pub fn four(app: Quadrille) -> Quadrille {
    app.fold(add).fold(add_to_second).fold(add_to_third).fold(add_to_fourth)
}

/// The events that the row projector counted.
pub async fn events(app: &App) -> Result<u64> {
    sum(app, BY_ROWS).await
}
