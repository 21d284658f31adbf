//! The order flow as a program.

mod observed;
mod one_file;
mod processes;
