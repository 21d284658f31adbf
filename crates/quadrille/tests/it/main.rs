//! What the facade promises, from outside.

mod derive;
mod derive_ui;
mod engine;
mod state;
mod store;
