//! The event store.

mod appending;
mod growth;
mod killed;
mod opening;
mod reading;
mod refusing_changes;
mod sharing;
mod support;
