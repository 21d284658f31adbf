//! The event store.

use super::Schema;
use crate::Migration;

macro_rules! step {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../../postgres/events/", $name, ".sql")),
        }
    };
}

/// The tables and functions of an event store.
pub const SCHEMA: Schema = Schema {
    history: "quadrille_event_migrations",
    what: "an event store of Quadrille",
    migrations: &[
        step!("0001_create_store"),
        step!("0002_create_events"),
        step!("0003_create_tags"),
        step!("0004_refuse_changes"),
        step!("0005_register_floors"),
        step!("0006_create_bound"),
        step!("0007_create_append"),
        step!("0008_create_read"),
        step!("0009_create_lookups"),
    ],
    format: 1,
};
