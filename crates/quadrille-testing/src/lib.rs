//! Tests for those who build on Quadrille, and for those who build stores.

pub mod conformance;
#[cfg(feature = "app")]
pub mod crash;
pub mod delivery;
#[cfg(feature = "flow")]
pub mod flow;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "proxy")]
pub mod proxy;
pub mod scenario;
