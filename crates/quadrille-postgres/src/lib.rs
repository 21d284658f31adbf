//! Event store and read models in PostgreSQL.

mod error;
mod migrate;
mod server;
mod store;

pub use sqlx::{Error as SqlError, PgPool, Row as SqlRow, postgres::PgRow};
pub use store::{PostgresOptions, PostgresStore, Stall};
