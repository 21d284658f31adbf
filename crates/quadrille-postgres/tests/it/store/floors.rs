//! How far readers may read while appends are on their way: random interleavings on real sessions,
//! against a model without any locks.
//!
//! What goes on within a statement is the proof's affair; here it is what comes between statements.

mod model;
mod run;

use crate::support::{available, database, store};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestError, TestRunner},
};
use run::Run;

/// How many interleavings are tried unless the variable `PROPTEST_CASES` says otherwise.
const INTERLEAVINGS: u32 = 64;
const WRITERS: usize = 4;
const READERS: usize = 2;

/// What somebody does. Writers that have no transaction begin one.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin(usize),
    Append(usize, u64),
    /// Appends, and rolls back to a savepoint before.
    Undo(usize, u64),
    Commit(usize),
    RollBack(usize),
    /// An administrator ends the writer's session.
    Kill(usize),
    /// Through the store, committed at once.
    AppendWhole(u64),
    /// A reader finds out how far it may read, and does so with a later step.
    Look(usize),
    Read(usize),
    /// A page through the store.
    Page(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let writer = || 0..WRITERS;
    prop_oneof![
        2 => writer().prop_map(Step::Begin),
        6 => (writer(), 1..4_u64).prop_map(|(writer, count)| Step::Append(writer, count)),
        1 => (writer(), 1..4_u64).prop_map(|(writer, count)| Step::Undo(writer, count)),
        3 => writer().prop_map(Step::Commit),
        1 => writer().prop_map(Step::RollBack),
        1 => writer().prop_map(Step::Kill),
        2 => (1..4_u64).prop_map(Step::AppendWhole),
        3 => (0..READERS).prop_map(Step::Look),
        3 => (0..READERS).prop_map(Step::Read),
        3 => (1..5_usize).prop_map(Step::Page),
    ]
}

/// Tries interleavings with readers that find out by this statement how far they may read.
fn interleave(bound: &'static str, shrink: u32) -> Result<(), TestError<Vec<Step>>> {
    let set = std::env::var_os("PROPTEST_CASES").is_some();
    let cases = if set { Config::default().cases } else { INTERLEAVINGS };
    let config =
        Config { cases, failure_persistence: None, max_shrink_iters: shrink, ..Config::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (database, store) = runtime.block_on(async {
        let database = database().await.expect("there is a server");
        let store = store(database.url()).await;
        (database, store)
    });
    TestRunner::new(config).run(&vec(step(), 1..60), |steps| {
        runtime.block_on(async {
            let mut run = Run::start(database.url(), store.clone(), bound).await;
            for step in steps {
                run.take(step).await?;
            }
            run.end().await
        })
    })
}

#[test]
fn readers_skip_nothing_and_see_nothing_twice_however_appends_interleave() {
    if available() {
        let outcome = interleave("SELECT quadrille.bound()", 512);
        outcome.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The test can fail.
#[test]
fn a_reader_that_heeds_no_floor_is_caught() {
    if available() {
        let last = "SELECT coalesce(pg_sequence_last_value('quadrille.events_position_seq'), 0)";
        let caught = interleave(last, 0).unwrap_err().to_string();
        assert!(caught.contains("a reader skipped or repeated events"), "{caught}");
    }
}
