//! The flow graph of the log that `import` left, by the command that users look at it with.

use crate::{
    import,
    ours::{Ours, Place},
};
use anyhow::{Context, Result, ensure};
use bench_harness::{About, Extra, Target, peak_memory_mb, report};
use quadrille_cli::{CommandLine, Done};
use std::time::Instant;

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
        let graph: serde_json::Value = serde_json::from_slice(&said)?;
        let events =
            graph["flows"]["events"].as_u64().context("it says how many events it read")?;
        if events == 0 {
            eprintln!("mine is skipped: no log was imported");
            return Ok(());
        }
        // The most so far: the second figure holds the first.
        let extra = Extra { memory_mb: peak_memory_mb(), ..Extra::default() };
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
