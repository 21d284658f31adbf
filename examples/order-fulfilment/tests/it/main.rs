//! The order flow as a program.

mod checked;
mod observed;
mod one_file;
mod processes;
