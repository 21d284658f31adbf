//! The embedded default: events in one SQLite file, each read model in a file of its own.

mod error;
mod read_models;
mod store;

pub use read_models::{
    ReadModelOptions, SqlFetch, Sqlite, SqliteTx, query, query_as, query_scalar,
};
pub use sqlx::{Error as SqlError, Row as SqlRow, SqlitePool, sqlite::SqliteRow};
pub use store::{Durability, SqliteOptions, SqliteStore};
