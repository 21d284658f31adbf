mod appending;
mod content;
pub mod flaw;
mod paging;
mod racing;
mod reading;

use flaw::{Broken, Flaw, SHORT, SOUND};
use quadrille_testing::conformance::{self, Fixture, Outcome};
use std::panic::catch_unwind;

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(4).enable_all().build().expect("a runtime")
}

fn fixture(flaw: Flaw) -> Fixture {
    let store = Broken::new(flaw);
    let same = store.clone();
    Fixture::new(store)
        .patience(flaw.patience)
        .reopened_by(move || std::future::ready((flaw.reopen)(&same)))
}

/// What each case came to on a store with this flaw.
fn outcomes(flaw: Flaw) -> Vec<(&'static str, Outcome)> {
    runtime().block_on(conformance::outcomes(|| async { fixture(flaw) }))
}

fn failed(flaw: Flaw) -> Vec<&'static str> {
    let failed = outcomes(flaw).into_iter();
    let failed = failed.filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    failed.map(|(case, _)| case).collect()
}

/// A store with this flaw fails these cases and no others.
fn check(flaw: Flaw, cases: &[&str]) {
    assert!(!cases.is_empty(), "a flaw that nothing finds proves nothing");
    assert_eq!(failed(flaw), cases);
}

/// A store with this flaw fails at least these cases: whether others fail too depends on who
/// runs when. If the first run misses one by chance, then a later one finds it.
fn check_racing(flaw: Flaw, cases: &[&str]) {
    let mut missed = cases.to_vec();
    for _ in 0..5 {
        let failed = failed(flaw);
        missed.retain(|case| !failed.contains(case));
        if missed.is_empty() {
            return;
        }
    }
    panic!("{missed:?} did not notice");
}

/// Random schedules find the flaw, too: if the first ones miss it by chance, then later ones.
fn check_model(flaw: Flaw) {
    let finds_it = |_| catch_unwind(|| conformance::model(|| async { Broken::new(flaw) })).is_err();
    assert!((0..10).any(finds_it), "no schedule found the flaw");
}

#[test]
fn a_sound_store_passes_every_case() {
    for (case, outcome) in outcomes(SOUND) {
        let lacks_something = case == "what_is_not_offered_is_refused";
        match outcome {
            Outcome::Passed => assert!(!lacks_something, "{case}"),
            Outcome::Skipped(_) => assert!(lacks_something, "{case} was skipped"),
            Outcome::Failed(reason) => panic!("{case}: {reason}"),
        }
    }
    conformance::model(|| async { Broken::new(SOUND) });
}

#[test]
fn run_names_what_failed() {
    let flaw = Flaw { patience: SHORT, wakes: |_| Box::pin(std::future::pending()), ..SOUND };
    let run = || runtime().block_on(conformance::run(|| async { fixture(flaw) }));
    let panic = catch_unwind(run).expect_err("a case fails");
    let message = panic.downcast::<String>().expect("a message");
    assert_eq!(*message, "the store does not conform: a_waiting_reader_is_woken");
}
