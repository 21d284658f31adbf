//! Flows as the log tells them.
