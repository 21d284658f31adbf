use super::{PostgresStore, open};
use crate::server::Server;
use quadrille_core::{StoreError, store::Limits};
use std::time::Duration;

/// How a [`PostgresStore`] is opened: made by [`PostgresStore::options`].
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    url: String,
    schema: Option<String>,
    migrate: bool,
    migration_patience: Duration,
    pub(super) limits: Limits,
    pub(super) readers: u32,
    pub(super) writers: u32,
    pub(super) queue: usize,
    pub(super) queue_bytes: usize,
    pub(super) patience: Duration,
    pub(super) listen: bool,
    pub(super) pooler: bool,
}

impl PostgresOptions {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            schema: None,
            migrate: false,
            migration_patience: Duration::from_secs(600),
            limits: Limits::default(),
            readers: 4,
            writers: 2,
            queue: 4096,
            queue_bytes: 64 << 20,
            patience: Duration::from_secs(10),
            listen: true,
            pooler: false,
        }
    }

    /// The schema that holds the store, whatever the URL's parameter `schema` says: `quadrille`
    /// where neither names one. Up to 24 lower-case letters, digits and `_`.
    pub fn schema(mut self, schema: impl Into<String>) -> Self {
        self.schema = Some(schema.into());
        self
    }

    /// Whether the schema is made, or brought up to date, where it is not. It is refused
    /// unless this says otherwise.
    pub fn migrate(mut self, migrate: bool) -> Self {
        self.migrate = migrate;
        self
    }

    /// How long a migration waits for each lock that others hold, such as another migration's, before
    /// it says [`StoreError::Unavailable`] and names them: 10 minutes. `tracing` is told of them as
    /// soon as it waits for half of `patience`.
    pub fn migration_patience(mut self, patience: Duration) -> Self {
        self.migration_patience = patience;
        self
    }

    /// How long to wait where it is to be migrated.
    pub(super) fn migrates(&self) -> Option<Duration> {
        self.migrate.then_some(self.migration_patience)
    }

    /// What an append may hold.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Connections that read: 4, made when they are needed. Besides, half as many load aggregates.
    pub fn readers(mut self, connections: u32) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// Connections that load aggregates.
    pub(super) fn loads(&self) -> u32 {
        (self.readers / 2).max(1)
    }

    /// Connections that write, and with it transactions that are on their way at once: 2. The
    /// appends that wait meanwhile share the next.
    pub fn writers(mut self, connections: u32) -> Self {
        self.writers = connections.max(1);
        self
    }

    /// How many appends, and how many bytes of their payloads, wait for a writer at most: 4,096
    /// and 64 MiB. An append larger than that waits for an empty queue.
    pub fn queue(mut self, appends: usize, bytes: usize) -> Self {
        (self.queue, self.queue_bytes) = (appends.max(1), bytes.max(1));
        self
    }

    /// How long a call waits for a place in a full queue, for a connection and for an answer, and
    /// how long an append is tried again when connections are lost, before it says
    /// [`StoreError::Unavailable`] or [`StoreError::OutcomeUnknown`]: 10 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Whether one more connection listens for what other processes append, which it does unless
    /// this says otherwise. Without it they are noticed when the app next polls.
    pub fn listen(mut self, listen: bool) -> Self {
        self.listen = listen;
        self
    }

    /// Says that the URL leads to a pooler in transaction mode, which knows no sessions: nobody
    /// listens then, and connections are asked for no settings, which only plans gain from.
    pub fn pooler(mut self, pooler: bool) -> Self {
        self.pooler = pooler;
        self
    }

    /// Opens the store.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the URL cannot be read, the server or the schema is not as it
    /// must be, or this user may not use it; [`StoreError::Unavailable`] when the server cannot be
    /// reached.
    pub async fn open(self) -> Result<PostgresStore, StoreError> {
        let server = Server::parse(&self.url, self.schema.as_deref())?;
        open::open(server, self).await
    }
}
