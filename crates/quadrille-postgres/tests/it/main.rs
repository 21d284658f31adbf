//! What holds for PostgreSQL.

mod read_models;
mod rights;
mod store;
mod support;
