//! Event store and read models in PostgreSQL.

mod error;
mod migrate;
mod read_models;
mod server;
mod store;

pub use read_models::{
    Postgres, PostgresTx, ReadModelOptions, SqlFetch, query, query_as, query_scalar,
};
pub use sqlx::{Error as SqlError, PgPool, Row as SqlRow, postgres::PgRow};
pub use store::{PostgresOptions, PostgresStore};
