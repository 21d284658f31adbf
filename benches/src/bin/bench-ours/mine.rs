//! The flow graph of the log that `import` left, by the command that users look at it with.

use crate::{
    import,
    ours::{Ours, Place},
};
use anyhow::{Result, ensure};
use bench_harness::{About, Extra, Target, peak_memory_mb, report};
use quadrille_cli::{CommandLine, Done};
use serde::Deserialize;
use std::time::Instant;

/// What is looked at of the JSON: all of it would take more memory than making it.
#[derive(Deserialize)]
struct Graph {
    flows: Flows,
}

#[derive(Deserialize)]
struct Flows {
    events: u64,
}

pub async fn run(about: &About, place: Place) -> Result<()> {
    if import::log("mine").is_none() {
        return Ok(());
    }
    let target = Target::of(&format!("quadrille_{}", about.database), "import", false).await?;
    let context = Ours::open(place, target).await?.app.command_line();
    for by in ["sequence", "causation"] {
        let args = ["quadrille", "flow", "show", "--observed", "--format", "json", "--by", by];
        let mut said = Vec::new();
        let begun = Instant::now();
        let done = quadrille_cli::run(args.map(Into::into), &context, &mut said).await;
        let elapsed = begun.elapsed();
        ensure!(done == Done::Well, "the graph could not be shown");
        // The most so far: the second figure holds the first.
        let memory_mb = peak_memory_mb();
        let Graph { flows: Flows { events } } = serde_json::from_slice(&said)?;
        ensure!(events > 0, "no log was imported");
        let extra = Extra { memory_mb, ..Extra::default() };
        report(
            about,
            "flow graph",
            &format!("by {by}"),
            events as f64 / elapsed.as_secs_f64(),
            &extra,
        );
    }
    Ok(())
}
