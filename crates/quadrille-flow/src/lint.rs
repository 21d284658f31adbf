//! Checks on the flow that apps declare.
//!
//! [`check`] runs every lint of [`RULES`] on some manifests: what is certainly wrong denies, what
//! rests on a rule of thumb warns. A [`Config`] sets levels and limits, and allows single findings
//! for a reason. A [`Report`] is written as text, as JSON and as SARIF.

mod config;
mod finding;
pub(crate) mod flow;
mod model;
mod rule;
mod run;
mod sarif;
mod seen;
mod text;

mod always_before;
mod broad_handler;
mod dead_event;
mod deadline_without_handler;
mod deaf_handler;
mod event_loop;
mod fan_out;
mod flow_depth;
mod god_coordinator;
mod hidden_temporal_coupling;
mod implicit_orchestrator;
mod latency_shift;
mod owner_missing;
mod process_without_completion;
mod unexpected_flow;
mod unused_allow;
mod unused_command;
mod upcaster_gap;

pub use config::{Allow, Config, ConfigError, Setting};
pub use finding::{Allowed, Finding, Level, Measure, Report};
pub use rule::{Limit, RULES, Rule};
pub use run::{Input, check};
pub use seen::{Glimpse, Seen, seen};
