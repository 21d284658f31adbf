use super::{SqliteStore, open};
use quadrille_core::{StoreError, store::Limits};
use std::{path::Path, time::Duration};

/// What an append that returned `Ok` has survived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Durability {
    /// Whatever happens: each commit is flushed to the disk (`synchronous = FULL`).
    #[default]
    Full,
    /// The end of the process, but not of the machine: when the power fails, the last commits may
    /// be gone, though never a part of one (`synchronous = NORMAL`). Positions that were handed out
    /// may then come again with other events.
    LastCommitsMayBeLost,
}

/// How a [`SqliteStore`] is opened.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    pub(super) durability: Durability,
    pub(super) create: bool,
    pub(super) read_only: bool,
    pub(super) limits: Limits,
    pub(super) busy_timeout: Duration,
    pub(super) readers: usize,
    pub(super) queue: usize,
    pub(super) queue_bytes: usize,
    pub(super) patience: Duration,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            durability: Durability::default(),
            create: true,
            read_only: false,
            limits: Limits::default(),
            busy_timeout: Duration::from_secs(5),
            readers: std::thread::available_parallelism().map_or(2, |n| n.get().clamp(2, 8)),
            queue: 4096,
            queue_bytes: 64 << 20,
            patience: Duration::from_secs(10),
        }
    }
}

impl SqliteOptions {
    /// What a commit survives: everything, unless this says otherwise.
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Whether a file that does not exist is made. It is, unless this says otherwise.
    pub fn create(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    /// Opens an existing file to read only; appends say [`StoreError::Unusable`].
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        self
    }

    /// What an append may hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How long to wait for a lock that another process holds: 5 seconds.
    pub fn busy_timeout(mut self, timeout: Duration) -> Self {
        self.busy_timeout = timeout;
        self
    }

    /// Threads that read, each with a connection: as many as processors, from 2 to 8.
    pub fn readers(mut self, readers: usize) -> Self {
        self.readers = readers.max(1);
        self
    }

    /// How many appends, and how many bytes of their payloads, wait for the writer at most: 4,096
    /// and 64 MiB. An append larger than that waits for an empty queue. As many reads may wait.
    pub fn queue(mut self, appends: usize, bytes: usize) -> Self {
        (self.queue, self.queue_bytes) = (appends.max(1), bytes.max(1));
        self
    }

    /// How long a call waits for a place in a full queue before it says
    /// [`StoreError::Unavailable`]: 10 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Opens the store in this file, and makes or migrates it where needed.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the file is missing, not a store of ours, newer than this
    /// release, or must not be written to; [`StoreError::Unavailable`] when another process keeps
    /// it locked; [`StoreError::Corrupt`] when it is damaged.
    pub async fn open(self, path: impl AsRef<Path>) -> Result<SqliteStore, StoreError> {
        open::open(path.as_ref().to_owned(), self).await
    }
}
