//! Flows told from hand-made facts, and pictures of graphs.

mod declared;
mod draw;
mod expected;
mod lint;
mod log;
mod manifests;
mod observed;
mod trace;
