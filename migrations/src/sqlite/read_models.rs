//! One read model: its own tables, and the framework's beside them.

use super::Schema;
use crate::Migration;

macro_rules! step {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../../sqlite/read_models/", $name, ".sql")),
        }
    };
}

/// The schema of a read model's file, without the tables of its projector.
pub const SCHEMA: Schema = Schema {
    application_id: i32::from_be_bytes(*b"QDrm"),
    what: "a read model of Quadrille",
    migrations: &[
        step!("0001_create_consumers"),
        step!("0002_create_parked"),
        step!("0003_create_namespace"),
    ],
};
