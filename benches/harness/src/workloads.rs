use crate::{
    About, AccountState, CatchUp, Extra, Subject, Target, account, closed_loop, grouped,
    peak_memory_mb, report,
    settings::{seconds, seeded, seeded_events},
    subject::CommandError,
};
use anyhow::{Result, anyhow, ensure};
use futures_util::{StreamExt, TryStreamExt};
use std::{env, future::Future, time::Duration};
use uuid::Uuid;

/// Commands on a hot aggregate that are enough: those who replay it each time shall not be held to
/// account for its length.
const HOT_COMMANDS: u64 = 500;

/// The phases that a program was called with: `seed append batch hot load catch-up`, or all.
pub fn phases(skip: usize) -> Vec<String> {
    let given: Vec<_> = env::args().skip(1 + skip).collect();
    if !given.is_empty() {
        return given;
    }
    ["seed", "append", "batch", "hot", "load", "catch-up"].map(str::to_owned).into()
}

/// Runs those phases that every subject has.
///
/// # Errors
/// When a subject fails, or does not add up.
pub async fn run<S, F, Fut>(about: &About, phases: &[String], setup: F) -> Result<()>
where
    S: Subject,
    F: Fn(Target) -> Fut,
    Fut: Future<Output = Result<S>>,
{
    let place = format!("{}_{}", about.subject, about.database);
    let wants = |phase: &str| phases.iter().any(|wanted| wanted == phase);
    if wants("seed") {
        seed(&setup(Target::of(&place, "seeded", true).await?).await?).await?;
    }
    if wants("append") || wants("batch") || wants("hot") {
        let subject = setup(Target::of(&place, "fresh", true).await?).await?;
        warm_up(&subject).await?;
        if wants("append") {
            append(about, &subject, "append", 1, &[1, 16, 64]).await?;
        }
        if wants("batch") {
            append(about, &subject, "append 3 events", 3, &[1, 64]).await?;
        }
        if wants("hot") {
            hot(about, &subject).await?;
        }
    }
    if wants("load") {
        load(about, &setup(Target::of(&place, "seeded", false).await?).await?).await?;
    }
    if wants("catch-up") {
        let subject = setup(Target::of(&place, "seeded", false).await?).await?;
        for how in [CatchUp::Raw, CatchUp::Rows, CatchUp::FourRows] {
            catch_up(about, &subject, how).await?;
        }
    }
    Ok(())
}

async fn seed<S: Subject>(subject: &S) -> Result<()> {
    let [(short, short_events), (long, long_events)] = seeded();
    let short = (0..short).map(|number| (number, short_events));
    let jobs = short.chain((0..long).map(|number| (seeded()[0].0 + number, long_events)));
    let jobs: Vec<_> = jobs.collect();
    let seeding = futures_util::stream::iter(jobs)
        .map(|(number, events)| async move { subject.seed(account(number), events).await });
    let seeded = seeding.buffer_unordered(8).try_collect::<Vec<()>>().await;
    seeded.map_err(|error| anyhow!("seed: {error:?}"))?;
    let state = subject.load(account(0)).await?;
    ensure!(state.events == short_events as u64, "seeded {short_events}, loaded {state:?}");
    Ok(())
}

async fn warm_up<S: Subject>(subject: &S) -> Result<()> {
    for _ in 0..20 {
        let done = subject.deposit(Uuid::new_v4(), 0, 1).await;
        done.map_err(|error| anyhow!("warm up: {error:?}"))?;
    }
    Ok(())
}

async fn append<S: Subject>(
    about: &About,
    subject: &S,
    workload: &str,
    events: usize,
    tasks: &[usize],
) -> Result<()> {
    for &tasks in tasks {
        let subject = subject.clone();
        let loaded = closed_loop(tasks, seconds(), None, move |_, n| {
            let subject = subject.clone();
            async move { subject.deposit(Uuid::new_v4(), n, events).await }
        });
        let loaded = loaded.await?;
        report(about, workload, &counted(tasks), loaded.rate(), &loaded.extra());
    }
    Ok(())
}

async fn hot<S: Subject>(about: &About, subject: &S) -> Result<()> {
    let account = Uuid::new_v4();
    let one = subject.clone();
    let loaded = closed_loop(16, 2.0 * seconds(), Some(HOT_COMMANDS), move |task, n| {
        let one = one.clone();
        async move { one.deposit(account, task as u64 * 1_000_000 + n, 1).await }
    });
    let loaded = loaded.await?;
    let state = subject.load(account).await?;
    ensure!(state.events == loaded.done, "{} commands left {state:?}", loaded.done);
    let conflicts = Some(loaded.conflicts as f64 / loaded.done.max(1) as f64);
    let extra = Extra { conflicts, ..loaded.extra() };
    report(about, "hot aggregate", "16 tasks", loaded.rate(), &extra);
    Ok(())
}

async fn load<S: Subject>(about: &About, subject: &S) -> Result<()> {
    let [short, long] = seeded();
    for (tasks, first, (streams, events)) in
        [(1, 0, short), (1, short.0, long), (16, 0, short), (16, short.0, long)]
    {
        let subject = subject.clone();
        let loaded = closed_loop(tasks, seconds(), None, move |task, n| {
            let subject = subject.clone();
            async move {
                let number = first + (task as u64 * 7 + n) % streams;
                check(&subject.load(account(number)).await?, events)
            }
        });
        let loaded = loaded.await?;
        let case = format!("{} events, {}", grouped(events as u64), counted(tasks));
        report(about, "load", &case, loaded.rate(), &loaded.extra());
    }
    Ok(())
}

fn check(state: &AccountState, events: usize) -> Result<(), CommandError> {
    if state.events == events as u64 {
        return Ok(());
    }
    Err(CommandError::Other(anyhow!("{events} events were stored, {state:?} was loaded")))
}

async fn catch_up<S: Subject>(about: &About, subject: &S, how: CatchUp) -> Result<()> {
    let budget = Duration::from_secs_f64(4.0 * seconds());
    let Some(done) = subject.catch_up(how, seeded_events(), budget).await? else { return Ok(()) };
    let extra = Extra { remark: done.note.into(), memory_mb: peak_memory_mb(), ..Extra::default() };
    let rate = done.events as f64 / done.elapsed.as_secs_f64();
    report(about, "catch-up", &how.to_string(), rate, &extra);
    Ok(())
}

fn counted(tasks: usize) -> String {
    if tasks == 1 { "1 task".into() } else { format!("{tasks} tasks") }
}
