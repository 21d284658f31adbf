//! Flows told from hand-made facts, and pictures of graphs.

mod draw;
mod log;
mod trace;
