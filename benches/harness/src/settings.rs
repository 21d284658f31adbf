//! What a run is told by its environment.

use std::{env, path::PathBuf};

/// Connections that each subject with a pool is asked to use.
pub const POOL: u32 = 16;

fn number(name: &str, default: f64) -> f64 {
    env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Seconds of one measurement: `BENCH_SECONDS`.
pub fn seconds() -> f64 {
    number("BENCH_SECONDS", 2.0)
}

/// Which round this is: `BENCH_ROUND`.
pub fn round() -> u64 {
    number("BENCH_ROUND", 1.0) as u64
}

/// A part of the usual amount of data, for short runs: `BENCH_SCALE`, from 0 to 1.
pub fn scaled(count: u64) -> u64 {
    ((count as f64 * number("BENCH_SCALE", 1.0)) as u64).max(1)
}

/// Stored events at which growth is measured: `BENCH_GROWTH`, such as `10000,1000000`.
pub fn growth() -> Vec<u64> {
    let text = env::var("BENCH_GROWTH").unwrap_or_else(|_| "10000,1000000".into());
    text.split(',').filter_map(|part| part.trim().parse().ok()).collect()
}

/// The folder for files: `BENCH_DATA`.
pub fn data() -> PathBuf {
    env::var_os("BENCH_DATA").map_or_else(|| env::temp_dir().join("quadrille-benches"), Into::into)
}

/// The server, as a URL without a database, if there is one: `BENCH_POSTGRES`.
pub fn postgres() -> Option<String> {
    env::var("BENCH_POSTGRES").ok().filter(|url| !url.is_empty())
}

/// Seeded streams: how many, and of how many events each. Short ones and long ones.
pub fn seeded() -> [(u64, usize); 2] {
    [(scaled(900), 100), (scaled(10), 1000)]
}

/// All seeded events.
pub fn seeded_events() -> u64 {
    seeded().iter().map(|(streams, events)| streams * *events as u64).sum()
}
