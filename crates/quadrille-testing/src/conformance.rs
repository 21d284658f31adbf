//! The conformance suite: what every event store guarantees, as cases that can fail.
//!
//! A store runs it in one line, which makes a test of each case:
//!
//! ```
//! use quadrille::memory::MemoryStore;
//!
//! quadrille_testing::conformance!(|| async { MemoryStore::new() });
//! # fn main() {}
//! ```
//!
//! The closure makes a fresh, empty store each time: a store, or a [`Fixture`] that also keeps a
//! temporary directory alive and can open the same store again. Cases that a store lacks the
//! capability for say so on the standard error stream; they never pass silently.

#[macro_use]
mod cases;
mod fixture;
#[cfg(feature = "model")]
mod model;
mod oracle;
mod proof;
mod race;
mod random;
mod runner;
mod sample;

pub mod read_models;
pub mod state;

pub use cases::{CASES, Case, Need};
pub use fixture::Fixture;
#[cfg(feature = "model")]
pub use model::model;
pub use proof::{Findings, Proof, Run, proof};
pub use random::Random;
pub use runner::{Outcome, outcomes, run, run_case};

/// Makes a test of each case for the stores that a closure opens.
///
/// Put it in a module of its own where one file tests several stores. A store that needs a server
/// is tested where there is one: `conformance!(if there_is_one() => || async { … })`, where the
/// condition says why tests are skipped when it is not met.
#[macro_export]
macro_rules! conformance {
    (if $available:expr => $open:expr $(,)?) => {
        $crate::__conformance_cases! { tests if $available => $open }
    };
    ($open:expr $(,)?) => {
        $crate::__conformance_cases! { tests if true => $open }
    };
}
