//! From a path to a file that is known to be a store of ours and up to date.

use super::{Durability, SqliteOptions};
use crate::error::{READ_ONLY, store_error};
use chrono::Utc;
use quadrille_core::{StoreError, StoreId};
use quadrille_migrations::sqlite::events::{FORMAT, INSERTS, SCHEMA};
use rusqlite::{
    Connection, OpenFlags, TransactionBehavior, config::DbConfig, functions::FunctionFlags, params,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};
use uuid::Uuid;

/// The write-ahead log is cut when it is larger than this, if need be after readers have ended.
pub(super) const WAL_LIMIT_BYTES: u64 = 16 << 20;

/// A store's file, with the options that concern it.
#[derive(Debug, Clone)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) options: SqliteOptions,
}

/// What a file turned out to be.
enum Found {
    Empty,
    Store { format: u32, migrations: usize },
    Foreign { application_id: i32 },
}

impl File {
    /// Makes the file if it may, checks that it is ours, and brings it up to date.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        self.check_path()?;
        if self.is_missing()? {
            self.create()?;
        }
        // SQLite writes to a file that needs recovery as soon as it is opened for writing: whose it
        // is has to be known before.
        let had_wal = self.wal().exists();
        let reader = self.reader()?;
        // In a transaction, so that nobody makes it between one look and the next.
        let found = match reader.unchecked_transaction() {
            Ok(reader) => self.find(&reader),
            Err(error) => Err(self.error(error)),
        };
        drop(reader);
        if found.is_err() && !had_wal {
            self.tidy();
        }
        match found? {
            Found::Store { migrations, .. } if migrations >= SCHEMA.migrations.len() => Ok(()),
            Found::Store { .. } if self.options.read_only => Err(self.unusable(
                "it was written by an older release; open it once for writing, which brings it up to date",
            )),
            Found::Empty if self.options.read_only || !self.options.create => Err(self.unusable(
                "it is empty; check the path, or open it for writing with `create(true)`",
            )),
            _ => self.migrate(&mut self.writer()?),
        }
    }

    /// Removes the empty log that reading a file leaves beside it. Only a connection that may write
    /// does so, when it is closed; there is nothing for it to write.
    fn tidy(&self) {
        if self.wal().exists()
            && let Ok(connection) = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)
        {
            // What was to be said about this file has been found already.
            let _ = connection.query_row("SELECT 1 FROM sqlite_schema", [], |_| Ok(()));
        }
    }

    /// A connection that writes.
    pub(super) fn writer(&self) -> Result<Connection, StoreError> {
        let connection = self.connect(OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if connection.is_readonly("main").map_err(|error| self.error(error))? {
            return Err(self.unusable(READ_ONLY));
        }
        let mode = self.configure_writer(&connection).map_err(|error| self.error(error))?;
        if mode != "wal" {
            return Err(self.unusable(format!(
                "its journal is in mode {mode}, and its file system cannot do `wal`; move it to a local disk"
            )));
        }
        Ok(connection)
    }

    /// A connection that only reads.
    pub(super) fn reader(&self) -> Result<Connection, StoreError> {
        self.connect(OpenFlags::SQLITE_OPEN_READ_ONLY)
    }

    pub(super) fn store_id(&self, connection: &Connection) -> Result<StoreId, StoreError> {
        connection
            .query_row("SELECT id FROM store", [], |row| row.get(0))
            .map(|id| StoreId(Uuid::from_bytes(id)))
            .map_err(|error| self.error(error))
    }

    /// Where SQLite keeps the write-ahead log.
    pub(super) fn wal(&self) -> PathBuf {
        let mut wal = self.path.clone().into_os_string();
        wal.push("-wal");
        wal.into()
    }

    pub(super) fn error(&self, error: rusqlite::Error) -> StoreError {
        store_error(&self.path, error)
    }

    fn unusable(&self, problem: impl Into<String>) -> StoreError {
        StoreError::unusable(self.path.display().to_string(), problem)
    }

    fn check_path(&self) -> Result<(), StoreError> {
        let in_memory = self.path.as_os_str().is_empty() || self.path == Path::new(":memory:");
        if in_memory {
            return Err(self.unusable(
                "that names no file; give a path, or use the in-memory store of `quadrille`",
            ));
        }
        if self.path.is_dir() {
            return Err(self.unusable("it is a directory; give the path of a file in it"));
        }
        Ok(())
    }

    fn is_missing(&self) -> Result<bool, StoreError> {
        let exists = self.path.try_exists().map_err(|error| {
            self.unusable(format!("{error}; check who may enter the directories above it"))
        })?;
        if !exists && (self.options.read_only || !self.options.create) {
            return Err(self.unusable(
                "there is no such file; check the path, or open it for writing with `create(true)`",
            ));
        }
        Ok(!exists)
    }

    /// Makes a complete store under another name and then gives it its own, so that nobody ever
    /// sees a part of one and a failure leaves nothing behind.
    fn create(&self) -> Result<(), StoreError> {
        let directory = match self.path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        let unusable = |error: io::Error| {
            let place = directory.display();
            self.unusable(match error.kind() {
                io::ErrorKind::NotFound => {
                    format!("the directory {place} does not exist; create it first")
                }
                _ => format!("no file can be made in {place}: {error}"),
            })
        };
        // The path alone is kept: closing a file drops the locks that SQLite holds on it.
        let fresh = builder().tempfile_in(directory).map_err(unusable)?.into_temp_path();
        let file = Self { path: fresh.to_path_buf(), options: self.options.clone() };
        let mut connection = file.writer()?;
        file.migrate(&mut connection)?;
        connection.close().map_err(|(_, error)| self.error(error))?;
        match fresh.persist_noclobber(&self.path) {
            Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
                Err(unusable(error.error))
            }
            // Another process was faster: its store is as good.
            _ => sync_directory(directory).map_err(unusable),
        }
    }

    fn connect(&self, mode: OpenFlags) -> Result<Connection, StoreError> {
        let flags = mode | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let configured = || {
            let connection = Connection::open_with_flags(&self.path, flags)?;
            connection.busy_timeout(self.options.busy_timeout)?;
            connection.set_prepared_statement_cache_capacity(64);
            // Else a statement is prepared anew for every value that its plan might depend on, and
            // that of a LIMIT is one.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "cache_size", -16_384)?;
            connection.pragma_update(None, "temp_store", "memory")?;
            Ok(connection)
        };
        configured().map_err(|error| self.error(error))
    }

    fn configure_writer(&self, connection: &Connection) -> rusqlite::Result<String> {
        let synchronous = match self.options.durability {
            Durability::Full => "FULL",
            Durability::LastCommitsMayBeLost => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        // A trigger keeps out whoever does not know this function.
        let flags = FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_INNOCUOUS;
        connection.create_scalar_function(INSERTS, 0, flags, |_| Ok(true))?;
        // References are right by construction: only this crate writes, and nothing is deleted.
        connection.pragma_update(None, "foreign_keys", false)?;
        // Without these two, `fsync` on macOS leaves data in the drive's cache.
        connection.pragma_update(None, "fullfsync", self.options.durability == Durability::Full)?;
        connection.pragma_update(None, "checkpoint_fullfsync", true)?;
        connection.pragma_update(None, "wal_autocheckpoint", 1000)?;
        connection.pragma_update(None, "journal_size_limit", WAL_LIMIT_BYTES as i64)?;
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))
    }

    fn find(&self, connection: &Connection) -> Result<Found, StoreError> {
        let found = find(connection).map_err(|error| self.error(error))?;
        match found {
            Found::Foreign { application_id } => Err(self.unusable(format!(
                "it is a SQLite file, but not {} (application id {application_id}); give another path",
                SCHEMA.what
            ))),
            Found::Store { format, .. } if format > FORMAT => Err(self.unusable(format!(
                "it has format {format}, and this release reads format {FORMAT}; use a newer release"
            ))),
            found => Ok(found),
        }
    }

    fn migrate(&self, connection: &mut Connection) -> Result<(), StoreError> {
        let error = |error| self.error(error);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error)?;
        // Somebody else may have been at work since the first look.
        let taken = match self.find(&transaction)? {
            Found::Store { migrations, .. } => migrations,
            _ => 0,
        };
        take_steps(&transaction, taken).map_err(error)?;
        transaction.commit().map_err(error)
    }
}

