//! What SQLite's codes mean to callers of the event store.

use quadrille_core::StoreError;
use rusqlite::{Error, ErrorCode};
use std::{path::Path, sync::Arc};

/// Nothing was written: a statement failed, or the transaction was rolled back.
pub(crate) fn store_error(file: &Path, error: impl Into<Arc<Error>>) -> StoreError {
    let (file, error) = (file.display().to_string(), error.into());
    let Some(code) = error.sqlite_error_code() else {
        let problem =
            format!("a row does not have the form that it was written in: {error}; {REPAIR}");
        return StoreError::corrupt(file, problem);
    };
    match code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => {
            StoreError::unavailable(format!("{file}, which another process keeps locked"), error)
        }
        ErrorCode::DiskFull => {
            StoreError::unavailable(format!("{file}, whose disk is full"), error)
        }
        ErrorCode::SystemIoFailure
        | ErrorCode::OutOfMemory
        | ErrorCode::OperationInterrupted
        | ErrorCode::FileLockingProtocolFailed => StoreError::unavailable(file, error),
        ErrorCode::NotADatabase => StoreError::unusable(
            file,
            "it is not a SQLite database; give the path of a store, or of a file that does not exist yet",
        ),
        ErrorCode::CannotOpen | ErrorCode::PermissionDenied => StoreError::unusable(
            file,
            "it cannot be opened; check that this user may write to the file and to its directory, where SQLite keeps a log beside it",
        ),
        ErrorCode::ReadOnly => StoreError::unusable(file, READ_ONLY),
        ErrorCode::TooBig => {
            StoreError::unusable(file, "a value is larger than SQLite can hold; lower the limits")
        }
        _ => StoreError::corrupt(file, format!("{error}; {REPAIR}")),
    }
}

/// What a file says that cannot be written to.
pub(crate) const READ_ONLY: &str = "it cannot be written to; give this user the right to write, or open it with `read_only(true)` to read";

const REPAIR: &str = "stop writing to it, run `PRAGMA integrity_check`, and restore a backup";

/// A commit failed half-way: what it wrote may come back when the file is next recovered.
pub(crate) fn outcome_unknown(file: &Path, error: Arc<Error>) -> StoreError {
    let what = format!("the append to {}", file.display());
    StoreError::OutcomeUnknown { what, source: error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn check(code: i32, expected: fn(&StoreError) -> bool, part: &str) {
        let error = Error::SqliteFailure(ffi::Error::new(code), None);
        let mapped = store_error(Path::new("orders.db"), error);
        assert!(expected(&mapped), "{mapped:?}");
        assert!(mapped.to_string().contains(part), "{mapped}");
    }

    #[test]
    fn a_code_becomes_the_callers_next_move() {
        let unavailable = |error: &StoreError| matches!(error, StoreError::Unavailable { .. });
        let unusable = |error: &StoreError| matches!(error, StoreError::Unusable { .. });
        let corrupt = |error: &StoreError| matches!(error, StoreError::Corrupt { .. });
        check(ffi::SQLITE_BUSY, unavailable, "reach orders.db, which another process keeps locked");
        check(ffi::SQLITE_FULL, unavailable, "disk is full");
        check(ffi::SQLITE_IOERR, unavailable, "reach orders.db");
        check(ffi::SQLITE_NOTADB, unusable, "not a SQLite database");
        check(ffi::SQLITE_CANTOPEN, unusable, "may write to the file and to its directory");
        check(ffi::SQLITE_READONLY, unusable, "read_only(true)");
        check(ffi::SQLITE_CORRUPT, corrupt, "restore a backup");
    }
}
