//! Flows as the log tells them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside. [`graph`] is the shape of many of them,
//! [`declared`] that shape as apps register it, and [`lint`] says what is wrong with it.

pub mod graph;

pub mod declared;

pub mod lint;

pub mod trace;
