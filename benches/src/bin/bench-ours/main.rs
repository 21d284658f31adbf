//! Quadrille, as its users use it: `bench-ours sqlite|sqlite-fast|postgres [PHASE…]`.
//!
//! Beside the phases that every subject has: `process`, `import`, `mine`, `growth`, `memory`, and on
//! SQLite `gateway`.

mod domain;
mod gateway;
mod growth;
mod import;
mod mine;
mod ours;
mod process;
mod read_models;

use anyhow::{Result, bail};
use bench_harness::{About, phases, run};
use ours::{Ours, Place};
use std::env;

#[tokio::main]
async fn main() -> Result<()> {
    let (place, database, durability) = match env::args().nth(1).as_deref() {
        Some("sqlite") => (Place::Sqlite, "SQLite", "every commit is flushed"),
        Some("sqlite-fast") => {
            (Place::SqliteFast, "SQLite, not flushed", "the last commits may be lost")
        }
        Some("postgres") => (Place::Postgres, "PostgreSQL", "every commit is flushed"),
        _ => bail!("say where: sqlite, sqlite-fast or postgres"),
    };
    let about = About::new("quadrille", env!("CARGO_PKG_VERSION"), database, durability, "");
    let phases = phases(1);
    run(&about, &phases, |target| Ours::open(place, target)).await?;
    for phase in &phases {
        match phase.as_str() {
            "process" => process::run(&about, place).await?,
            "import" => import::run(&about, place).await?,
            "mine" => mine::run(&about, place).await?,
            "growth" => growth::run(&about, place).await?,
            "gateway" => gateway::run(&about, place).await?,
            "memory" => growth::memory(&about, place).await?,
            _ => {}
        }
    }
    Ok(())
}
