//! Random schedules of appends and reads against a model: the log as a list.

mod check;
mod schedule;
mod simple;

use super::{Fixture, runner::runtime};
use proptest::test_runner::{Config, TestRunner};
use std::future::Future;

/// How many schedules are tried unless the variable `PROPTEST_CASES` says otherwise.
const SCHEDULES: u32 = 64;

/// Runs random schedules of appends and reads, one after the other, on stores of their own and
/// compares every answer with that of a model. A failing schedule is cut down to a small one.
///
/// It races nothing: that is what the cases of the suite are for.
///
/// # Panics
/// When the store and the model disagree.
pub fn model<I, F>(open: impl Fn() -> F)
where
    I: Into<Fixture>,
    F: Future<Output = I>,
{
    let set = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if set { Config::default().cases } else { SCHEDULES };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let runtime = runtime();
    let result = TestRunner::new(config).run(&schedule::schedule(), |steps| {
        runtime.block_on(async {
            let fixture: Fixture = open().await.into();
            check::check(&*fixture, steps).await
        })
    });
    if let Err(error) = result {
        panic!("the store and the model disagree: {error}");
    }
}
