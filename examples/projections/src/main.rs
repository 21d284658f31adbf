//! A guided walk over a log that exists already.

use clap::Parser;
use quadrille_cli::{Done, finish};
use std::{error::Error, path::Path, process::ExitCode};

/// Adds read models to the order flow's log, changes, rebuilds, breaks and mends them.
#[derive(Parser)]
struct Arguments {
    /// The log of the order flow: `sqlite:PATH`.
    #[arg(long, default_value = "sqlite:orders.db")]
    store: String,
}

#[tokio::main]
async fn main() -> ExitCode {
    finish(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<Done, Box<dyn Error>> {
    let path = arguments.store.strip_prefix("sqlite:").ok_or_else(|| {
        format!("use --store {}: this example runs on `sqlite:PATH`", arguments.store)
    })?;
    projections::tour(Path::new(path)).await?;
    Ok(Done::Well)
}
