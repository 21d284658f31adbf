//! The event store.

use super::Schema;
use crate::Migration;

macro_rules! step {
    ($name:literal) => {
        Migration { name: $name, sql: include_str!(concat!("../../sqlite/events/", $name, ".sql")) }
    };
}

/// The schema of an event store's file.
pub const SCHEMA: Schema = Schema {
    application_id: i32::from_be_bytes(*b"QDes"),
    what: "an event store of Quadrille",
    migrations: &[
        step!("0001_create_store"),
        step!("0002_create_streams"),
        step!("0003_create_names"),
        step!("0004_create_origins"),
        step!("0005_create_events"),
        step!("0006_create_tags"),
        step!("0007_create_kind_blocks"),
        step!("0008_refuse_changes"),
    ],
};

/// The version of the format, kept as SQLite's `user_version`. It rises only with a migration that
/// older releases cannot live with; they refuse files whose format is above their own.
pub const FORMAT: u32 = 1;

/// Positions in one block of `kind_blocks`, as a power of two.
pub const BLOCK_BITS: u32 = 10;

/// A function without arguments that connections have to define before they insert events.
pub const INSERTS: &str = "only_quadrille_inserts_events";
