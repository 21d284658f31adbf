//! Flows told from hand-made facts.

mod log;
mod observed;
mod trace;
