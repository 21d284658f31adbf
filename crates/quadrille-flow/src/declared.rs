//! The flow graph as apps declare it.
//!
//! At start every app records in the store what it registered: its manifest. [`load`] finds the
//! newest of each app, [`graph`] joins them, [`differences`] says what changed from one to the
//! next.

mod differences;
mod graph;
mod load;

pub use differences::{Changed, Difference, differences};
pub use graph::graph;
pub use load::{LoadError, Recorded, load, load_version};
