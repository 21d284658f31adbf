//! The command's tests, in one binary.

mod bench;
mod data;
mod events;
mod flow;
mod flow_declared;
mod flow_expected;
mod flow_report;
mod jsonl;
mod log;
mod mounted;
mod open;
mod operations;
mod postgres;
mod processes;
mod serve;
mod trace;
mod usage;
mod why;
mod xes;
mod xes_import;
