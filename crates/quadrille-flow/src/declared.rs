//! The flow graph as apps declare it.
//!
//! At start every app records in the store what it registered: its manifest. [`load`] finds the
//! newest of each app, [`graph`] joins them, [`differences`] says what changed from one to the
//! next, and [`dated`] since where in the log something is declared.

mod dated;
mod differences;
mod graph;
mod inputs;
mod load;

pub use dated::dated;
pub use differences::{Changed, Difference, differences};
pub use graph::graph;
pub(crate) use inputs::{by_input, by_input_of};
pub use load::{LoadError, Recorded, load, load_history, load_version};
