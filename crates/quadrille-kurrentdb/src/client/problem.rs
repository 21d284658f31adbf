use super::official;
use quadrille_core::StoreError;

/// Why the server did not do what it was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum Problem {
    /// There is no such stream, or nothing is left of it.
    #[error("there is no such stream")]
    Missing,
    /// The stream was deleted for good.
    #[error("the stream was deleted for good")]
    Deleted,
    #[error("the server refuses this user")]
    Denied,
    #[error("the server is too old for this")]
    Unsupported,
    /// It will not do so later either.
    #[error("the server says: {0}")]
    Refused(String),
    /// It may do so later.
    #[error("{0}")]
    Unreachable(String),
}

impl Problem {
    /// This problem with a stream or a server.
    pub(crate) fn concerning(self, what: impl Into<String>) -> StoreError {
        let what = what.into();
        match self {
            Self::Missing => StoreError::corrupt(what, "it was there a moment ago"),
            Self::Deleted => StoreError::unusable(
                what,
                "it was deleted for good (a tombstone), and its name cannot be used again; \
                 choose another id",
            ),
            Self::Denied => StoreError::unusable(
                what,
                "the server refuses this user; give one in the URL (user:password@) that may read \
                 and write it, and $all",
            ),
            Self::Unsupported => StoreError::unusable(what, "the server is too old for this"),
            Self::Refused(_) => StoreError::unusable(what, self.to_string()),
            Self::Unreachable(_) => StoreError::unavailable(what, self),
        }
    }
}

impl From<official::Error> for Problem {
    fn from(error: official::Error) -> Self {
        use official::Error as E;
        match error {
            E::ResourceNotFound => Self::Missing,
            E::ResourceDeleted => Self::Deleted,
            E::AccessDenied => Self::Denied,
            E::UnsupportedFeature => Self::Unsupported,
            E::Grpc { code, ref message } if is_final(code as i32) => {
                Self::Refused(message.clone())
            }
            E::InitializationError(_) | E::IllegalStateError(_) | E::InternalParsingError(_) => {
                Self::Refused(error.to_string())
            }
            error => Self::Unreachable(error.to_string()),
        }
    }
}

/// What is known of an append that failed.
pub(super) enum Fate {
    WrongRevision,
    NotWritten,
    Unknown,
}

pub(super) fn fate(error: &official::Error) -> Fate {
    use official::Error as E;
    match error {
        E::WrongExpectedVersion { .. } => Fate::WrongRevision,
        // These come before anything is sent, or as the answer of a server that did nothing.
        E::ConnectionClosed
        | E::GrpcConnectionError(_)
        | E::NotLeaderException(_)
        | E::AccessDenied
        | E::ResourceDeleted
        | E::ResourceNotFound
        | E::UnsupportedFeature
        | E::InitializationError(_) => Fate::NotWritten,
        E::Grpc { code, .. } if is_final(*code as i32) => Fate::NotWritten,
        _ => Fate::Unknown,
    }
}

/// The codes of gRPC for what is wrong with the request itself: invalid argument, failed
/// precondition, out of range.
fn is_final(code: i32) -> bool {
    matches!(code, 3 | 9 | 11)
}
