//! Flows told from hand-made facts, and pictures of graphs.

mod changes;
mod always_before;
mod declared;
mod draw;
mod expected;
mod flows;
mod lagging;
mod lint;
mod log;
mod manifests;
mod observed;
mod sequence;
mod timeline;
mod report;
mod trace;
