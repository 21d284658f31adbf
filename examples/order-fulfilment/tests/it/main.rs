//! The order flow as a program.

mod one_file;
mod processes;
