//! Flows told from hand-made facts.

mod declared;
mod lint;
mod log;
mod manifests;
mod observed;
mod trace;
