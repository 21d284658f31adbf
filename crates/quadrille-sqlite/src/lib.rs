//! The embedded default: events in one SQLite file, each read model in a file of its own.

mod error;
mod read_models;
mod store;

pub use store::{Durability, SqliteOptions, SqliteStore};
