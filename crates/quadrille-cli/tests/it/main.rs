//! The command's tests, in one binary.

mod bench;
mod data;
mod events;
mod flow;
mod jsonl;
mod log;
mod manifests;
mod mounted;
mod operations;
mod postgres;
mod processes;
mod trace;
mod usage;
mod xes;
mod xes_import;
