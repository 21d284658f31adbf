//! What holds for PostgreSQL.

mod store;
