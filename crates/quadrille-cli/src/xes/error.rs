use super::Place;
use quadrille_core::InvalidName;
use std::io;

/// Why a log cannot be read further, and where.
#[derive(Debug, thiserror::Error)]
#[error("read the log at {place}")]
pub struct XesError {
    /// Where.
    pub place: Place,
    /// Why.
    #[source]
    pub problem: Problem,
}

/// What is wrong with a log.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The text could not be read: a truncated archive, for example.
    #[error("the text breaks off")]
    Read(#[source] io::Error),
    /// It is not XML.
    #[error("malformed XML")]
    Malformed(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It is XML, but not XES.
    #[error("{0}")]
    NotXes(String),
    /// Something has no attribute of this name.
    #[error("the {of} has no attribute `{key}`")]
    Missing {
        /// `case` or `event`.
        of: &'static str,
        /// The attribute.
        key: String,
    },
    /// An attribute's value is not of its type.
    #[error("the attribute `{key}` is {value:?}, {problem}")]
    Value {
        /// The attribute.
        key: String,
        /// Its value as written.
        value: String,
        /// What it should be.
        problem: String,
    },
    /// A name that cannot be kept.
    #[error(transparent)]
    Name(InvalidName),
    /// Two cases have the same name.
    #[error(
        "the case {name:?} is there twice, first at {first}; name cases by another attribute, or join the two"
    )]
    Twice {
        /// The cases' name.
        name: String,
        /// Where the first one begins.
        first: Place,
    },
}

impl Problem {
    /// This problem, at a place.
    pub fn at(self, place: Place) -> XesError {
        XesError { place, problem: self }
    }
}
