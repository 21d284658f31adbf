//! How flows are expected to go, and in what they differ.
//!
//! An [`ExpectedFlow`] is a small text next to the code: steps, alternatives, loops, deadlines, and
//! who writes what. A flow is held against it by an alignment of the least cost, as process mining
//! does it: what is missing, what is too many, what came out of order, what took too long and what
//! was written by somebody else, with the ids of events, and a fitness.
//!
//! One flow is checked with [`ExpectedFlow::check`], in tests with `assert_flow` of
//! `quadrille-testing`, a whole log with a [`Monitor`], which also tells what becomes known while
//! the log goes on.
//!
//! ```
//! use quadrille_flow::expected::{ExpectedFlow, Monitor};
//! use quadrille_flow::observed::Follower;
//!
//! # let log: Vec<quadrille_core::Envelope> = Vec::new();
//! let order: ExpectedFlow = "flow order { order.placed order.paid within 3d }".parse().unwrap();
//! let mut monitor = Monitor::new([order]);
//! log.iter().for_each(|event| monitor.push(event));
//! let reports = monitor.report(None, 10);
//! assert_eq!((reports[0].flows, reports[0].fitness), (0, 1.0));
//! ```

mod align;
mod beside;
mod checker;
mod deviation;
mod monitor;
mod parse;
mod pattern;
mod report;
mod specification;
mod token;
mod ways;

pub use beside::{FlowCheck, Laid};
pub use checker::{Status, Verdict};
pub use deviation::{Deviation, Mention};
pub use monitor::{Monitor, News};
pub use parse::parse;
pub use report::{DeviationTally, Example, FlowReport, VariantFitness};
pub use specification::ExpectedFlow;

/// Why a specification cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{line}:{column}: {problem}")]
pub struct SpecificationError {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What is wrong, and what to write instead.
    pub problem: String,
}

impl SpecificationError {
    fn at(line: usize, column: usize, problem: impl Into<String>) -> Self {
        Self { line, column, problem: problem.into() }
    }
}
