//! A choreographed order flow: orders, payments, stock and shipments react to each other's events,
//! nobody coordinates them, and the log still tells the whole story.

mod choreography;
mod deadlines;
mod input;
mod notifications;
mod order;
mod payment;
mod read_models;
mod report;
mod shipment;
mod simulation;
mod stock;
mod world;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use notifications::Outgoing;
use quadrille::{Location, ManualClock, prelude::*};
use quadrille_cli::{CommandLine, Done, finish, say};
use read_models::OrderRow;
use std::{
    error::Error,
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    time::Instant,
};

/// Runs a choreographed order flow, and shows the trail that it leaves.
#[derive(Parser)]
struct Arguments {
    /// How many orders to make up.
    #[arg(long, default_value_t = 1_000)]
    orders: usize,
    /// What the made-up orders, and the luck of all of them, depend on.
    #[arg(long, default_value_t = 42)]
    seed: u64,
    /// Orders from a CSV file instead: order,customer,item,quantity,cents,placed_at.
    #[arg(long)]
    input: Option<PathBuf>,
    /// Where the events are kept: `sqlite:PATH`, `postgres://…` or `esdb://…`.
    #[arg(long, default_value = "sqlite:orders.db")]
    store: Location,
    /// Where the read models are kept, if not beside the events: `sqlite:FOLDER` or `postgres://…`.
    #[arg(long)]
    read_models: Option<Location>,
}

#[tokio::main]
async fn main() -> ExitCode {
    finish(run(Arguments::parse()).await)
}

async fn run(arguments: Arguments) -> Result<Done, Box<dyn Error>> {
    let Arguments { store, read_models, .. } = &arguments;
    let orders = match &arguments.input {
        Some(file) => input::from_csv(file)?,
        None => input::made_up(arguments.orders, arguments.seed),
    };
    let begins = orders.first().map_or_else(input::start, |order| order.placed_at);
    let clock = ManualClock::new(begins);
    let outgoing = Outgoing::default();
    let started = Instant::now();
    let quadrille = Quadrille::open(store, read_models.as_ref()).await?;
    let place = read_models.as_ref().unwrap_or(store);
    let app = simulation::shop(quadrille, &clock, &outgoing, place).await?;
    let before = app.store().head().await?;
    let progress = progress_bar(orders.len());
    simulation::run(&app, &clock, &orders, &progress).await?;
    progress.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    let weeks = (clock.now() - begins).num_days() as f64 / 7.0;
    say(format_args!("{} orders, {weeks:.1} weeks in {seconds:.1} seconds", orders.len()))?;
    if app.store().head().await? == before {
        say("All of it had happened before: this run changed nothing.")?;
    }

    report::read_models(&app).await?;
    report::troubles(&app, &outgoing).await?;
    report::add_up(&app).await?;
    let failed = one_that_failed(&app).await?;
    app.shutdown().await;
    try_next(&arguments, failed.as_deref())?;
    Ok(Done::Well)
}

fn progress_bar(orders: usize) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} orders, {msg}")
        .expect("a template that was tried");
    ProgressBar::new(orders as u64).with_style(style)
}

/// Prints the trail of the cancelled order that went through most, and returns its stream.
async fn one_that_failed(app: &App) -> Result<Option<String>, Box<dyn Error>> {
    let orders = app.all_rows::<OrderRow>().await?;
    let failed = |order: &&OrderRow| {
        order.reason.as_ref().is_some_and(|r| r.contains("three times") || r.contains("three days"))
    };
    let cancelled = || orders.iter().filter(|order| order.reason.is_some());
    let Some(order) = cancelled().find(failed).or_else(|| cancelled().next()) else {
        return Ok(None);
    };
    let (id, reason) = (&order.order_id, order.reason.as_deref().unwrap_or_default());
    say(format_args!("\nThe trail of order {id}, which failed: {reason}\n"))?;
    let stream = format!("order-{id}");
    let printed = app.command_line().print(["trace", &stream]).await;
    printed.map_err(|error| -> Box<dyn Error> { error })?;
    Ok(Some(stream))
}

/// Commands that can be copied as they stand.
fn try_next(arguments: &Arguments, order: Option<&str>) -> io::Result<()> {
    say("\nTry next, in this folder:\n")?;
    say("  quadrille() { cargo run -q -p quadrille-cli -- \"$@\"; }")?;
    say(format_args!("  export QUADRILLE_STORE='{}'", arguments.store))?;
    if let Some(read_models) = &arguments.read_models {
        say(format_args!("  export QUADRILLE_READ_MODELS='{read_models}'"))?;
    }
    if let Some(order) = order {
        say(format_args!("  quadrille trace {order}"))?;
    }
    say("  quadrille events --type order.paid_too_late")?;
    say("  quadrille projections")?;
    say("  quadrille processes --process payment-deadline --limit 5")?;
    say("  quadrille streams --category stock")
}
