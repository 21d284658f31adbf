//! Kills a run at every step in turn and checks that the resumed run ends as an undisturbed one.
//!
//! A run is an app on stores whose every operation is counted. At the n-th the process dies: the
//! operation does not take place, or it does and its answer is lost; nothing works any more, and
//! every task is dropped where it stands. Then a new app starts on what the stores hold, is driven
//! once more, and must leave the same log and the same read models as a run that nothing
//! disturbed. Besides deaths there are hiccups: one operation fails, and the app lives on.

mod difference;
mod faults;
mod faulty;
mod log;
mod run;

pub use faults::{Fault, Faults};
pub use faulty::Faulty;
pub use run::{Run, command_id};

use quadrille::{App, EventStore, ManualClock, Quadrille, StartError, memory::MemoryState};
use quadrille_core::error::BoxError;
use run::{Outcome, Plan};
use serde_json::Value;
use std::{fmt::Debug, sync::Arc};

/// What a run leaves behind, and what the next one finds.
pub struct Stores {
    store: Arc<dyn EventStore>,
    state: MemoryState,
    clock: ManualClock,
}

impl Stores {
    /// A store, with engine state and read models in memory and a clock that stands still.
    pub fn on(store: impl EventStore) -> Self {
        let start = chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000);
        Self { store: Arc::new(store), state: MemoryState::new(), clock: ManualClock::new(start) }
    }
}

/// How an app is built, driven and looked at.
///
/// - `build` registers and starts the app on the stores that it is given.
/// - `drive` does everything that comes from outside. It is called again after a fault, from its
///   beginning: so it gives its commands ids of their own ([`command_id`]), lets the app settle
///   before it turns the clock, and turns it to a time ([`ManualClock::advance_to`]).
/// - `observe` returns the read models as JSON.
pub struct Scenario<B, D, O> {
    /// Builds the app.
    pub build: B,
    /// Drives it.
    pub drive: D,
    /// Looks at its read models.
    pub observe: O,
}

/// Runs a scenario once for every operation and kind of fault, and once undisturbed.
///
/// Payloads and causes of every stream are compared, not what merely depends on timing: positions,
/// recorded times, numbers of attempts, manifests.
///
/// # Panics
/// When a run ends otherwise than the undisturbed one; the message names the operation and shows
/// the difference. When the undisturbed run fails.
pub fn everywhere<B, D, O>(open: impl Fn() -> Stores, scenario: &Scenario<B, D, O>)
where
    B: AsyncFn(Quadrille) -> Result<App, StartError>,
    D: AsyncFn(&Run) -> Result<(), BoxError>,
    O: AsyncFn(&App) -> Result<Value, BoxError>,
{
    let expected = match run::run(&open(), scenario, Plan::undisturbed()) {
        Outcome { left: Ok(left), .. } => left,
        Outcome { left: Err(error), .. } => {
            panic!("the undisturbed run failed: {}", run::with_sources(&*error))
        }
    };
    for fault in Fault::ALL {
        for n in 1.. {
            let outcome = run::run(&open(), scenario, Plan::at(n, fault));
            let Some(place) = outcome.fault_at else { break };
            let at = format!("{fault} at operation {n}, {place}");
            match outcome.left {
                Ok(left) if left == expected => {}
                Ok(left) => panic!(
                    "{at}: the run ended otherwise (- undisturbed, + this run):\n{}",
                    difference::difference(&expected, &left)
                ),
                Err(error) => panic!("{at}: {}", run::with_sources(&*error)),
            }
        }
    }
}

impl Debug for Stores {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "stores on {}", self.store.id())
    }
}
