//! Errors of codecs and of storage, named for what the caller does next.

use crate::EventId;
use std::{error::Error, ops::RangeInclusive};

/// Any error, kept as a source.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// A payload that could not be written as JSON.
#[derive(Debug, thiserror::Error)]
#[error("encode {name}")]
pub struct EncodeError {
    /// The event type, command or state concerned.
    pub name: String,
    /// What serde said.
    #[source]
    pub source: serde_json::Error,
}

impl EncodeError {
    /// An error in the payload called `name`.
    pub fn new(name: impl Into<String>, source: serde_json::Error) -> Self {
        Self { name: name.into(), source }
    }
}

/// A payload that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The bytes do not have the form that the code expects.
    #[error("decode {name} version {version}")]
    Payload {
        /// The event type, command or state concerned.
        name: String,
        /// The version of its schema.
        version: u32,
        /// What serde said, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The reader knows the type but not this version of it.
    #[error("decode {name} version {version}: {reader} reads {}; {advice}", versions(known))]
    UnknownVersion {
        /// The event type or state concerned.
        name: String,
        /// The version found.
        version: u32,
        /// Who reads it.
        reader: String,
        /// The versions that it understands.
        known: RangeInclusive<u32>,
        /// What to do about it.
        advice: &'static str,
    },
    /// An owner met a type in its own stream that it does not know.
    #[error(
        "decode event {event}: {owner} has no event type `{name}` (was a variant renamed? pin its old name with `#[event(type = \"{name}\")]`)"
    )]
    UnknownType {
        /// The event concerned.
        event: EventId,
        /// The type found.
        name: String,
        /// The owner's category.
        owner: String,
    },
}

fn versions(known: &RangeInclusive<u32>) -> String {
    if known.start() == known.end() {
        format!("version {}", known.start())
    } else {
        format!("versions {} to {}", known.start(), known.end())
    }
}

impl DecodeError {
    /// A payload that does not fit.
    pub fn payload(name: impl Into<String>, version: u32, source: serde_json::Error) -> Self {
        Self::Payload { name: name.into(), version, source }
    }
}

/// What storage can say, of events, engine state and read models alike.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Not now: back off and try again. Nothing was written.
    #[error("reach {what}")]
    Unavailable {
        /// What could not be reached, without secrets.
        what: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// The write may have taken place. Read before you write again; the same ids are safe.
    #[error("learn whether {what} took place")]
    OutcomeUnknown {
        /// The write.
        what: String,
        /// Why.
        #[source]
        source: BoxError,
    },
    /// It cannot be used as it is: the set-up has to change.
    #[error("use {what}: {problem}")]
    Unusable {
        /// What was to be used, without secrets.
        what: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// What is stored does not make sense. Stop and look.
    #[error("read {what}: {problem}")]
    Corrupt {
        /// Where.
        what: String,
        /// What was found.
        problem: String,
    },
    /// Another worker took this consumer over; this one must stop.
    #[error("go on as {consumer}: another worker took over (epoch {epoch} is no longer current)")]
    Fenced {
        /// The consumer.
        consumer: String,
        /// The epoch that this worker held.
        epoch: u64,
    },
    /// This storage cannot do that at all.
    #[error("{capability}: this store cannot; {instead}")]
    Unsupported {
        /// The capability that is missing.
        capability: &'static str,
        /// What to use instead.
        instead: &'static str,
    },
}

impl StoreError {
    /// Storage that cannot be reached now.
    pub fn unavailable(what: impl Into<String>, source: impl Into<BoxError>) -> Self {
        Self::Unavailable { what: what.into(), source: source.into() }
    }

    /// Storage that needs another set-up.
    pub fn unusable(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Unusable { what: what.into(), problem: problem.into() }
    }

    /// Stored data that does not make sense.
    pub fn corrupt(what: impl Into<String>, problem: impl Into<String>) -> Self {
        Self::Corrupt { what: what.into(), problem: problem.into() }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Unavailable { .. } | Self::OutcomeUnknown { .. })
    }
}
