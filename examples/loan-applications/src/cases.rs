//! Cases out of a log in XES.

use crate::replay::{Case, LogEvent};
use quadrille_cli::xes::{self, CaseEvent, NAME_KEY, RESOURCE_KEY, TIME_KEY, XesError};
use std::{
    io,
    path::{Path, PathBuf},
};

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("open {}", path.display())]
    Open { path: PathBuf, source: io::Error },
    /// It is not a log that can be replayed.
    #[error("read {}", path.display())]
    Read { path: PathBuf, source: XesError },
}

/// The first `limit` cases of a log, plain or gzipped.
///
/// # Errors
/// When the file cannot be read or an event lacks its activity or its time.
pub fn read(path: &Path, limit: usize) -> Result<Vec<Case>, ReadError> {
    let log = xes::open(path);
    let log = log.map_err(|source| ReadError::Open { path: path.into(), source })?;
    let cases = log.take(limit).map(|case| case.and_then(|case| from_xes(&case)));
    cases.collect::<Result<_, _>>().map_err(|source| ReadError::Read { path: path.into(), source })
}

fn from_xes(case: &xes::Case) -> Result<Case, XesError> {
    let euros = case.text("AMOUNT_REQ").ok().and_then(|text| text.parse().ok());
    let events = case.events.iter().map(event_from_xes).collect::<Result<_, _>>()?;
    Ok(Case { name: case.text(NAME_KEY)?, euros: euros.unwrap_or_default(), events })
}

fn event_from_xes(event: &CaseEvent) -> Result<LogEvent, XesError> {
    Ok(LogEvent {
        activity: event.text(NAME_KEY)?,
        lifecycle: event.find("lifecycle:transition").unwrap_or_default(),
        resource: event.find(RESOURCE_KEY),
        time: event.time(TIME_KEY, None)?,
    })
}
