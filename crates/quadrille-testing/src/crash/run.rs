use super::{Fault, Faults, Faulty, Scenario, Stores, log};
use quadrille::{App, CommandId, ManualClock, Quadrille, StartError};
use quadrille_core::{EventStore, error::BoxError};
use serde_json::Value;
use std::{future::Future, sync::Arc, time::Duration};
use tokio::runtime::Runtime;
use uuid::Uuid;

/// How often an app that lives on after a fault is driven again.
const TRIES: usize = 3;

/// An app that runs, and its clock.
pub struct Run {
    /// The app.
    pub app: App,
    /// Its clock, which stands still until it is turned.
    pub clock: ManualClock,
}

/// The same command id in every run.
pub fn command_id(n: u128) -> CommandId {
    CommandId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n))
}

/// Which fault a run meets.
pub(super) struct Plan(Faults);

impl Plan {
    pub fn undisturbed() -> Self {
        Self(Faults::none())
    }

    pub fn at(n: u64, fault: Fault) -> Self {
        Self(Faults::at(n, fault))
    }
}

/// How a run ended.
pub(super) struct Outcome {
    /// Where the fault was; `None` when the run had ended before.
    pub fault_at: Option<String>,
    /// The log and the read models, line by line.
    pub left: Result<Vec<String>, BoxError>,
}

/// Runs to the end: if the process dies, once more in a new one.
pub(super) fn run<B, D, O>(stores: &Stores, scenario: &Scenario<B, D, O>, plan: Plan) -> Outcome
where
    B: AsyncFn(Quadrille) -> Result<App, StartError>,
    D: AsyncFn(&Run) -> Result<(), BoxError>,
    O: AsyncFn(&App) -> Result<Value, BoxError>,
{
    let faults = plan.0;
    let left = match life(stores, scenario, &faults) {
        Some(left) => left,
        None if faults.never_rests() => Err("the run never came to rest".into()),
        None => life(stores, scenario, &Faults::none())
            .unwrap_or_else(|| Err("the resumed run never came to rest".into())),
    };
    Outcome { fault_at: faults.happened_at(), left }
}

/// The life of one process; `None` when it died.
fn life<B, D, O>(
    stores: &Stores,
    scenario: &Scenario<B, D, O>,
    faults: &Faults,
) -> Option<Result<Vec<String>, BoxError>>
where
    B: AsyncFn(Quadrille) -> Result<App, StartError>,
    D: AsyncFn(&Run) -> Result<(), BoxError>,
    O: AsyncFn(&App) -> Result<Value, BoxError>,
{
    let whole = async {
        let mut last = None;
        for _ in 0..TRIES {
            match to_the_end(stores, scenario, faults).await {
                Ok(left) => return Ok(left),
                Err(error) => last = Some(error),
            }
        }
        Err(last.expect("it was tried"))
    };
    let runtime = runtime();
    let lived = runtime.block_on(unless_dead(faults, whole));
    // Whatever still runs is dropped where it stands, as in a process that dies.
    runtime.shutdown_background();
    if faults.is_dead() { None } else { lived }
}

async fn to_the_end<B, D, O>(
    stores: &Stores,
    scenario: &Scenario<B, D, O>,
    faults: &Faults,
) -> Result<Vec<String>, BoxError>
where
    B: AsyncFn(Quadrille) -> Result<App, StartError>,
    D: AsyncFn(&Run) -> Result<(), BoxError>,
    O: AsyncFn(&App) -> Result<Value, BoxError>,
{
    let state = Faulty::new(Arc::new(stores.state.clone()), faults.clone());
    let app = Quadrille::new(Faulty::<dyn EventStore>::new(stores.store.clone(), faults.clone()))
        .state(state.clone())
        .read_models(state)
        .clock(stores.clock.clone())
        // Who died holds nothing: the next one need not wait for the end of its leases.
        .settings(|settings| settings.lease = Duration::ZERO);
    let run = Run { app: (scenario.build)(app).await?, clock: stores.clock.clone() };
    let mut driven = (scenario.drive)(&run).await;
    for _ in 1..TRIES {
        if driven.is_ok() {
            break;
        }
        driven = (scenario.drive)(&run).await;
    }
    driven?;
    run.app.settle().await?;
    let observed = (scenario.observe)(&run.app).await?;
    run.app.shutdown().await;
    let mut left = log::lines(&*stores.store).await?;
    left.push(format!("read models: {observed:#}"));
    Ok(left.iter().flat_map(|part| part.lines()).map(str::to_owned).collect())
}

/// `None` when the process died first.
async fn unless_dead<T>(faults: &Faults, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = faults.death() => None,
        done = work => Some(done),
    }
}

/// One thread, so that runs are alike, and a clock that jumps over every wait.
fn runtime() -> Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build().expect("a runtime for the test can be started")
}

pub(super) fn with_sources(error: &dyn std::error::Error) -> String {
    let sources = std::iter::successors(Some(error), |error| error.source());
    sources.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
