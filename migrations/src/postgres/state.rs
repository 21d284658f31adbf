//! What the engine remembers beside the log, and the registry of read models.

use super::Schema;
use crate::Migration;

macro_rules! step {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../../postgres/state/", $name, ".sql")),
        }
    };
}

/// The tables of the engine's state.
pub const SCHEMA: Schema = Schema {
    history: "quadrille_state_migrations",
    what: "engine state of Quadrille",
    migrations: &[
        step!("0001_create_consumers"),
        step!("0002_create_parked"),
        step!("0003_create_deadlines"),
        step!("0004_create_statuses"),
        step!("0005_create_snapshots"),
        step!("0006_create_rejections"),
        step!("0007_create_models"),
    ],
    format: 1,
};