fn find(connection: &Connection) -> rusqlite::Result<Found> {
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i32>(0));
    let (application_id, format) = (pragma("application_id")?, pragma("user_version")?);
    if application_id == SCHEMA.application_id {
        let migrations = "SELECT count(*) FROM quadrille_migrations";
        let migrations = connection.query_row(migrations, [], |row| row.get::<_, i64>(0))?;
        return Ok(Found::Store { format: format as u32, migrations: migrations as usize });
    }
    let objects = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0))?;
    let empty = application_id == 0 && format == 0 && objects == 0;
    Ok(if empty { Found::Empty } else { Found::Foreign { application_id } })
}

fn take_steps(connection: &Connection, taken: usize) -> rusqlite::Result<()> {
    let now = Utc::now().timestamp_micros();
    connection.execute_batch(include_str!("file/create_migrations.sql"))?;
    for (index, step) in SCHEMA.migrations.iter().enumerate().skip(taken) {
        connection.execute_batch(step.sql)?;
        let insert = "INSERT INTO quadrille_migrations (number, name, applied_at) VALUES (?, ?, ?)";
        connection.execute(insert, params![index as i64 + 1, step.name, now])?;
    }
    if taken == 0 {
        let insert = "INSERT INTO store (only_one, id, created_at) VALUES (1, ?, ?)";
        connection.execute(insert, params![StoreId::new().0.as_bytes(), now])?;
    }
    connection.pragma_update(None, "application_id", SCHEMA.application_id)?;
    connection.pragma_update(None, "user_version", FORMAT)
}

#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    // As SQLite itself makes files; the umask takes its part away.
    builder.prefix(".quadrille-").permissions(fs::Permissions::from_mode(0o644));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".quadrille-");
    builder
}

/// A new name survives a power failure only once its directory is flushed.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> io::Result<()> {
    fs::File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> io::Result<()> {
    Ok(())
}
