//! The protocol's messages and services. How they are generated: `protos/README.md`.

#[allow(missing_docs, unreachable_pub, dead_code, clippy::all)]
#[path = "proto/generated/protocol.rs"]
mod generated;

pub(crate) use generated::{event_store::client::*, google::rpc};
