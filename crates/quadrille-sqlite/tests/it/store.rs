//! The event store.

mod appending;
mod conformance;
mod growth;
mod killed;
mod opening;
mod reading;
mod refusing_changes;
mod sharing;
mod support;
