//! What holds for PostgreSQL.

mod migrating;
mod pooler;
mod read_models;
mod rights;
mod store;
mod support;
