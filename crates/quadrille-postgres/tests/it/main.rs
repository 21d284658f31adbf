//! What holds for PostgreSQL.

mod pooler;
mod read_models;
mod rights;
mod store;
mod support;
