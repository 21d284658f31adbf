//! Tests against the gateway, and against a server where one is named.

mod apart;
mod conformance;
mod faults;
mod security;
mod server;
mod shared;
mod streams;
mod support;
mod wrong;
