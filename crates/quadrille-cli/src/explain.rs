use quadrille_core::error::BoxError;
use std::{error::Error, iter::successors};

/// What a command hands back: the error is printed with all that led to it.
pub(crate) type Outcome<T = ()> = Result<T, BoxError>;

/// Adds what was tried to an error.
pub(crate) trait Explain<T> {
    fn explain(self, what: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: Into<BoxError>> Explain<T> for Result<T, E> {
    fn explain(self, what: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Explained { what: what(), source: error.into() }.into())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{what}")]
struct Explained {
    what: String,
    source: BoxError,
}

/// An error and its causes on one line. A cause that its effect has said already is left out.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = String::new();
    for error in successors(Some(error), |error| (*error).source()) {
        let part = error.to_string();
        if !text.ends_with(&part) {
            let joint = if text.is_empty() { "" } else { ": " };
            text.push_str(joint);
            text.push_str(&part);
        }
    }
    text
}
