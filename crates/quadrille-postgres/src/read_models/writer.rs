//! Transactions that write.

use crate::{
    error::{is_lost, is_passing},
    server::{Pool, held, lock_timeout},
};
use quadrille_core::StoreError;
use sqlx::{
    AssertSqlSafe, Error, Executor, PgConnection, Postgres, Row,
    pool::PoolConnection,
    postgres::{PgArguments, PgRow},
    query,
    query::Query,
    raw_sql,
};
use std::{
    convert::Infallible,
    future,
    ops::{Deref, DerefMut},
    pin::pin,
    time::Duration,
};

/// How long a statement waits for a lock that others hold: less than the client waits for the
/// server, so that it is the server that gives up.
pub(super) fn lock_patience(patience: Duration) -> Duration {
    patience * 3 / 4
}

/// An open transaction. Dropping it closes the connection, and the server rolls back.
pub(super) struct WriteTx {
    connection: Option<PoolConnection<Postgres>>,
    pool: Pool,
    /// The server's number for the session.
    session: i32,
    /// How long statements wait for a lock; with none, as long as the server lets them.
    lock_patience: Option<Duration>,
    /// Who was found to hold a lock while a statement waited.
    holders: Option<String>,
}

impl WriteTx {
    /// Begins, with this bound on how long its statements wait for a lock.
    pub async fn begin(pool: &Pool, lock_patience: Option<Duration>) -> Result<Self, StoreError> {
        let first = Self::try_begin(pool, lock_patience).await;
        // A connection that was lost while it was idle has begun nothing.
        let begun = match first {
            Err(error) if is_lost(&error) => Self::try_begin(pool, lock_patience).await,
            begun => begun,
        };
        begun.map_err(|error| pool.error(error))
    }

    async fn try_begin(pool: &Pool, lock_patience: Option<Duration>) -> Result<Self, Error> {
        let connection = Some(pool.acquire().await?);
        // Made first: dropped half-way, it closes the connection, whatever was begun on it.
        let mut tx =
            Self { connection, pool: pool.clone(), session: 0, lock_patience, holders: None };
        let bound = lock_patience
            .map(|patience| format!("SET LOCAL lock_timeout = {};", lock_timeout(patience)));
        // In one round trip.
        let script = format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED; {} SELECT pg_backend_pid()",
            bound.unwrap_or_default()
        );
        let connection = tx.connection();
        let begun = pool.in_time(connection.fetch_all(raw_sql(AssertSqlSafe(script)))).await;
        pool.judge(connection, &begun);
        tx.session = begun?.first().ok_or(Error::RowNotFound)?.try_get(0)?;
        Ok(tx)
    }

    /// Bounds how long statements wait for a lock from now on.
    pub async fn bound(&mut self, lock_patience: Duration) -> Result<(), StoreError> {
        let set = query("SELECT set_config('lock_timeout', $1, true)");
        let set = self.run(set.bind(lock_timeout(lock_patience))).await;
        set.map_err(|error| self.fail(error))?;
        self.lock_patience = Some(lock_patience);
        Ok(())
    }

    /// All rows of a statement, which ends in bounded time. While it waits for long, who holds the
    /// lock is found out.
    pub async fn run(
        &mut self,
        statement: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, Error> {
        let (pool, session, patience) = (self.pool.clone(), self.session, self.lock_patience);
        let mut holders = None;
        let look = async {
            if let Some(patience) = patience {
                tokio::time::sleep(patience / 2).await;
                holders = pool.who_holds_up(session).await;
            }
            future::pending::<Infallible>().await
        };
        let connection = self.connection();
        let rows = {
            let mut call = pin!(pool.in_time(connection.fetch_all(statement)));
            tokio::select! {
                biased;
                rows = &mut call => rows,
                never = look => match never {},
            }
        };
        pool.judge(connection, &rows);
        self.holders = holders;
        rows
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

    async fn end(&mut self, how: &'static str) -> Result<(), Error> {
        let Some(mut connection) = self.connection.take() else { return Ok(()) };
        let ended = self.pool.in_time(connection.execute(how)).await;
        if ended.is_err() {
            connection.close_on_drop();
        }
        self.pool.judge(&mut connection, &ended);
        ended.map(drop)
    }

    /// What an error means, of the statement that ran last.
    pub fn fail(&self, error: Error) -> StoreError {
        match &self.holders {
            Some(holders) if is_passing(&error) => {
                StoreError::unavailable(held(self.pool.shown(), holders), error)
            }
            _ => self.pool.error(error),
        }
    }

    fn connection(&mut self) -> &mut PoolConnection<Postgres> {
        self.connection.as_mut().expect("it is only taken when the transaction ends")
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
        self.connection()
    }
}

impl Drop for WriteTx {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.connection {
            connection.close_on_drop();
        }
    }
}
