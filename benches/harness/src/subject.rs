use crate::domain::AccountState;
use std::{fmt, future::Future, time::Duration};
use uuid::Uuid;

/// Why a command was not carried out.
#[derive(Debug)]
pub enum CommandError {
    /// Others wrote first: the loop counts it and tries again at once.
    Conflict,
    /// Anything else ends the run.
    Other(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for CommandError {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// How a read model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// SQL of the user's own, a statement an event.
    Raw,
    /// Rows that the framework folds.
    Rows,
    /// Four read models of rows at once.
    FourRows,
}

impl fmt::Display for CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Raw => "raw projector",
            Self::Rows => "row projector",
            Self::FourRows => "four row projectors at once",
        })
    }
}

/// What a read model did.
#[derive(Debug, Clone, Copy)]
pub struct Projected {
    /// Events that it took in.
    pub events: u64,
    /// How long that took.
    pub elapsed: Duration,
    /// What is to be said about it, such as that nothing was written to a database.
    pub note: &'static str,
}

/// What is measured. Clones are handles on the same store.
pub trait Subject: Clone + Send + Sync + 'static {
    /// One command of the usual way (load, decide, append so many events).
    fn deposit(
        &self,
        account: Uuid,
        n: u64,
        events: usize,
    ) -> impl Future<Output = Result<(), CommandError>> + Send;

    /// Stores events of a new account in the fastest way that there is.
    fn seed(
        &self,
        account: Uuid,
        events: usize,
    ) -> impl Future<Output = Result<(), CommandError>> + Send {
        self.deposit(account, 0, events)
    }

    /// An account from its events, with no snapshot and no cache.
    fn load(&self, account: Uuid) -> impl Future<Output = anyhow::Result<AccountState>> + Send;

    /// Builds a read model of all accounts from the first event on, until `total` events are in it
    /// or the time is up. `None` where there is no such thing.
    fn catch_up(
        &self,
        how: CatchUp,
        total: u64,
        budget: Duration,
    ) -> impl Future<Output = anyhow::Result<Option<Projected>>> + Send;
}
