//! The gateway, asked by a client that nobody here wrote: the crate `eventstore`.

mod appending;
mod deleting;
mod framework;
mod limits;
mod raw;
mod reading;
mod security;
mod stopping;
mod subscribing;
mod support;
