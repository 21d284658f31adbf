//! Logs into the store.

mod feed;
mod jsonl;
mod name;
mod xes;

pub(crate) use jsonl::import_jsonl;
pub(crate) use xes::import_xes;

use crate::{
    Progress,
    explain::{Explain, Outcome},
    source::{self, Source},
};
use std::path::Path;

/// A file to read, or standard input for `-`, with its length if it has one.
fn open(file: &Path, progress: &Progress) -> Outcome<(Source, Option<u64>)> {
    let what = || format!("read {}", file.display());
    if file == Path::new("-") {
        return Ok((source::standard_input(progress).explain(what)?, None));
    }
    let length = file.metadata().explain(what)?.len();
    Ok((source::open(file, progress).explain(what)?, Some(length)))
}
