//! What every benchmark shares, so that all are measured by the same code: ours, the bare
//! prototypes and the peers.
//!
//! A subject implements [`Subject`] and calls [`run`] from its `main`. Each run prints lines of
//! JSON, one a figure; `table` makes a table of them.

pub mod domain;

pub mod settings;

mod subject;

mod target;

mod closed_loop;

mod report;

mod workloads;

pub use closed_loop::{Load, closed_loop};
pub use domain::{AccountState, Deposited, account};
pub use report::{About, Extra, grouped, peak_memory_mb, report};
pub use subject::{CatchUp, CommandError, Projected, Subject};
pub use target::{Target, connect, fresh_database};
pub use workloads::{phases, run};
