//! What is left of the design when everything but correctness is taken away, as a target that can
//! be reached: `bench-bare sqlite|sqlite-fast|postgres [PHASE…]`.
//!
//! Commands go to the owner of their aggregate, which keeps its state at hand, and those that
//! arrive while a commit is under way share the next. Events carry their metadata and an id that
//! derives from their command's; appends are all or nothing and meet the expected version; no
//! reader skips an event. There is no type of its own for anything, no trail to be queried, no
//! rejection, retry, deadline, lease or second process that is told of.

mod command;
mod folded;
mod postgres;
mod sqlite;

use anyhow::{Result, bail};
use bench_harness::{About, phases, run};
use std::env;

#[tokio::main]
async fn main() -> Result<()> {
    let place = env::args().nth(1);
    let (database, durability) = match place.as_deref() {
        Some("sqlite") => ("SQLite", "every commit is flushed"),
        Some("sqlite-fast") => ("SQLite, not flushed", "the last commits may be lost"),
        Some("postgres") => ("PostgreSQL", "every commit is flushed"),
        _ => bail!("say where: sqlite, sqlite-fast or postgres"),
    };
    let about = About::new("bare", "", database, durability, "the bare prototype");
    match place.as_deref() {
        Some("postgres") => run(&about, &phases(1), postgres::Bare::open).await,
        Some("sqlite") => {
            run(&about, &phases(1), |target| sqlite::Bare::open(target, "FULL")).await
        }
        _ => run(&about, &phases(1), |target| sqlite::Bare::open(target, "NORMAL")).await,
    }
}
