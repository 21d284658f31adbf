//! Places: in a stream, in the log, and what an append expects of a stream.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A place in a stream, without gaps: the first event has version 1, and a stream's version is
/// that of its last event. (KurrentDB's revision is this less one.)
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// The version of a stream that has no events.
    pub const NONE: Self = Self(0);

    /// The version `count` events later.
    pub fn after(self, count: usize) -> Self {
        Self(self.0 + count as u64)
    }

    /// The next version.
    pub fn next(self) -> Self {
        self.after(1)
    }
}

/// A place in the whole log. Positions are ordered and have gaps: compare them, never count with
/// them.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first event.
    pub const START: Self = Self(0);
    /// Behind every event: where a backward read begins.
    pub const END: Self = Self(i64::MAX as u64);
}

macro_rules! show_number {
    ($($name:ident),*) => { $(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )* };
}
show_number!(Version, Position);

/// What an append expects of its stream. It is the only condition of the base contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectedVersion {
    /// The stream has no events yet.
    NoStream,
    /// The stream's last event has this version.
    Exact(Version),
    /// The stream has at least one event.
    Exists,
    /// Anything goes.
    Any,
}

impl ExpectedVersion {
    /// `NoStream` for [`Version::NONE`], else `Exact`.
    pub fn at(version: Version) -> Self {
        if version == Version::NONE { Self::NoStream } else { Self::Exact(version) }
    }

    /// Whether a stream whose last event has version `actual` meets this.
    pub fn allows(self, actual: Version) -> bool {
        match self {
            Self::NoStream => actual == Version::NONE,
            Self::Exact(version) => actual == version,
            Self::Exists => actual != Version::NONE,
            Self::Any => true,
        }
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoStream => f.write_str("no stream"),
            Self::Exact(version) => write!(f, "version {version}"),
            Self::Exists => f.write_str("an existing stream"),
            Self::Any => f.write_str("any version"),
        }
    }
}
