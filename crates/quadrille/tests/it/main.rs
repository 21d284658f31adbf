//! Tests of the engine.

mod store;
//! What the facade promises, from outside.

mod derive;
mod derive_ui;
