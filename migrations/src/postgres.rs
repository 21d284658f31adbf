//! Schemas of PostgreSQL.
//!
//! Each step runs with a search path of the schema that it is for, and names nothing by schema.

pub mod events;
pub mod state;

use crate::Migration;

/// One family of tables and functions in a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The table that remembers which steps were taken.
    pub history: &'static str,
    /// What it is, in words.
    pub what: &'static str,
    /// The steps in order.
    pub migrations: &'static [Migration],
    /// The version of the format. It rises only with a step that older releases cannot live with;
    /// they refuse what is above their own.
    pub format: i32,
}
