//! Replays the log, checks that nothing was dropped, and shows what the read models say.

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use loan_applications::{
    app, cases,
    replay::{Case, activity_in_log, steps},
    report,
};
use quadrille::{Location, ManualClock, Quadrille};
use std::{
    collections::BTreeMap,
    error::Error,
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

/// The real log, and the small one that will do without it.
const LOGS: [&str; 2] = ["bpic2012.xes.gz", "running-example.xes"];

const HOW_TO_GET_IT: &str = "\
The log of BPI Challenge 2012 is not here. Download `financial_log.xes.gz` from 4TU.ResearchData,
https://doi.org/10.4121/uuid:3926db30-f712-4394-aebc-75976070e91f, put it at data/bpic2012.xes.gz
or name it with --log. Any folder will do that QUADRILLE_DATA names.";

/// Replays real loan applications through three event-sourced aggregates.
#[derive(Parser)]
struct Args {
    /// The log, in XES, plain or gzipped.
    #[arg(long)]
    log: Option<PathBuf>,
    /// The folder in which to look for the log.
    #[arg(long, env = "QUADRILLE_DATA", default_value = "data")]
    data: PathBuf,
    /// The event store; a second run on the same one changes nothing.
    #[arg(long, default_value = "sqlite:loan-applications.db")]
    store: Location,
    /// Where the read models are kept, if not beside the events.
    #[arg(long)]
    read_models: Option<Location>,
    /// Replay so many cases only.
    #[arg(long, default_value_t = usize::MAX, hide_default_value = true)]
    limit: usize,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Args::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprint!("failed to {error}");
            let mut source = error.source();
            while let Some(error) = source {
                eprint!(": {error}");
                source = error.source();
            }
            eprintln!();
            ExitCode::from(2)
        }
    }
}

async fn run(args: Args) -> Result<ExitCode, Box<dyn Error>> {
    let Some(log) = find(&args) else { return Ok(ExitCode::from(2)) };
    let cases = cases::read(&log, args.limit)?;
    let steps = steps(&cases)?;
    let Some(first) = steps.first() else {
        return Err(format!("replay {}: it has no events", log.display()))?;
    };
    println!("{}: {} cases, {} events", log.display(), cases.len(), steps.len());

    let clock = ManualClock::new(app::day(first.time));
    let quadrille = Quadrille::open(&args.store, args.read_models.as_ref()).await?;
    let app = app::start(quadrille, clock.clone()).await?;
    let bar = progress_bar(steps.len() as u64);
    let began = Instant::now();
    let repeated = app::replay(&app, &clock, &steps, |count| bar.inc(count)).await?;
    bar.finish_and_clear();
    say_how_long(steps.len(), repeated, began.elapsed());

    println!("\n{}\n", report::report(&app).await?.trim_end());
    let differences = report::differences(&app, &in_log(&cases)).await?;
    app.shutdown().await;
    if !differences.is_empty() {
        println!("The log and what was recorded differ:\n  {}", differences.join("\n  "));
        return Ok(ExitCode::from(1));
    }
    println!("Recorded every one of the log's {} events, activity by activity.", steps.len());
    say_what_next(&args.store, &steps[0].id, cases[0].events[0].activity.starts_with("A_"));
    Ok(ExitCode::SUCCESS)
}

fn find(args: &Args) -> Option<PathBuf> {
    if args.log.is_some() {
        return args.log.clone();
    }
    let mut there = LOGS.iter().map(|name| args.data.join(name)).filter(|path| path.exists());
    let found = there.next();
    if found.as_ref().is_none_or(|path| !path.ends_with(LOGS[0])) {
        eprintln!("{HOW_TO_GET_IT}");
    }
    found
}

fn progress_bar(commands: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {eta}");
    let bar = ProgressBar::new(commands);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn say_how_long(commands: usize, repeated: u64, took: Duration) {
    let a_second = commands as f64 / took.as_secs_f64();
    println!(
        "{commands} commands in {:.1} s: {a_second:.0} a second, with read models, reactions and the watch",
        took.as_secs_f64()
    );
    if repeated > 0 {
        println!("{repeated} of them had been replayed before and changed nothing");
    }
}

fn in_log(cases: &[Case]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in cases.iter().flat_map(|case| &case.events) {
        *counts.entry(activity_in_log(event)).or_default() += 1;
    }
    counts
}

fn say_what_next(store: &Location, id: &str, is_loan: bool) {
    let category = if is_loan { "application" } else { "claim" };
    println!("\nTry next:");
    println!("  quadrille --store {store} trace {category}-{id}");
    println!("  quadrille --store {store} processes");
    println!("  quadrille --store {store} deadlines");
}
