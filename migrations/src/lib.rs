//! The SQL schemas of Quadrille, as constants.

pub mod postgres;
pub mod sqlite;

/// One step from nothing to the newest schema. Steps are never changed once released.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// What it does, as the file is called.
    pub name: &'static str,
    /// How.
    pub sql: &'static str,
}
