//! Event stores and engine state in memory: for tests, for examples, and for trying things out.
//!
//! They honour the whole contract, version checks, fencing and idempotency included; what they
//! lack is durability.

mod log;
mod models;
mod state;
mod store;
mod table;

pub use state::MemoryState;
pub use store::MemoryStore;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Nothing panics between two writes that belong together, so a poisoned lock guards sound data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
