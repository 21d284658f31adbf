//! Event-sourced CQRS in which a choreographed flow still leaves an audit trail.

pub mod memory;

pub use quadrille_core as core;
pub use quadrille_core::*;
pub use quadrille_macros::*;
#[cfg(feature = "sqlite")]
pub use quadrille_sqlite as sqlite;

/// What the derives' code needs. Not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use quadrille_core::{__private::*, *};
}
