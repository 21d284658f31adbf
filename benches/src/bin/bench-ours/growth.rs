//! What it costs to append and to load when the log has grown.

use crate::ours::{Ours, Place};
use anyhow::{Context, Result, anyhow};
use bench_harness::{
    About, CatchUp, Extra, Subject, Target, account, closed_loop, grouped, peak_memory_mb, report,
    settings::{growth, seconds},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use std::{fs, time::Duration};
use uuid::Uuid;

/// Streams that were there from the beginning, and the events of each: 10,000 in all.
const OLD: (u64, usize) = (100, 100);
/// Events of each command that makes the log longer.
const AT_ONCE: u64 = 10;
/// The file that says how many events were stored.
const COUNT: &str = "events.count";

fn place_of(about: &About) -> String {
    format!("quadrille_{}", about.database)
}

pub async fn run(about: &About, place: Place) -> Result<()> {
    let target = Target::of(&place_of(about), "growth", true).await?;
    let count = target.folder.join(COUNT);
    let ours = Ours::open(place, target).await?;
    for number in 0..OLD.0 {
        let done = ours.deposit(account(number), 0, OLD.1).await;
        done.map_err(|error| anyhow!("{error:?}"))?;
    }
    let mut stored = OLD.0 * OLD.1 as u64;
    for size in growth() {
        let commands = size.saturating_sub(stored) / AT_ONCE;
        let ours_too = &ours;
        let filling = stream::iter(0..commands)
            .map(|n| async move { ours_too.deposit(Uuid::new_v4(), n, AT_ONCE as usize).await });
        let filled = filling.buffer_unordered(64).try_for_each(|()| async { Ok(()) }).await;
        filled.map_err(|error| anyhow!("{error:?}"))?;
        stored += commands * AT_ONCE;
        stored += measure(about, &ours, size).await?;
    }
    fs::write(count, stored.to_string())?;
    Ok(())
}

/// Measures at this size; says how many events that added.
async fn measure(about: &About, ours: &Ours, size: u64) -> Result<u64> {
    let case = format!("{} events", grouped(size));
    let one = ours.clone();
    let appended = closed_loop(64, seconds(), None, move |_, n| {
        let ours = one.clone();
        async move { ours.deposit(Uuid::new_v4(), n, 1).await }
    });
    let appended = appended.await?;
    report(about, "growth, append with 64 tasks", &case, appended.rate(), &appended.extra());
    let one = ours.clone();
    let loaded = closed_loop(1, seconds(), None, move |_, n| {
        let ours = one.clone();
        async move {
            let state = ours.load(account(n % OLD.0)).await?;
            if state.events != OLD.1 as u64 {
                return Err(anyhow!("{state:?} was loaded").into());
            }
            Ok(())
        }
    });
    let loaded = loaded.await?;
    report(about, "growth, load 100 events", &case, loaded.rate(), &loaded.extra());
    Ok(appended.done)
}

/// The whole grown log into a read model, in a process that did nothing else.
pub async fn memory(about: &About, place: Place) -> Result<()> {
    let target = Target::of(&place_of(about), "growth", false).await?;
    let total = fs::read_to_string(target.folder.join(COUNT)).context("measure growth first")?;
    let total = total.parse()?;
    let ours = Ours::open(place, target).await?;
    let done = ours.catch_up(CatchUp::Rows, total, Duration::from_secs(120)).await?;
    let Some(done) = done else { return Ok(()) };
    let extra = Extra { memory_mb: peak_memory_mb(), ..Extra::default() };
    let rate = total as f64 / done.elapsed.as_secs_f64();
    report(about, "memory, catch-up with rows", "the grown log", rate, &extra);
    Ok(())
}
