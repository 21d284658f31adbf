//! The gateway, asked by a client that nobody here wrote: the crate `eventstore`.

mod appending;
mod reading;
mod subscribing;
mod support;
