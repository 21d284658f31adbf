//! Given, when, then: what passes, and what a failure says.

mod aggregates;
mod domain;
mod failures;
mod orders;
mod processes;
mod reactions;
mod rows;

use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the test says when it fails.
fn failure<T>(test: impl FnOnce() -> T) -> String {
    let panic = catch_unwind(AssertUnwindSafe(test)).err().expect("the test was to fail");
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
