//! Tests for those who build on Quadrille, and for those who build stores.

pub mod conformance;
pub mod scenario;
