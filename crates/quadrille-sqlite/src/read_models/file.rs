//! A file of ours: known by its mark, in its newest format, with one writer and several readers.

mod prepare;

use super::{
    ReadModelOptions,
    error::store_error,
    writer::{Durability, WriteTx, Writer},
};
use quadrille_core::StoreError;
use quadrille_migrations::sqlite::Schema;
use sqlx::{
    ConnectOptions, SqlitePool,
    pool::PoolOptions,
    sqlite::{SqliteConnectOptions, SqlitePoolOptions},
};
use std::{path::Path, sync::Arc};

/// An open file.
pub(super) struct File {
    path: Arc<Path>,
    writer: Writer,
    reads: SqlitePool,
}

impl File {
    /// Opens a file, and unless it is read-only makes it or brings it to the newest format.
    pub async fn open(
        path: &Path,
        schema: &Schema,
        options: &ReadModelOptions,
    ) -> Result<Self, StoreError> {
        prepare::prepare(path, schema, options).await?;
        let path: Arc<Path> = path.into();
        let write = (!options.read_only).then(|| connect_options(options).filename(&path));
        Ok(Self {
            writer: Writer::new(Arc::clone(&path), write, options.patience),
            reads: read_pool(&path, options),
            path,
        })
    }

    pub async fn begin(&self, durability: Durability) -> Result<WriteTx, StoreError> {
        self.writer.begin(durability).await
    }

    /// Connections that cannot write.
    pub fn reads(&self) -> &SqlitePool {
        &self.reads
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn fail(&self, error: sqlx::Error) -> StoreError {
        store_error(&self.path, error)
    }

    pub async fn close(&self) {
        self.reads.close().await;
        self.writer.close().await;
    }
}

/// What all connections have in common.
pub(super) fn connect_options(options: &ReadModelOptions) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .busy_timeout(options.busy_timeout)
        .statement_cache_capacity(128)
        .disable_statement_logging()
}

/// A pool's settings: connections are made when they are needed, and closed when they are not.
pub(super) fn pool_options(options: &ReadModelOptions) -> SqlitePoolOptions {
    PoolOptions::new()
        .min_connections(0)
        .max_connections(options.readers)
        .acquire_timeout(options.patience)
        .test_before_acquire(false)
}

/// Connections to one file that cannot write.
pub(super) fn read_pool(path: &Path, options: &ReadModelOptions) -> SqlitePool {
    let connect = connect_options(options).filename(path).read_only(true);
    pool_options(options).connect_lazy_with(connect)
}
