use super::Operation;
use crate::{AppendError, EventId, StoreError, error::BoxError};
use async_trait::async_trait;
use std::time::Duration;

/// Whoever carries out what only a running app can do: the app itself, or a client that asks it
/// through the control stream.
#[async_trait]
pub trait Operations: Send + Sync + 'static {
    /// Carries an operation out, and returns when it is done.
    ///
    /// # Errors
    /// When it could not be done, or when nobody said whether it was.
    async fn perform(&self, operation: Operation, actor: &str) -> Result<(), OperationError>;
}

/// Why an operation was not done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The app tried and could not.
    #[error("carry it out: {0}")]
    Failed(String),
    /// The app tried and could not, for this reason.
    #[error("carry it out")]
    Error(#[source] BoxError),
    /// No running app has answered in time. The request stays in the log.
    #[error(
        "hear from a running app: none answered request {request} within {} s; the request stays in the log, and an app that has this consumer carries it out if it starts within a day",
        waited.as_secs()
    )]
    Unanswered {
        /// The request's event in the control stream.
        request: EventId,
        /// How long the answer was awaited.
        waited: Duration,
    },
    /// The request could not be written.
    #[error(transparent)]
    Append(#[from] AppendError),
    /// The answer could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}
