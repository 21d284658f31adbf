//! Event-sourced CQRS in which a choreographed flow still leaves an audit trail.
//!
//! Aggregates decide on commands and emit facts to an append-only store; projectors turn facts
//! into tables; reactions and process managers turn them into further commands. Every fact carries
//! its flow and its cause, so that afterwards a flow can be read as a tree.
//!
//! Start at [`Quadrille`], which builds an [`App`]; the book tells the rest.

pub mod prelude;

pub mod app;

pub mod execute;

mod consumer;

pub mod memory;

pub mod telemetry;

pub use app::{App, Component, External, Location, Quadrille, Settings, StartError};
pub use execute::{Execute, ExecuteError, Executed, Receipt};
pub use telemetry::Telemetry;

pub use quadrille_core as core;
pub use quadrille_core::*;
#[cfg(feature = "kurrentdb")]
pub use quadrille_kurrentdb as kurrentdb;
pub use quadrille_macros::*;
#[cfg(feature = "postgres")]
pub use quadrille_postgres as postgres;
#[cfg(feature = "sqlite")]
pub use quadrille_sqlite as sqlite;

/// What the derives' code needs. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use quadrille_core::__private::*;
}
