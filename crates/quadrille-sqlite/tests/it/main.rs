//! Tests of the files on disk.

mod read_models;
mod store;
