//! Real loan applications, replayed: 13,087 of them, as a bank recorded them.
//!
//! Read [`rule`] first, then the aggregates [`application`], [`offer`] and [`work_item`];
//! [`replay`] makes their commands out of a log, [`support`] finds their rules in it,
//! [`follow_up`] and [`watch`] look after what spans them, [`read_models`] counts, and [`app`]
//! puts it all together.

pub mod rule;

pub mod application;

pub mod offer;

pub mod work_item;

pub mod claim;

pub mod replay;

pub mod support;

pub mod follow_up;

pub mod watch;

pub mod read_models;

pub mod cases;

pub mod app;

pub mod report;
