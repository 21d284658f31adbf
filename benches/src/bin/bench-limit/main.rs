//! What the machine and the drivers can do with the same rows, with nothing on top:
//! `bench-limit [disk] [sqlite] [postgres]`.

mod disk;
mod postgres;
mod sqlite;

use anyhow::Result;
use bench_harness::{About, Extra, report, settings::seconds};
use std::{
    env,
    time::{Duration, Instant},
};

#[tokio::main]
async fn main() -> Result<()> {
    let wanted: Vec<String> = env::args().skip(1).collect();
    let wants = |part: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == part);
    if wants("disk") {
        disk::run()?;
    }
    if wants("sqlite") {
        sqlite::run()?;
    }
    if wants("postgres") {
        postgres::run().await?;
    }
    Ok(())
}

fn about(database: &str, durability: &str) -> About {
    About::new("limit", "", database, durability, "the driver alone")
}

/// Counts what is done until the time is up.
struct Meter {
    begun: Instant,
    done: u64,
}

impl Meter {
    fn start() -> Self {
        Self { begun: Instant::now(), done: 0 }
    }

    fn goes_on(&self) -> bool {
        self.begun.elapsed() < Duration::from_secs_f64(seconds())
    }

    fn report(&self, about: &About, workload: &str, case: &str) {
        let rate = self.done as f64 / self.begun.elapsed().as_secs_f64();
        report(about, workload, case, rate, &Extra::default());
    }
}
