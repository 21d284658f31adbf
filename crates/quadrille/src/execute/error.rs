use crate::{AppendError, DecodeError, StoreError, StreamId};
use std::error::Error;

/// Why a command was not carried out. `Rejected` is the domain's answer; the rest is for whoever
/// runs the app.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExecuteError<R: Error + 'static> {
    /// The aggregate refused.
    #[error(transparent)]
    Rejected(R),
    /// Others wrote to this stream every time: try again later.
    #[error("append to {stream}: others wrote first, {attempts} times in a row")]
    Conflict {
        /// The aggregate's stream.
        stream: StreamId,
        /// How often it was tried.
        attempts: u32,
    },
    /// The store cannot be reached, or too many commands are waiting: back off. Nothing was
    /// written.
    #[error("execute now")]
    Unavailable(#[source] StoreError),
    /// It may or may not have been carried out: send it again with the same id.
    #[error("learn whether the command to {stream} was carried out: send it again with its id")]
    OutcomeUnknown {
        /// The aggregate's stream.
        stream: StreamId,
        /// Why.
        #[source]
        source: Option<StoreError>,
    },
    /// The aggregate's events cannot be read: stop and look.
    #[error("read {stream}")]
    Corrupt {
        /// The aggregate's stream.
        stream: StreamId,
        /// Why.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The command can never be carried out as it is.
    #[error("accept the command: {0}")]
    Invalid(String),
}

impl<R: Error> ExecuteError<R> {
    /// Whether the same command, with the same id, may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict { .. } | Self::Unavailable(_) | Self::OutcomeUnknown { .. })
    }

    /// The domain's refusal, if this is one.
    pub fn rejection(&self) -> Option<&R> {
        match self {
            Self::Rejected(rejection) => Some(rejection),
            _ => None,
        }
    }

    /// The variant in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Rejected(_) => "rejected",
            Self::Conflict { .. } => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::OutcomeUnknown { .. } => "unknown",
            Self::Corrupt { .. } => "corrupt",
            Self::Invalid(_) => "invalid",
        }
    }

    pub(crate) fn storage(stream: &StreamId, error: StoreError) -> Self {
        match error {
            StoreError::Unavailable { .. } => Self::Unavailable(error),
            StoreError::OutcomeUnknown { .. } => {
                Self::OutcomeUnknown { stream: stream.clone(), source: Some(error) }
            }
            error => Self::Corrupt { stream: stream.clone(), source: error.into() },
        }
    }

    pub(crate) fn decoding(stream: &StreamId, error: DecodeError) -> Self {
        Self::Corrupt { stream: stream.clone(), source: error.into() }
    }

    pub(crate) fn appending(stream: &StreamId, error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => Self::storage(stream, error),
            error => Self::Invalid(error.to_string()),
        }
    }
}
