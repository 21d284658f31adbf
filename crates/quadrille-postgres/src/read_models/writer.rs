//! Transactions that write.

use crate::{error::is_lost, server::Pool};
use quadrille_core::StoreError;
use sqlx::{Executor, PgConnection, Postgres, pool::PoolConnection};
use std::ops::{Deref, DerefMut};

/// An open transaction. Dropping it closes the connection, and the server rolls back.
pub(super) struct WriteTx {
    connection: Option<PoolConnection<Postgres>>,
    pool: Pool,
}

impl WriteTx {
    pub async fn begin(pool: &Pool) -> Result<Self, StoreError> {
        let first = Self::try_begin(pool).await;
        // A connection that was lost while it was idle has begun nothing.
        let begun = match first {
            Err(error) if is_lost(&error) => Self::try_begin(pool).await,
            begun => begun,
        };
        begun.map_err(|error| pool.error(error))
    }

    async fn try_begin(pool: &Pool) -> Result<Self, sqlx::Error> {
        let connection = Some(pool.acquire().await?);
        // Made first: dropped half-way, it closes the connection, whatever was begun on it.
        let mut tx = Self { connection, pool: pool.clone() };
        let begin = tx.execute("BEGIN ISOLATION LEVEL READ COMMITTED");
        let begun = pool.in_time(begin).await;
        if let Some(connection) = &mut tx.connection {
            pool.judge(connection, &begun);
        }
        begun.map(|_| tx)
    }

    /// Commits. When the answer is lost, nobody knows.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        let ended = self.end("COMMIT").await;
        ended.map_err(|error| {
            if !is_lost(&error) {
                return self.pool.error(error);
            }
            let what = format!("the commit to {}", self.pool.shown());
            StoreError::OutcomeUnknown { what, source: error.into() }
        })
    }

    pub async fn rollback(mut self) -> Result<(), StoreError> {
        let ended = self.end("ROLLBACK").await;
        ended.map_err(|error| self.pool.error(error))
    }

    async fn end(&mut self, how: &'static str) -> Result<(), sqlx::Error> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        let ended = self.pool.in_time(connection.execute(how)).await;
        if ended.is_err() {
            connection.close_on_drop();
        }
        self.pool.judge(&mut connection, &ended);
        ended.map(drop)
    }

    pub fn fail(&self, error: sqlx::Error) -> StoreError {
        self.pool.error(error)
    }
}

impl Deref for WriteTx {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        self.connection.as_ref().expect("it is only taken when the transaction ends")
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("it is only taken when the transaction ends")
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
