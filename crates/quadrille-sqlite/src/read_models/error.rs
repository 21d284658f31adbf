//! What SQLite says, as the caller's next move.

use quadrille_core::StoreError;
use sqlx::error::DatabaseError;
use std::{io, path::Path};

/// The primary result codes of SQLite that mean something to a caller.
mod code {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const NOMEM: i32 = 7;
    pub const READONLY: i32 = 8;
    pub const INTERRUPT: i32 = 9;
    pub const IOERR: i32 = 10;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const PROTOCOL: i32 = 15;
    pub const NOTADB: i32 = 26;
}

/// The primary result code of an error, if SQLite made it.
fn primary_code(error: &dyn DatabaseError) -> Option<i32> {
    let extended: i32 = error.code()?.parse().ok()?;
    Some(extended & 0xff)
}

/// Whether the file is held by somebody else just now.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    let busy = |code| matches!(code, code::BUSY | code::LOCKED);
    error.as_database_error().and_then(primary_code).is_some_and(busy)
}

/// Whether an error is that of a file which may be usable again later, after a wait or when
/// somebody has made room or mended its rights, rather than that of a statement.
pub(super) fn is_passing(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Database(error) => matches!(
            primary_code(&**error),
            Some(code::BUSY..=code::IOERR | code::FULL..=code::PROTOCOL)
        ),
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        _ => false,
    }
}

/// An error of SQLite about a file.
pub(super) fn store_error(path: &Path, error: sqlx::Error) -> StoreError {
    let what = path.display().to_string();
    match &error {
        sqlx::Error::Database(found) => match primary_code(&**found) {
            Some(
                code::BUSY
                | code::LOCKED
                | code::NOMEM
                | code::INTERRUPT
                | code::IOERR
                | code::PROTOCOL,
            ) => StoreError::unavailable(what, error),
            Some(code::CORRUPT | code::NOTADB) => StoreError::corrupt(what, found.message()),
            Some(code::READONLY) => StoreError::unusable(
                what,
                format!("{}; let this user write the file and its directory", found.message()),
            ),
            Some(code::CANTOPEN) => StoreError::unusable(
                what,
                format!("{}; check that the directory is there and may be read", found.message()),
            ),
            Some(code::FULL) => StoreError::unusable(
                what,
                format!("{}; make room on the disk and start again", found.message()),
            ),
            _ => StoreError::unusable(what, found.message()),
        },
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
            StoreError::corrupt(what, error.to_string())
        }
        sqlx::Error::Io(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::unavailable(what, error),
        _ => StoreError::unusable(what, error.to_string()),
    }
}

/// An error of a commit: when the disk failed under it, nobody knows what was kept.
pub(super) fn commit_error(path: &Path, error: sqlx::Error) -> StoreError {
    let code = error.as_database_error().and_then(primary_code);
    if code == Some(code::IOERR) || matches!(error, sqlx::Error::WorkerCrashed) {
        let what = format!("a commit to {}", path.display());
        return StoreError::OutcomeUnknown { what, source: error.into() };
    }
    store_error(path, error)
}

/// An error of the file system about a file or a directory.
pub(super) fn file_error(path: &Path, error: io::Error) -> StoreError {
    let what = path.display().to_string();
    match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            StoreError::unusable(what, format!("{error}; let this user write there"))
        }
        io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => {
            StoreError::unusable(what, format!("{error}; name a directory"))
        }
        _ => StoreError::unavailable(what, error),
    }
}

/// A write to what was opened for reading only.
pub(super) fn read_only(path: &Path) -> StoreError {
    StoreError::unusable(
        path.display().to_string(),
        "it was opened read-only; open it for writing with `Sqlite::open`",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{borrow::Cow, error::Error, fmt};

    #[derive(Debug)]
    struct Coded(i32);

    impl fmt::Display for Coded {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "code {}", self.0)
        }
    }

    impl Error for Coded {}

    impl DatabaseError for Coded {
        fn message(&self) -> &str {
            "it failed"
        }
        fn code(&self) -> Option<Cow<'_, str>> {
            Some(self.0.to_string().into())
        }
        fn as_error(&self) -> &(dyn Error + Send + Sync + 'static) {
            self
        }
        fn as_error_mut(&mut self) -> &mut (dyn Error + Send + Sync + 'static) {
            self
        }
        fn into_error(self: Box<Self>) -> Box<dyn Error + Send + Sync + 'static> {
            self
        }
        fn kind(&self) -> sqlx::error::ErrorKind {
            sqlx::error::ErrorKind::Other
        }
    }

    fn check(code: i32, expected: &str) {
        let error = || sqlx::Error::Database(Box::new(Coded(code)));
        let mapped = store_error(Path::new("state.db"), error());
        assert!(format!("{mapped:?}").starts_with(expected), "{code}: {mapped:?}");
        assert!(mapped.to_string().contains("state.db"), "{mapped}");
        assert_eq!(is_passing(&error()), ![1, 11, 19, 26].contains(&code), "{code}");
    }

    #[test]
    fn codes_are_mapped_to_the_next_move() {
        check(5, "Unavailable"); // busy
        check(517, "Unavailable"); // busy, snapshot
        check(6, "Unavailable"); // locked
        check(10 | 4 << 8, "Unavailable"); // I/O error, fsync
        check(11, "Corrupt"); // corrupt
        check(26, "Corrupt"); // not a database
        check(8, "Unusable"); // read-only
        check(14, "Unusable"); // cannot open
        check(13, "Unusable"); // full
        check(19, "Unusable"); // constraint
        check(1, "Unusable"); // a mistake in the statement
    }

    #[test]
    fn a_commit_on_a_failing_disk_has_an_unknown_outcome() {
        let error = sqlx::Error::Database(Box::new(Coded(10 | 4 << 8)));
        let mapped = commit_error(Path::new("state.db"), error);
        assert!(matches!(mapped, StoreError::OutcomeUnknown { .. }), "{mapped:?}");
    }
}
