use super::{Sqlite, error::file_error};
use quadrille_core::StoreError;
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

/// How to open a directory of read models: made by [`Sqlite::options`].
#[derive(Debug, Clone)]
pub struct ReadModelOptions {
    pub(super) directory: PathBuf,
    pub(super) read_only: bool,
    pub(super) busy_timeout: Duration,
    pub(super) patience: Duration,
    pub(super) readers: u32,
}

impl ReadModelOptions {
    pub(super) fn new(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
            read_only: false,
            busy_timeout: Duration::from_secs(5),
            patience: Duration::from_secs(30),
            readers: 4,
        }
    }

    /// Opens what is there and never writes to it.
    pub fn read_only(mut self) -> Self {
        self.read_only = true;
        self
    }

    /// How long to wait for another process that writes to the same file: 5 seconds.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// How long to wait for others in this process, to write or for a connection to read:
    /// 30 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// How many connections may read a file at the same time: 4, and at least 1.
    pub fn readers(mut self, connections: u32) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// Opens the directory.
    ///
    /// # Errors
    /// When it cannot be used, or holds files that are not ours or from a newer release.
    pub async fn open(self) -> Result<Sqlite, StoreError> {
        Sqlite::start(self, None).await
    }

    /// Makes the directory and its path absolute, so that a change of the working directory does
    /// not move it.
    pub(super) fn resolve(&mut self) -> Result<(), StoreError> {
        let fail = |path: &Path, error| file_error(path, error);
        let path =
            std::path::absolute(&self.directory).map_err(|error| fail(&self.directory, error))?;
        let shown = path.display().to_string();
        if path.to_str().is_none() {
            return Err(StoreError::unusable(shown, "SQLite needs paths in UTF-8; rename it"));
        }
        if !self.read_only {
            fs::create_dir_all(&path).map_err(|error| fail(&path, error))?;
        } else if !path.join("state.db").exists() {
            let problem = "there are no read models; check the path, or start the app once";
            return Err(StoreError::unusable(shown, problem));
        }
        self.directory = path;
        Ok(())
    }
}
