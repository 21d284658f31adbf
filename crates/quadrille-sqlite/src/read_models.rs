//! Read models and engine state, in the files of one directory.
//!
//! `state.db` holds what the engine remembers and the registry of read models; each read model
//! has a file of its own, with its rows, its checkpoint and its parked events, since SQLite does
//! not commit across files.

mod decode;
mod error;
mod file;
mod models;
mod name;
mod options;
mod progress;
mod query;
mod readers;
mod registry;
mod rows;
mod state;
mod table;
mod tx;
mod value;
mod writer;

pub use options::ReadModelOptions;
pub use query::{SqlFetch, query, query_as, query_scalar};
pub use tx::SqliteTx;

use error::file_error;
use file::File;
use quadrille_core::{StoreError, state::Consumer};
use quadrille_migrations::sqlite;
use readers::Readers;
use std::{
    collections::HashMap,
    fmt, fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;
use tokio::sync::Mutex;

/// Read models and engine state in SQLite. Clones share one set of connections.
///
/// Several of these, in one process or in several on one host, may use the same directory; a
/// network file system must not be used.
#[derive(Clone)]
pub struct Sqlite {
    inner: Arc<Inner>,
}

struct Inner {
    options: ReadModelOptions,
    state: File,
    models: Mutex<HashMap<Consumer, Arc<File>>>,
    readers: Mutex<Readers>,
    // Deleted last, when all connections are closed.
    _temporary: Option<TempDir>,
}

impl Sqlite {
    /// Opens a directory, and makes it if it is not there.
    ///
    /// # Errors
    /// When the directory cannot be used, or holds files that are not ours or from a newer
    /// release.
    pub async fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::options(directory).open().await
    }

    /// Opens the directory that belongs to a file of events: `bank.read-models` next to `bank.db`.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub async fn beside(events: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open(Self::directory_beside(events)).await
    }

    /// The directory that [`Sqlite::beside`] opens.
    pub fn directory_beside(events: impl AsRef<Path>) -> PathBuf {
        events.as_ref().with_extension("read-models")
    }

    /// A directory that is deleted with the last clone of this.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn temporary() -> Result<Self, StoreError> {
        let parent = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix("quadrille-").tempdir_in(&parent);
        let temporary = made.map_err(|error| file_error(&parent, error))?;
        Self::start(Self::options(temporary.path()), Some(temporary)).await
    }

    /// Settings other than the usual ones.
    pub fn options(directory: impl AsRef<Path>) -> ReadModelOptions {
        ReadModelOptions::new(directory.as_ref())
    }

    /// Where the files are.
    pub fn directory(&self) -> &Path {
        &self.inner.options.directory
    }

    /// Closes all connections of all clones, those handed out for queries too, once nobody uses
    /// them. Nothing needs it but systems that cannot delete open files.
    pub async fn close(&self) {
        self.readers().lock().await.close().await;
        for (_, file) in self.inner.models.lock().await.drain() {
            file.close().await;
        }
        self.state().close().await;
    }

    async fn start(
        mut options: ReadModelOptions,
        temporary: Option<TempDir>,
    ) -> Result<Self, StoreError> {
        options.resolve()?;
        let path = options.directory.join("state.db");
        let state = File::open(&path, &sqlite::state::SCHEMA, &options).await?;
        let inner = Inner {
            options,
            state,
            models: Mutex::default(),
            readers: Mutex::default(),
            _temporary: temporary,
        };
        let this = Self { inner: Arc::new(inner) };
        if !this.settings().read_only {
            this.sweep().await?;
        }
        Ok(this)
    }

    /// Deletes files whose removal was begun and not finished.
    async fn sweep(&self) -> Result<(), StoreError> {
        let entries = registry::entries(self.state().reads()).await;
        for entry in entries.map_err(|error| self.state().fail(error))? {
            if entry.stage.is_none() {
                self.delete_files(&entry.consumer)?;
            }
        }
        Ok(())
    }

    fn delete_files(&self, consumer: &Consumer) -> Result<(), StoreError> {
        let path = self.path_of(consumer);
        // The file itself goes last: while it is there, the others are known to belong to it.
        for suffix in ["-wal", "-shm", ""] {
            let mut name = path.clone().into_os_string();
            name.push(suffix);
            let path = PathBuf::from(name);
            if path.exists() {
                fs::remove_file(&path).map_err(|error| file_error(&path, error))?;
            }
        }
        Ok(())
    }

    fn settings(&self) -> &ReadModelOptions {
        &self.inner.options
    }

    fn state(&self) -> &File {
        &self.inner.state
    }

    fn readers(&self) -> &Mutex<Readers> {
        &self.inner.readers
    }

    fn path_of(&self, consumer: &Consumer) -> PathBuf {
        self.directory().join(name::file_name(consumer))
    }

    async fn is_registered(&self, consumer: &Consumer) -> Result<bool, StoreError> {
        let state = self.state();
        let found = registry::entry(state.reads(), consumer).await;
        let found = found.map_err(|error| state.fail(error))?;
        Ok(found.is_some_and(|entry| entry.stage.is_some() && entry.consumer == *consumer))
    }

    /// The file of a read model that was opened at some time and not removed.
    async fn model(&self, consumer: &Consumer) -> Result<Arc<File>, StoreError> {
        let mut models = self.inner.models.lock().await;
        if let Some(file) = models.get(consumer) {
            return Ok(Arc::clone(file));
        }
        if !self.is_registered(consumer).await? {
            return Err(registry::unknown(consumer));
        }
        let file = Arc::new(self.open_file(consumer).await?);
        models.insert(consumer.clone(), Arc::clone(&file));
        Ok(file)
    }

    async fn open_file(&self, consumer: &Consumer) -> Result<File, StoreError> {
        let path = self.path_of(consumer);
        File::open(&path, &sqlite::read_models::SCHEMA, self.settings()).await
    }

    /// As [`Sqlite::model`], but `None` where there is nothing to read.
    async fn model_if_there(&self, consumer: &Consumer) -> Result<Option<Arc<File>>, StoreError> {
        if let Some(file) = self.inner.models.lock().await.get(consumer) {
            return Ok(Some(Arc::clone(file)));
        }
        let missing = self.settings().read_only && !self.path_of(consumer).exists();
        if missing || !self.is_registered(consumer).await? {
            return Ok(None);
        }
        self.model(consumer).await.map(Some)
    }

    /// As [`Sqlite::model`], but notices when another process has removed it meanwhile.
    async fn model_to_claim(&self, consumer: &Consumer) -> Result<Arc<File>, StoreError> {
        if !self.is_registered(consumer).await? {
            self.forget(consumer).await;
        }
        self.model(consumer).await
    }

    /// Lets go of a read model's connections.
    async fn forget(&self, consumer: &Consumer) -> Option<Arc<File>> {
        self.inner.models.lock().await.remove(consumer)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sqlite").field("directory", &self.directory()).finish_non_exhaustive()
    }
}
