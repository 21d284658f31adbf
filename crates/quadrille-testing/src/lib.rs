//! Tests for those who build on Quadrille, and for those who build stores.

pub mod conformance;
#[cfg(feature = "app")]
pub mod crash;
pub mod scenario;
