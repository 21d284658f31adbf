//! The app, and the replay of a log through it.

use crate::{
    application::Application,
    claim::Claim,
    follow_up::{self, FollowUp},
    offer::Offer,
    read_models::{
        Activities, Applications, BrokenRules, FollowUps, OffersPerApplication, WorkByResource,
        claims,
    },
    replay::{Request, Step},
    watch::Watch,
    work_item::WorkItem,
};
use chrono::{DateTime, Days, NaiveTime, Utc};
use futures_util::{StreamExt, TryStreamExt, stream};
use quadrille::{
    Aggregate, App, ExecuteError, ManualClock, Never, Quadrille, Receipt, StartError,
    app::SettleError,
};
use std::{collections::BTreeMap, num::NonZeroUsize};

/// Cases whose commands are in flight at the same time.
const CASES_AT_ONCE: usize = 512;

/// Pieces of work whose state is kept at hand: all that are open at the same time, and more.
const CACHED: NonZeroUsize = NonZeroUsize::new(30_000).expect("not zero");

/// Adds all that the bank consists of, and starts it.
///
/// # Errors
/// When storage has a problem.
pub async fn start(builder: Quadrille, clock: ManualClock) -> Result<App, StartError> {
    builder
        .name("bank")
        .owner("lending")
        .settings(|settings| settings.cached_aggregates = CACHED)
        .clock(clock)
        .aggregate::<Application>()
        .aggregate::<Offer>()
        .aggregate::<WorkItem>()
        .aggregate::<Claim>()
        .aggregate::<FollowUp>()
        .rows::<Activities>()
        .rows::<Applications>()
        .rows::<OffersPerApplication>()
        .rows::<WorkByResource>()
        .rows::<BrokenRules>()
        .rows::<FollowUps>()
        .fold(claims)
        .on("look-into-broken-rules", follow_up::look_into_broken_rules)
        .sends::<FollowUp>(["open"])
        .from_beginning()
        .on("look-into-fraud", follow_up::look_into_fraud)
        .sends::<FollowUp>(["open"])
        .from_beginning()
        .process::<Watch>()
        .from_beginning()
        .start()
        .await
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// A command failed.
    #[error("replay event {ordinal} of case {id}")]
    Execute { id: String, ordinal: usize, source: ExecuteError<Never> },
    /// A consumer failed.
    #[error("replay up to {day}")]
    Settle { day: DateTime<Utc>, source: SettleError },
}

/// Replays commands, those of a case one after the other, day by day of the log's time: each
/// morning the clock is turned, and what has come due is done before the day's events.
///
/// Says how many had been replayed before; `done` hears of every day's number of commands.
///
/// # Errors
/// When a command or a consumer fails.
pub async fn replay(
    app: &App,
    clock: &ManualClock,
    steps: &[Step],
    mut done: impl FnMut(u64),
) -> Result<u64, ReplayError> {
    let mut repeated = 0;
    for steps in steps.chunk_by(|one, next| day(one.time) == day(next.time)) {
        turn(app, clock, day(steps[0].time)).await?;
        repeated += replay_day(app, steps).await?;
        // What handlers make of the day belongs to the day.
        turn(app, clock, day(steps[0].time)).await?;
        done(steps.len() as u64);
    }
    if let Some(last) = steps.last() {
        turn(app, clock, day(last.time) + Days::new(1)).await?;
    }
    Ok(repeated)
}

async fn turn(app: &App, clock: &ManualClock, day: DateTime<Utc>) -> Result<(), ReplayError> {
    clock.advance_to(day);
    app.settle().await.map_err(|source| ReplayError::Settle { day, source })
}

async fn replay_day(app: &App, steps: &[Step]) -> Result<u64, ReplayError> {
    let mut cases = BTreeMap::<usize, Vec<&Step>>::new();
    for step in steps {
        cases.entry(step.case).or_default().push(step);
    }
    let replayed = stream::iter(cases.into_values()).map(|steps| replay_case(app, steps));
    let add = |sum, repeated| async move { Ok(sum + repeated) };
    replayed.buffer_unordered(CASES_AT_ONCE).try_fold(0, add).await
}

async fn replay_case(app: &App, steps: Vec<&Step>) -> Result<u64, ReplayError> {
    let mut repeated = 0;
    for step in steps {
        let receipt = match step.request.clone() {
            Request::Application(command) => execute::<Application>(app, step, command).await,
            Request::Offer(command) => execute::<Offer>(app, step, command).await,
            Request::WorkItem(command) => execute::<WorkItem>(app, step, command).await,
            Request::Claim(command) => execute::<Claim>(app, step, command).await,
        };
        let failed = |source| {
            let (id, ordinal) = (step.id.clone(), step.ordinal);
            ReplayError::Execute { id, ordinal, source }
        };
        repeated += u64::from(receipt.map_err(failed)?.repeated);
    }
    Ok(repeated)
}

async fn execute<A: Aggregate<Error = Never>>(
    app: &App,
    step: &Step,
    command: A::Command,
) -> Result<Receipt, ExecuteError<Never>> {
    let mut execute = app.execute::<A>(&step.id, command);
    if let Some(actor) = &step.actor {
        execute = execute.actor(actor);
    }
    execute.command_id(step.command_id).correlation(step.correlation).occurred_at(step.time).await
}

/// The morning of a day, in UTC.
pub fn day(time: DateTime<Utc>) -> DateTime<Utc> {
    time.date_naive().and_time(NaiveTime::MIN).and_utc()
}
