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
use quadrille_flow::trace;
use read_models::OrderRow;
use std::{error::Error, io::IsTerminal, path::PathBuf, process::ExitCode, time::Instant};

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
    /// Where the events are kept: `sqlite:PATH` or `postgres://…`.
    #[arg(long, default_value = "sqlite:orders.db")]
    store: Location,
    /// Where the read models are kept, if not beside the events: `sqlite:FOLDER` or `postgres://…`.
    #[arg(long)]
    read_models: Option<Location>,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  because: {cause}");
                source = cause.source();
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
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
    let progress = progress_bar(orders.len());
    simulation::run(&app, &clock, &orders, &progress).await?;
    progress.finish_and_clear();
    let seconds = started.elapsed().as_secs_f64();
    let weeks = (clock.now() - begins).num_days() as f64 / 7.0;
    println!("{} orders, {weeks:.1} weeks in {seconds:.1} seconds", orders.len());

    report::read_models(&app).await?;
    report::troubles(&app, &outgoing).await?;
    report::add_up(&app).await?;
    let failed = one_that_failed(&app).await?;
    app.shutdown().await;
    try_next(store, failed.as_deref());
    Ok(())
}

fn progress_bar(orders: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} orders, {msg}")
        .expect("a template that was tried");
    ProgressBar::new(orders as u64).with_style(style)
}

/// Prints the trail of the cancelled order that went through most, and returns its name.
async fn one_that_failed(app: &App) -> Result<Option<String>, Box<dyn Error>> {
    let orders = app.all_rows::<OrderRow>().await?;
    let failed = |order: &&OrderRow| {
        order.reason.as_ref().is_some_and(|r| r.contains("three times") || r.contains("three days"))
    };
    let cancelled = || orders.iter().filter(|order| order.reason.is_some());
    let Some(order) = cancelled().find(failed).or_else(|| cancelled().next()) else {
        return Ok(None);
    };
    let stream: quadrille::StreamId = format!("order-{}", order.order_id).parse()?;
    let which = trace::TraceOf::Stream(stream);
    let (store, state) = (&**app.store(), Some(&**app.state()));
    let traces = trace::load(store, state, &which, trace::Load::default()).await?;
    println!(
        "\nThe trail of order {}, which failed: {}\n",
        order.order_id,
        order.reason.clone().unwrap_or_default()
    );
    let style = trace::TreeStyle { width: None, colour: std::io::stdout().is_terminal() };
    for trace in traces {
        print!("{}", trace.tree(style));
    }
    Ok(Some(order.order_id.clone()))
}

fn try_next(store: &Location, order: Option<&str>) {
    println!("\nTry next (`quadrille` is `cargo run -q -p quadrille-cli --` in this workspace):\n");
    println!("  export QUADRILLE_STORE={store}");
    if let Some(order) = order {
        println!("  quadrille trace order-{order}");
    }
    println!("  quadrille events --type order.paid_too_late");
    println!("  quadrille projections");
    println!("  quadrille processes --process payment-deadline --limit 5");
    println!("  quadrille streams --category stock");
}
