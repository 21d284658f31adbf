//! Read models and engine state, in the schemas of one database.
//!
//! One schema holds what the engine remembers and the registry of read models, checkpoints and
//! parked events included. Each generation of a read model has a schema of its own for its tables.
//! Queries go through views, which are replaced when another generation goes live.

mod decode;
mod models;
mod name;
mod options;
mod progress;
mod query;
mod registry;
mod rows;
mod state;
mod table;
mod tx;
mod value;
mod views;
mod writer;

pub use options::ReadModelOptions;
pub use query::{SqlFetch, query, query_as, query_scalar};
pub use tx::PostgresTx;

use crate::{
    migrate,
    server::{Pool, Server},
};
use quadrille_core::{StoreError, state::Consumer};
use quadrille_migrations::postgres::state::SCHEMA;
use sqlx::{AssertSqlSafe, PgPool};
use std::{collections::HashMap, fmt, sync::Arc};
use tokio::sync::Mutex;
use writer::{WriteTx, lock_patience};

const LEASE_CONNECTIONS: u32 = 2;

/// Read models and engine state in PostgreSQL. Clones share one set of connections.
///
/// Any number of processes may use the same schema.
#[derive(Clone)]
pub struct Postgres {
    inner: Arc<Inner>,
}

struct Inner {
    options: ReadModelOptions,
    server: Server,
    pool: Pool,
    /// Connections that renew and release leases, however long projectors keep the others.
    leases: Pool,
    /// The schemas of read models that were met.
    namespaces: Mutex<HashMap<Consumer, Arc<str>>>,
    /// Connections for queries, and the revision that they were made at.
    readers: Mutex<Option<(i64, PgPool)>>,
}

impl Postgres {
    /// Opens the database that the URL names, with the schema `quadrille` or that of the URL's
    /// parameter `schema`. It must have been migrated.
    ///
    /// # Errors
    /// As [`ReadModelOptions::open`].
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        Self::options(url).open().await
    }

    /// Settings other than the usual ones.
    pub fn options(url: &str) -> ReadModelOptions {
        ReadModelOptions::new(url)
    }

    /// The URL, without its secrets.
    pub fn url(&self) -> &str {
        &self.server().shown
    }

    /// Closes all connections of all clones, those handed out for queries too, once nobody uses
    /// them.
    pub async fn close(&self) {
        if let Some((_, pool)) = self.inner.readers.lock().await.take() {
            pool.close().await;
        }
        self.pool().close().await;
        self.leases().close().await;
    }

    async fn start(server: Server, options: ReadModelOptions) -> Result<Self, StoreError> {
        migrate::prepare(&server, &SCHEMA, options.migrates(), options.patience).await?;
        let pool = server.pool(options.connections, options.patience);
        let leases = server.pool(LEASE_CONNECTIONS, options.patience);
        let inner = Inner {
            options,
            server,
            pool,
            leases,
            namespaces: Mutex::default(),
            readers: Mutex::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    fn settings(&self) -> &ReadModelOptions {
        &self.inner.options
    }

    fn server(&self) -> &Server {
        &self.inner.server
    }

    fn pool(&self) -> &Pool {
        &self.inner.pool
    }

    fn leases(&self) -> &Pool {
        &self.inner.leases
    }

    /// A statement in which `{schema}` stands for the schema.
    fn sql(&self, text: &str) -> AssertSqlSafe<String> {
        AssertSqlSafe(text.replace("{schema}", &format!("\"{}\"", self.server().schema)))
    }

    fn fail(&self, error: sqlx::Error) -> StoreError {
        self.server().error(error)
    }

    async fn begin_write(&self) -> Result<WriteTx, StoreError> {
        WriteTx::begin(self.pool(), Some(lock_patience(self.settings().patience))).await
    }

    /// The schema of a read model that was opened at some time and not removed.
    async fn namespace(&self, consumer: &Consumer) -> Result<Arc<str>, StoreError> {
        if let Some(known) = self.inner.namespaces.lock().await.get(consumer) {
            return Ok(Arc::clone(known));
        }
        let entry = registry::entry(self, consumer).await?;
        let found = entry.filter(|entry| entry.stage.is_some() && entry.consumer == *consumer);
        let namespace = found.ok_or_else(|| registry::unknown(consumer))?.namespace;
        let namespace: Arc<str> = namespace.into();
        self.inner.namespaces.lock().await.insert(consumer.clone(), Arc::clone(&namespace));
        Ok(namespace)
    }

    /// Refuses a read model that is not there, also where another process has removed it.
    async fn check_registered(&self, consumer: &Consumer) -> Result<(), StoreError> {
        if consumer.kind.is_projector() {
            self.inner.namespaces.lock().await.remove(consumer);
            self.namespace(consumer).await?;
        }
        Ok(())
    }
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("url", &self.url()).finish_non_exhaustive()
    }
}
