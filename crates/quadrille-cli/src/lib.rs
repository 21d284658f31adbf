//! The `quadrille` command, as a library.

pub mod xes;
