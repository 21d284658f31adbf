//! Event stores and engine state in memory.
