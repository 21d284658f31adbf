//! What the facade promises, from outside.

mod derive;
mod engine;
mod state;
mod store;
