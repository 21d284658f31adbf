//! Flows as the log tells them, and as apps declare them.
//!
//! [`trace`] tells one flow: what led to what, how long it took, what was refused, tried again,
//! awaited or put aside. [`graph`] is the shape of many of them: [`declared`] as apps register it,
//! [`observed`] as a log shows it; [`conformance`] tells how they differ, and [`lint`] what is wrong
//! with them. [`expected`] holds flows one by one against how they are expected to go. [`draw`] makes
//! pictures, [`report`] a page of all of it.

pub mod graph;

pub mod declared;

pub mod observed;

pub mod conformance;

pub mod expected;

pub mod lint;

pub mod draw;

pub mod report;

pub mod trace;

pub mod payload;

pub mod why;

mod text;

pub use text::{is_unsafe, parse_duration};
