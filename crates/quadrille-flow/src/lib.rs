//! Flows as the log tells them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside. [`graph`] is the shape of many of them, and [`draw`] its picture.

pub mod draw;
pub mod graph;

pub mod trace;
