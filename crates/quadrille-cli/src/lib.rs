//! The `quadrille` command, as a library.
