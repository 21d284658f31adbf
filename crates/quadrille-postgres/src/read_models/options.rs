use super::Postgres;
use crate::{migrate, server::Server};
use quadrille_core::StoreError;
use quadrille_migrations::postgres::state::SCHEMA;
use std::time::Duration;

/// How to open a database for read models: made by [`Postgres::options`].
#[derive(Debug, Clone)]
pub struct ReadModelOptions {
    url: String,
    schema: Option<String>,
    migrate: bool,
    migration_patience: Duration,
    pub(super) connections: u32,
    pub(super) readers: u32,
    pub(super) patience: Duration,
    pub(super) pooler: bool,
}

impl ReadModelOptions {
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            schema: None,
            migrate: false,
            migration_patience: Duration::from_secs(600),
            connections: 8,
            readers: 4,
            patience: Duration::from_secs(10),
            pooler: false,
        }
    }

    /// The schema, whatever the URL's parameter `schema` says: `quadrille` where neither names one.
    /// Those of read models begin with its name.
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

    /// Connections on which consumers work: 8, made when they are needed. Two more renew and release
    /// their leases.
    pub fn connections(mut self, connections: u32) -> Self {
        self.connections = connections.max(1);
        self
    }

    /// Connections that [`Postgres::reader`] hands out: 4, made when they are needed.
    pub fn readers(mut self, connections: u32) -> Self {
        self.readers = connections.max(1);
        self
    }

    /// How long to wait for a connection, and for an answer: 10 seconds.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Says that the URL leads to a pooler in transaction mode, which knows no sessions: queries of
    /// [`Postgres::reader`] then have to name the schema of views themselves.
    pub fn pooler(mut self, pooler: bool) -> Self {
        self.pooler = pooler;
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    /// [`StoreError::Unusable`] when the URL cannot be read, the server or the schema is not as it
    /// must be, or this user may not use it; [`StoreError::Unavailable`] when the server cannot be
    /// reached.
    pub async fn open(self) -> Result<Postgres, StoreError> {
        let server = Server::parse(&self.url, self.schema.as_deref())?;
        Postgres::start(server, self).await
    }

    /// Opens the database if it holds read models or engine state already, which it does once an app
    /// has run on it.
    ///
    /// # Errors
    /// As [`ReadModelOptions::open`].
    pub async fn open_if_there(self) -> Result<Option<Postgres>, StoreError> {
        let server = Server::parse(&self.url, self.schema.as_deref())?;
        if !migrate::is_there(&server, &SCHEMA, self.patience).await? {
            return Ok(None);
        }
        Postgres::start(server, self).await.map(Some)
    }
}
