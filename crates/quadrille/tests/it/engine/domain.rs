//! What the tests' apps consist of.

pub mod bank;
pub mod shop;
