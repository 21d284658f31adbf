//! The gateway, asked by a client that nobody here wrote: the crate `eventstore`.

// A status is large, and what tonic hands out.
#![allow(clippy::result_large_err)]

mod appending;
mod batching;
mod deleting;
mod framework;
mod limits;
mod raw;
mod reading;
mod security;
mod stopping;
mod subscribing;
mod support;
mod watched;
