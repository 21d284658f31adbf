//! Flows told from hand-made facts, and pictures of graphs.

mod always_before;
mod changes;
mod declared;
mod draw;
mod expected;
mod flows;
mod lagging;
mod lint;
mod log;
mod manifests;
mod observed;
mod report;
mod sequence;
mod timeline;
mod trace;
