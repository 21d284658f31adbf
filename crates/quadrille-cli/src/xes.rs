//! Event logs in XES (IEEE 1849), read case by case.
//!
//! [`Reader`] holds one case in memory at a time, however large the log is, and every error says
//! at which line and column of the text it lies. [`open`] reads plain and gzipped files alike.

mod attribute;
mod case;
mod error;
mod reader;
mod text;
mod token;

pub use attribute::{Attribute, Value};
pub use case::{Case, CaseEvent};
pub use error::{Problem, XesError};
pub use reader::Reader;
pub use text::Place;

use crate::{Progress, source};
use std::{
    io::{self, Read},
    path::Path,
};

/// A log in a file.
pub type FileReader = Reader<Box<dyn Read + Send>>;

/// Opens a log: XML, or XML in gzip, whatever the file is called.
///
/// # Errors
/// When the file cannot be read.
pub fn open(path: &Path) -> io::Result<FileReader> {
    open_with_progress(path, &Progress::default())
}

/// Opens a log, and lets `progress` tell how much of the file was read.
///
/// # Errors
/// When the file cannot be read.
pub fn open_with_progress(path: &Path, progress: &Progress) -> io::Result<FileReader> {
    source::open(path, progress).map(Reader::new)
}

/// The attribute that names cases and activities in the standard's concept extension.
pub const NAME_KEY: &str = "concept:name";
/// The attribute that holds an event's time in the standard's time extension.
pub const TIME_KEY: &str = "time:timestamp";
/// The attribute that holds who did it in the standard's organizational extension.
pub const RESOURCE_KEY: &str = "org:resource";
