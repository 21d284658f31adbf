//! Tests against the gateway, and against a server where one is named.

mod conformance;
mod faults;
mod security;
mod server;
mod streams;
mod support;
mod wrong;
