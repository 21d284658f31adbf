//! Read models, each in a file of its own, with its checkpoint.

use super::connect;
use crate::folded::{Folded, PAGE, RAW_PAGE};
use anyhow::{Result, anyhow, ensure};
use bench_harness::{CatchUp, Deposited, Projected};
use rusqlite::{Connection, params};
use std::{fs, path::Path, thread, time::Instant};

const SELECT: &str =
    "SELECT position, stream, data FROM events WHERE position > ?1 ORDER BY position LIMIT ?2";
const UPSERT: &str = "INSERT INTO balances VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE \
    SET balance = balance + excluded.balance, events = events + excluded.events";

pub fn catch_up(path: &Path, how: CatchUp, total: u64) -> Result<Projected> {
    let copies = if how == CatchUp::FourRows { 4 } else { 1 };
    let models = (0..copies).map(|number| create(path, number)).collect::<Result<Vec<_>>>()?;
    let begun = Instant::now();
    let counted = thread::scope(|scope| {
        let build = |model| scope.spawn(move || build(path, model, how));
        let building: Vec<_> = models.into_iter().map(build).collect();
        let ended = building.into_iter().map(|built| built.join());
        ended
            .map(|built| built.map_err(|_| anyhow!("a thread panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    let elapsed = begun.elapsed();
    ensure!(counted.iter().all(|count| *count == total), "{counted:?} of {total} events");
    Ok(Projected { events: total, elapsed, note: "" })
}

fn create(events: &Path, number: usize) -> Result<Connection> {
    let path = events.with_file_name(format!("balances-{number}.db"));
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(format!("{}{suffix}", path.display()));
    }
    // It can be built again: a flush for each commit would be wasted.
    let model = connect(&path, "NORMAL")?;
    model.execute_batch(
        "CREATE TABLE balances (account TEXT PRIMARY KEY, balance INTEGER NOT NULL, events INTEGER NOT NULL) STRICT;
         CREATE TABLE checkpoint (only_one INTEGER PRIMARY KEY, position INTEGER NOT NULL) STRICT;
         INSERT INTO checkpoint VALUES (1, 0)",
    )?;
    Ok(model)
}

/// Says how many events are in it when it has seen all.
fn build(events: &Path, mut model: Connection, how: CatchUp) -> Result<u64> {
    let events = connect(events, "NORMAL")?;
    let limit = if how == CatchUp::Raw { RAW_PAGE } else { PAGE };
    let mut at = 0_i64;
    loop {
        let before = at;
        let tx = model.transaction()?;
        let mut upsert = tx.prepare_cached(UPSERT)?;
        let mut folded = Folded::default();
        let mut select = events.prepare_cached(SELECT)?;
        let mut rows = select.query([at, limit])?;
        while let Some(row) = rows.next()? {
            at = row.get(0)?;
            let (stream, data) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_blob()?);
            if how == CatchUp::Raw {
                let event: Deposited = serde_json::from_slice(data)?;
                upsert.execute(params![stream, event.amount, 1])?;
            } else {
                folded.add(stream, data)?;
            }
        }
        if at == before {
            break;
        }
        for (stream, row) in &folded.rows {
            upsert.execute(params![stream, row.balance, row.events as i64])?;
        }
        drop(upsert);
        tx.execute("UPDATE checkpoint SET position = ?1", [at])?;
        tx.commit()?;
    }
    let count: i64 = model.query_row("SELECT sum(events) FROM balances", [], |row| row.get(0))?;
    Ok(count.unsigned_abs())
}
