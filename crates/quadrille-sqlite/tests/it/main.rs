//! The SQLite store, against files on a real disk.

mod store;
