//! Flows as the log tells them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside. [`graph`] is the shape of many of them, and [`observed`] is what a log shows
//! of it.

pub mod graph;

pub mod observed;

pub mod trace;
