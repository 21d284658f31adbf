use quadrille_core::StoreError;
use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::watch;

/// Operations after which a run is taken for one that never comes to rest.
const TOO_MANY: u64 = 50_000;

/// What happens at an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The process dies before the operation takes place.
    DeathBefore,
    /// The operation takes place, and the process dies before it learns of it.
    DeathAfter,
    /// The operation does not take place, and says so.
    Refusal,
    /// The operation takes place, and says that nobody knows whether it did.
    LostAnswer,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::DeathBefore, Self::DeathAfter, Self::Refusal, Self::LostAnswer];

    fn is_death(self) -> bool {
        matches!(self, Self::DeathBefore | Self::DeathAfter)
    }

    fn takes_place(self) -> bool {
        matches!(self, Self::DeathAfter | Self::LostAnswer)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DeathBefore => "death before",
            Self::DeathAfter => "death after",
            Self::Refusal => "refusal",
            Self::LostAnswer => "lost answer",
        })
    }
}

/// Counts operations and lets one of them fail. Clones count together.
#[derive(Debug, Clone)]
pub struct Faults(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    dead: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    count: u64,
    total: u64,
    plan: Option<(u64, Fault)>,
    at: Option<String>,
}

/// What is to be done with an operation.
enum Verdict {
    Go,
    Refuse(StoreError),
    Lose(StoreError),
}

impl Faults {
    /// None at all.
    pub fn none() -> Self {
        Self::plan(None)
    }

    /// This one, at the n-th operation, from 1. Faults after an operation count writes only: a
    /// read whose answer is lost is a read that was refused.
    pub fn at(n: u64, fault: Fault) -> Self {
        Self::plan(Some((n, fault)))
    }

    fn plan(plan: Option<(u64, Fault)>) -> Self {
        let state = Mutex::new(State { plan, ..State::default() });
        Self(Arc::new(Inner { state, dead: watch::Sender::new(false) }))
    }

    /// The operation at which the fault happened.
    pub fn happened_at(&self) -> Option<String> {
        self.state().at.clone()
    }

    /// Returns when the process is dead.
    pub async fn death(&self) {
        let mut dead = self.0.dead.subscribe();
        // The sender lives as long as `self`, so the only answer is that it died.
        let _ = dead.wait_for(|dead| *dead).await;
    }

    /// Whether the app did more than any run would that comes to rest.
    pub fn never_rests(&self) -> bool {
        self.state().total > TOO_MANY
    }

    pub(super) fn is_dead(&self) -> bool {
        *self.0.dead.borrow()
    }

    /// An operation that changes something.
    pub(super) async fn write<T, E: From<StoreError>>(
        &self,
        what: String,
        operation: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        match self.next(&what, true) {
            Verdict::Go => operation.await,
            Verdict::Refuse(error) => Err(error.into()),
            Verdict::Lose(error) => {
                operation.await?;
                Err(error.into())
            }
        }
    }

    /// An operation that changes nothing.
    pub(super) async fn read<T>(
        &self,
        what: String,
        operation: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        match self.next(&what, false) {
            Verdict::Go => operation.await,
            Verdict::Refuse(error) | Verdict::Lose(error) => Err(error),
        }
    }

    fn next(&self, what: &str, writes: bool) -> Verdict {
        if self.is_dead() {
            return Verdict::Refuse(StoreError::unavailable(what, "the process is dead"));
        }
        let mut state = self.state();
        state.total += 1;
        if state.total > TOO_MANY {
            self.0.dead.send_replace(true);
        }
        let Some((n, fault)) = state.plan else { return Verdict::Go };
        if !writes && fault.takes_place() {
            return Verdict::Go;
        }
        state.count += 1;
        if state.count != n {
            return Verdict::Go;
        }
        state.at = Some(what.to_owned());
        if fault.is_death() {
            self.0.dead.send_replace(true);
        }
        let why = "a fault for a test";
        match fault {
            Fault::LostAnswer => Verdict::Lose(StoreError::OutcomeUnknown {
                what: what.to_owned(),
                source: why.into(),
            }),
            Fault::DeathAfter => Verdict::Lose(StoreError::unavailable(what, why)),
            Fault::DeathBefore | Fault::Refusal => {
                Verdict::Refuse(StoreError::unavailable(what, why))
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
