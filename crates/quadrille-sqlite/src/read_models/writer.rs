//! The one connection that writes to a file.

use super::error::{commit_error, read_only, store_error};
use quadrille_core::StoreError;
use sqlx::{
    Connection, Executor, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteQueryResult},
};
use std::{
    ops::{Deref, DerefMut},
    path::Path,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It does: what was committed survives a loss of power.
    Full,
    /// It does not: a loss of power may take the latest commits, in order and whole.
    Lazy,
}

impl Durability {
    const fn pragma(self) -> &'static str {
        match self {
            Self::Full => "PRAGMA synchronous = FULL",
            Self::Lazy => "PRAGMA synchronous = NORMAL",
        }
    }
}

struct Open {
    connection: SqliteConnection,
    durability: Durability,
}

/// Hands out one transaction at a time, first come, first served.
pub(super) struct Writer {
    /// `None` when the file was opened read-only.
    options: Option<SqliteConnectOptions>,
    path: Arc<Path>,
    slot: Arc<Mutex<Option<Open>>>,
    /// How long to wait for one's turn.
    patience: Duration,
}

impl Writer {
    pub fn new(path: Arc<Path>, options: Option<SqliteConnectOptions>, patience: Duration) -> Self {
        Self { options, path, slot: Arc::default(), patience }
    }

    pub async fn begin(&self, durability: Durability) -> Result<WriteTx, StoreError> {
        let options = self.options.as_ref().ok_or_else(|| read_only(&self.path))?;
        let turn = tokio::time::timeout(self.patience, Arc::clone(&self.slot).lock_owned());
        let mut slot = turn
            .await
            .map_err(|waited| StoreError::unavailable(self.path.display().to_string(), waited))?;
        let fail = |error| store_error(&self.path, error);
        let mut open = match slot.take() {
            Some(open) if open.durability == durability => open,
            Some(Open { mut connection, .. }) => {
                connection.execute(durability.pragma()).await.map_err(fail)?;
                Open { connection, durability }
            }
            None => {
                let mut connection = SqliteConnection::connect_with(options).await.map_err(fail)?;
                connection.execute(durability.pragma()).await.map_err(fail)?;
                Open { connection, durability }
            }
        };
        open.connection.execute("BEGIN IMMEDIATE").await.map_err(fail)?;
        Ok(WriteTx { open, slot, path: Arc::clone(&self.path) })
    }

    /// Closes the connection, if nobody is writing or stops within the time that a writer waits.
    pub async fn close(&self) {
        let turn = tokio::time::timeout(self.patience, self.slot.lock());
        if let Ok(mut slot) = turn.await
            && let Some(open) = slot.take()
            && let Err(error) = open.connection.close().await
        {
            tracing::debug!(file = %self.path.display(), %error, "closing failed");
        }
    }
}

/// An open transaction.
///
/// Dropping it half-way, in an error, a panic or a cancelled future, closes the connection, and
/// with that rolls back: whatever state it was in, nobody meets it again.
pub(super) struct WriteTx {
    // Closed before the slot is free again.
    open: Open,
    slot: OwnedMutexGuard<Option<Open>>,
    path: Arc<Path>,
}

impl WriteTx {
    pub async fn commit(mut self) -> Result<(), StoreError> {
        self.finish("COMMIT").await.map_err(|error| commit_error(&self.path, error))?;
        self.put_back();
        Ok(())
    }

    pub async fn rollback(mut self) -> Result<(), StoreError> {
        self.finish("ROLLBACK").await.map_err(|error| self.fail(error))?;
        self.put_back();
        Ok(())
    }

    pub fn fail(&self, error: sqlx::Error) -> StoreError {
        store_error(&self.path, error)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn finish(&mut self, how: &'static str) -> Result<SqliteQueryResult, sqlx::Error> {
        self.open.connection.execute(how).await
    }

    fn put_back(self) {
        let Self { open, mut slot, .. } = self;
        *slot = Some(open);
    }
}

impl Deref for WriteTx {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.open.connection
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.open.connection
    }
}
