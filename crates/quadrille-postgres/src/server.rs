//! Reaching a server: its URL, its schema, its connections.

mod kept;
mod locks;
mod pool;
mod url;

pub(crate) use kept::Kept;
pub(crate) use locks::{held, lock_timeout};
pub(crate) use pool::{Pool, in_time, run_script};

use quadrille_core::StoreError;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use std::{sync::Arc, time::Duration};

/// Where a store or read models live, and how to get there.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    connect: PgConnectOptions,
    /// The URL without its secrets.
    pub shown: Arc<str>,
    /// A plain lower-case name, which needs no escaping within quotes.
    pub schema: Arc<str>,
}

impl Server {
    /// Reads a URL; nothing is connected yet.
    ///
    /// # Errors
    /// When it is no URL of PostgreSQL, or holds a parameter that nobody would heed.
    pub fn parse(text: &str, schema: Option<&str>) -> Result<Self, StoreError> {
        url::parse(text, schema)
    }

    /// One connection outside any pool.
    pub async fn connect(&self, patience: Duration) -> Result<PgConnection, sqlx::Error> {
        in_time(patience, PgConnection::connect_with(&self.connect)).await
    }

    /// Who holds locks that a session waits for, if it waits.
    pub async fn who_holds_up(&self, patience: Duration, session: i32) -> Option<String> {
        locks::who_holds_up(&self.connect, patience, session).await
    }

    /// Up to this many connections, made when they are needed.
    pub fn pool(&self, connections: u32, patience: Duration) -> Pool {
        Pool::new(self.connect.clone(), self.shown.clone(), connections, patience)
    }

    /// As [`Server::pool`], for statements on the log that are to follow its indexes, also those that
    /// were planned when it was empty: with settings to that effect, where the server takes them.
    pub fn reading_pool(&self, connections: u32, patience: Duration, settings: bool) -> Pool {
        let mut connect = self.connect.clone();
        if settings {
            let off = ["enable_seqscan", "enable_bitmapscan", "jit"].map(|name| (name, "off"));
            connect = connect.options(off);
        }
        Pool::new(connect, self.shown.clone(), connections, patience)
    }

    pub fn connect_options(&self) -> &PgConnectOptions {
        &self.connect
    }

    /// `"schema".name`
    pub fn named(&self, name: &str) -> String {
        format!("\"{}\".{name}", self.schema)
    }

    pub fn unusable(&self, problem: impl Into<String>) -> StoreError {
        StoreError::unusable(&*self.shown, problem)
    }

    pub fn error(&self, error: sqlx::Error) -> StoreError {
        crate::error::store_error(&self.shown, error)
    }
}
