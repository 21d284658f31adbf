//! What an append expects, in the words of both sides.

use crate::proto::streams::{
    append_req::options::ExpectedStreamRevision as InAppend,
    batch_append_req::options::ExpectedStreamPosition as InBatch,
    delete_req::options::ExpectedStreamRevision as InDelete,
    tombstone_req::options::ExpectedStreamRevision as InTombstone,
};
use quadrille_core::{ExpectedVersion, Version};
use tonic::Status;

/// A revision of the protocol as a version, of which the first is 1. What no store can count to
/// is as far as any can.
pub(crate) fn version(revision: u64) -> Version {
    Version(revision.min(i64::MAX as u64 - 1) + 1)
}

/// A version as a revision; `None` where there are no events.
pub(crate) fn revision(version: Version) -> Option<u64> {
    version.0.checked_sub(1)
}

macro_rules! expected_from {
    ($($name:ident, $exact:ident);+) => { $(
        impl From<$name> for Expected {
            fn from(expected: $name) -> Self {
                Self(match expected {
                    $name::$exact(revision) => ExpectedVersion::Exact(version(revision)),
                    $name::NoStream(()) => ExpectedVersion::NoStream,
                    $name::Any(()) => ExpectedVersion::Any,
                    $name::StreamExists(()) => ExpectedVersion::Exists,
                })
            }
        }
    )+ };
}

/// What a request expects.
pub(crate) struct Expected(pub ExpectedVersion);

expected_from!(InAppend, Revision; InBatch, StreamPosition; InDelete, Revision; InTombstone, Revision);

/// What a request must say.
pub(crate) fn required<T>(value: Option<T>, what: &str) -> Result<T, Status> {
    value.ok_or_else(|| Status::invalid_argument(format!("the request does not say {what}")))
}
