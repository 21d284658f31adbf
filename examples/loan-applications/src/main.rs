//! Replays the log, checks that nothing was dropped, and shows what the read models say.

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use loan_applications::{
    app, cases,
    replay::{Case, activity_in_log, steps},
    report,
};
use quadrille::{Location, ManualClock, Quadrille};
use quadrille_cli::{Done, finish, say};
use std::{
    collections::BTreeMap,
    error::Error,
    io,
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
    finish(run(Args::parse()).await)
}

async fn run(args: Args) -> Result<Done, Box<dyn Error>> {
    let log = find(&args)?;
    let cases = cases::read(&log, args.limit)?;
    let steps = steps(&cases)?;
    let Some(first) = steps.first() else {
        return Err(format!("replay {}: it has no events", log.display()).into());
    };
    say(format_args!("{}: {} cases, {} events", log.display(), cases.len(), steps.len()))?;

    let clock = ManualClock::new(app::day(first.time));
    let quadrille = Quadrille::open(&args.store, args.read_models.as_ref()).await?;
    let app = app::start(quadrille, clock.clone()).await?;
    let bar = progress_bar(steps.len() as u64);
    let began = Instant::now();
    let repeated = app::replay(&app, &clock, &steps, |count| bar.inc(count)).await?;
    bar.finish_and_clear();
    say_how_long(steps.len(), repeated, began.elapsed())?;

    say(format_args!("\n{}\n", report::report(&app).await?.trim_end()))?;
    let differences = report::differences(&app, &in_log(&cases)).await?;
    app.shutdown().await;
    if !differences.is_empty() {
        say(format_args!("The log and what was recorded differ:\n  {}", differences.join("\n  ")))?;
        return Ok(Done::Found);
    }
    say(format_args!(
        "Recorded every one of the log's {} events, activity by activity.",
        steps.len()
    ))?;
    say_what_next(&args, &steps[0].id, cases[0].events[0].activity.starts_with("A_"))?;
    Ok(Done::Well)
}

/// The log that was named, or else one that is there.
fn find(args: &Args) -> Result<PathBuf, Box<dyn Error>> {
    if let Some(log) = &args.log {
        return Ok(log.clone());
    }
    let mut there = LOGS.iter().map(|name| args.data.join(name)).filter(|path| path.exists());
    let Some(found) = there.next() else {
        let names = LOGS.join(" or ");
        let problem = format!("there is no {names} in {}", args.data.display());
        return Err(format!("find a log: {problem}\n\n{HOW_TO_GET_IT}").into());
    };
    if !found.ends_with(LOGS[0]) {
        say(format_args!("{HOW_TO_GET_IT}\n\nUntil then the small log will do.\n"))?;
    }
    Ok(found)
}

fn progress_bar(commands: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {human_pos}/{human_len} {eta}");
    let bar = ProgressBar::new(commands);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

fn say_how_long(commands: usize, repeated: u64, took: Duration) -> io::Result<()> {
    let a_second = commands as f64 / took.as_secs_f64();
    say(format_args!(
        "{commands} commands in {:.1} s: {a_second:.0} a second, with read models, reactions and the watch",
        took.as_secs_f64()
    ))?;
    if repeated > 0 {
        say(format_args!("{repeated} of them had been replayed before and changed nothing"))?;
    }
    Ok(())
}

fn in_log(cases: &[Case]) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for event in cases.iter().flat_map(|case| &case.events) {
        *counts.entry(activity_in_log(event)).or_default() += 1;
    }
    counts
}

/// Commands that can be copied as they stand.
fn say_what_next(args: &Args, id: &str, is_loan: bool) -> io::Result<()> {
    let category = if is_loan { "application" } else { "claim" };
    say("\nTry next, in this folder:\n")?;
    say("  quadrille() { cargo run -q -p quadrille-cli -- \"$@\"; }")?;
    say(format_args!("  export QUADRILLE_STORE='{}'", args.store))?;
    if let Some(read_models) = &args.read_models {
        say(format_args!("  export QUADRILLE_READ_MODELS='{read_models}'"))?;
    }
    say(format_args!("  quadrille trace '{category}-{id}'"))?;
    say("  quadrille processes --limit 5")?;
    say("  quadrille deadlines --limit 5")
}
