//! A real log, by the command that users import it with.

use crate::ours::{Ours, Place};
use anyhow::{Context, Result, ensure};
use bench_harness::{About, Extra, Target, peak_memory_mb, report};
use quadrille_cli::{CommandLine, Done};
use std::{env, path::PathBuf, time::Instant};

/// The log that `BENCH_LOG` names; without it there is nothing to do for `phase`, which is said.
pub fn log(phase: &str) -> Option<PathBuf> {
    let log = env::var_os("BENCH_LOG").map(PathBuf::from).filter(|log| log.is_file());
    if log.is_none() {
        eprintln!("{phase} is skipped: BENCH_LOG names no file; a log in XES is wanted");
    }
    log
}

pub async fn run(about: &About, place: Place) -> Result<()> {
    let Some(log) = log("import") else { return Ok(()) };
    let target = Target::of(&format!("quadrille_{}", about.database), "import", true).await?;
    let context = Ours::open(place, target).await?.app.command_line();
    let args = ["quadrille", "import", "xes"].map(Into::into);
    let args = args.into_iter().chain([log.clone().into_os_string()]);
    let mut said = Vec::new();
    let begun = Instant::now();
    let done = quadrille_cli::run(args, &context, &mut said).await;
    let elapsed = begun.elapsed();
    let said = String::from_utf8(said)?;
    ensure!(done == Done::Well, "the import said: {said}");
    let events = said.split(' ').nth(1).map(|count| count.replace(',', ""));
    let events: u64 = events.context("it says how many events it read")?.parse()?;
    let name = log.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let extra = Extra { memory_mb: peak_memory_mb(), ..Extra::default() };
    report(about, "import", &name, events as f64 / elapsed.as_secs_f64(), &extra);
    Ok(())
}
