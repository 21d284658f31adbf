//! The command's tests, in one binary.

mod data;
mod xes;
