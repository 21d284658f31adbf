//! The server for tests: that it is one, and that nothing of it is left.

mod server;
