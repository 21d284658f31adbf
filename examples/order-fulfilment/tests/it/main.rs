//! The order flow as a program.

mod checked;
mod one_file;
mod processes;
