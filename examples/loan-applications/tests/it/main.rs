//! The example against small cases made by hand and, where it is there, the real log.

mod app;
mod program;
mod real_log;
mod simulation;
mod small_log;
mod watch;
mod xes;
