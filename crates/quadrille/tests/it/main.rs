//! What the facade promises, from outside.

mod derive;
mod derive_ui;
mod state;
mod store;
