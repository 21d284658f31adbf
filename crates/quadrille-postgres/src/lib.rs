//! Event store and read models in PostgreSQL.

mod error;
mod migrate;
mod server;

pub use sqlx::{Error as SqlError, PgPool, Row as SqlRow, postgres::PgRow};
