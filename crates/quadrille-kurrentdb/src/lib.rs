//! Events in EventStoreDB or KurrentDB, through the server's gRPC protocol.
//!
//! The server keeps the events and nothing else: read models and the engine's state lie in SQLite
//! or PostgreSQL.

mod client;
mod options;
mod store;

pub use options::KurrentDbOptions;
pub use store::KurrentDbStore;
