//! The SQL schemas of Quadrille, as constants.

pub mod sqlite;
