use super::{CASES, Fixture};
use std::{any::Any, fmt, future::Future, io::Write};

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The store keeps the guarantee.
    Passed,
    /// It does not, for this reason.
    Failed(String),
    /// It does not claim to, for want of this.
    Skipped(&'static str),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Passed => f.write_str("passed"),
            Self::Failed(reason) => write!(f, "FAILED: {reason}"),
            Self::Skipped(lacking) => write!(f, "skipped: {lacking}"),
        }
    }
}

/// Runs every case on a store of its own and says what became of each.
///
/// Needs a tokio runtime with several threads: some cases race.
pub async fn outcomes<I, F>(open: impl Fn() -> F) -> Vec<(&'static str, Outcome)>
where
    I: Into<Fixture>,
    F: Future<Output = I>,
{
    let mut outcomes = Vec::with_capacity(CASES.len());
    for case in CASES {
        let fixture = open().await.into();
        let outcome = match case.need.lacking(&fixture) {
            Some(lacking) => Outcome::Skipped(lacking),
            None => match tokio::spawn((case.run)(fixture)).await {
                Ok(()) => Outcome::Passed,
                Err(error) => Outcome::Failed(reason(error)),
            },
        };
        outcomes.push((case.name, outcome));
    }
    outcomes
}

fn reason(error: tokio::task::JoinError) -> String {
    let panic: Box<dyn Any + Send> = match error.try_into_panic() {
        Ok(panic) => panic,
        Err(error) => return error.to_string(),
    };
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "panicked".to_owned())
}

/// Runs every case and prints what became of each on the standard error stream.
///
/// # Panics
/// When a case failed.
pub async fn run<I, F>(open: impl Fn() -> F)
where
    I: Into<Fixture>,
    F: Future<Output = I>,
{
    let outcomes = outcomes(open).await;
    for (case, outcome) in &outcomes {
        say(case, outcome);
    }
    let failed = outcomes.iter().filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)));
    let failed: Vec<_> = failed.map(|(case, _)| *case).collect();
    assert!(failed.is_empty(), "the store does not conform: {}", failed.join(", "));
}

/// Runs one case: what the tests made by [`conformance!`](crate::conformance!) do.
///
/// # Panics
/// When the case fails, and when there is none of this name.
pub fn run_case<I, F>(name: &str, open: impl Fn() -> F)
where
    I: Into<Fixture>,
    F: Future<Output = I>,
{
    let case = CASES.iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no conformance case {name}"));
    runtime().block_on(async {
        let fixture = open().await.into();
        match case.need.lacking(&fixture) {
            Some(lacking) => say(name, &Outcome::Skipped(lacking)),
            None => (case.run)(fixture).await,
        }
    });
}

pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(4).enable_all().build().expect("a runtime for the test can be started")
}

/// Writes past the test harness, which hides what passing tests print.
fn say(case: &str, outcome: &Outcome) {
    let line = format!("conformance {case}: {outcome}\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}
