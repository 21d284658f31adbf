//! Flows as the log tells them, and as apps declare them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside. [`graph`] is the shape of many of them, [`observed`] is what a log shows
//! of it, and [`declared`] what apps register. [`lint`] says what is wrong with what they do.

pub mod graph;

pub mod declared;

pub mod lint;

pub mod observed;

pub mod trace;
