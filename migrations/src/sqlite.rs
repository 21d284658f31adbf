//! Files of SQLite.

pub mod events;
pub mod read_models;
pub mod state;

use crate::Migration;

/// The schema of one kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// SQLite's `application_id`, by which such a file is known.
    pub application_id: i32,
    /// What such a file is, in words.
    pub what: &'static str,
    /// The steps in order; the format's version is how many were taken.
    pub migrations: &'static [Migration],
}
