//! What holds for PostgreSQL.

mod read_models;
mod store;
mod support;
