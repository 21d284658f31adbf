//! The event store.

mod appending;
mod reading;
mod support;
