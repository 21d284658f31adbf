//! Projectors: read models written with SQL of one's own.

use crate::{ReadDatabase, Recorded, Tx, View, error::BoxError};
use std::{error::Error, fmt, future::Future};

/// What a projector returns.
pub type Projected = Result<(), ProjectionError>;

/// Any error of a projector, so that `?` works on all of them.
///
/// It does not implement [`Error`] itself, or it could not be made from every error.
pub struct ProjectionError(pub BoxError);

impl<E: Error + Send + Sync + 'static> From<E> for ProjectionError {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

impl ProjectionError {
    /// An error that is only a sentence.
    pub fn message(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }
}

impl fmt::Debug for ProjectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ProjectionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A read model that is written with SQL.
///
/// Its tables live in a namespace of its name and version, with its checkpoint: a page of events
/// and the checkpoint behind it are committed together, so each event counts once, whatever
/// happens in between. It cannot issue commands, so building it again has no side effects.
///
/// Events come in the order of the log. When `project` fails, the page is rolled back and tried
/// again by the retry policy; then the projector stops and says so, unless parking was asked for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projector",
    note = "implement `Projector` for it, or `RowProjector` for a row type"
)]
pub trait Projector: Send + Sync + 'static {
    /// The read model's name: its identity, and the alias that queries know it by.
    const NAME: &'static str;
    /// Raise it when the tables or their meaning change: the new version is built beside the old
    /// and takes its place when it has caught up.
    const VERSION: u32 = 1;

    /// What it reads.
    type Event: View;
    /// Where it writes.
    type Db: ReadDatabase;

    /// Creates what [`Projector::project`] writes into, once for each version, in an empty
    /// namespace.
    fn setup(&self, tx: &mut Tx<Self::Db>) -> impl Future<Output = Projected> + Send;

    /// Writes what one event means.
    fn project(
        &self,
        event: &Recorded<Self::Event>,
        tx: &mut Tx<Self::Db>,
    ) -> impl Future<Output = Projected> + Send;
}
