use crate::{Meter, about};
use anyhow::{Result, ensure};
use bench_harness::{
    About, AccountState, Deposited, account,
    settings::{data, scaled},
};
use rusqlite::{Connection, TransactionBehavior, params};
use std::fs;
use uuid::Uuid;

const SCHEMA: &str = include_str!("../bench-bare/sqlite/schema.sql");
const APPEND: &str = include_str!("../bench-bare/sqlite/append.sql");
const UPSERT: &str = "INSERT INTO balances VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE \
    SET balance = balance + excluded.balance, events = events + excluded.events";

pub fn run() -> Result<()> {
    for (synchronous, database, durability) in [
        ("FULL", "SQLite", "every commit is flushed"),
        ("NORMAL", "SQLite, not flushed", "the last commits may be lost"),
    ] {
        let folder = data().join("limit_sqlite");
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)?;
        let mut connection = Connection::open(folder.join("events.db"))?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", synchronous)?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        connection.execute_batch(SCHEMA)?;
        let about = about(database, durability);
        insert(&about, &mut connection)?;
        if synchronous == "FULL" {
            read(&about, &mut connection)?;
            upsert(&about, &mut connection)?;
        }
        drop(connection);
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}

fn insert(about: &About, connection: &mut Connection) -> Result<()> {
    for batch in [1, 100, 1_000] {
        let mut meter = Meter::start();
        while meter.goes_on() {
            write(connection, batch, |_| (Uuid::new_v4(), 1))?;
            meter.done += batch;
        }
        meter.report(about, "inserts", &format!("{batch} a commit"));
    }
    Ok(())
}

fn write(
    connection: &mut Connection,
    count: u64,
    place: impl Fn(u64) -> (Uuid, i64),
) -> Result<()> {
    let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut append = tx.prepare_cached(APPEND)?;
    for n in 0..count {
        let (stream, version) = place(n);
        let (id, command) = (Uuid::now_v7(), Uuid::now_v7());
        let data = serde_json::to_vec(&Deposited::new(stream, n))?;
        append.execute(params![
            format!("account-{stream}"),
            version,
            id.as_bytes(),
            command.as_bytes(),
            data,
            0,
            0,
            "account.deposited",
            "account.deposit",
            "limit",
            "clerk-17"
        ])?;
    }
    drop(append);
    Ok(tx.commit()?)
}

fn read(about: &About, connection: &mut Connection) -> Result<()> {
    connection.execute("DELETE FROM events", [])?;
    write(connection, scaled(200_000), |n| (account(n / 100), (n % 100 + 1) as i64))?;
    let mut meter = Meter::start();
    while meter.goes_on() {
        let mut state = AccountState::default();
        let mut select = connection.prepare_cached("SELECT position, stream, data FROM events")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            state.apply(&serde_json::from_slice(row.get_ref(2)?.as_blob()?)?);
        }
        ensure!(state.events == scaled(200_000), "{state:?}");
        meter.done += state.events;
    }
    meter.report(about, "read and decode", "all of the log");
    Ok(())
}

fn upsert(about: &About, connection: &mut Connection) -> Result<()> {
    connection.execute_batch(
        "CREATE TABLE balances (account TEXT PRIMARY KEY, balance INTEGER NOT NULL, events INTEGER NOT NULL) STRICT",
    )?;
    for batch in [1, 1_000] {
        let mut meter = Meter::start();
        while meter.goes_on() {
            let tx = connection.transaction()?;
            let mut upsert = tx.prepare_cached(UPSERT)?;
            for n in 0..batch {
                let stream = format!("account-{}", account((meter.done + n) % 5_000));
                upsert.execute(params![stream, 100, 1])?;
            }
            drop(upsert);
            tx.commit()?;
            meter.done += batch;
        }
        meter.report(about, "upserts", &format!("{batch} a commit"));
    }
    Ok(())
}
