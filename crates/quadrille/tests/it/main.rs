//! Tests of the engine.

mod store;
