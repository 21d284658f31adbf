//! Flows as the log tells them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside.

pub mod trace;
