use super::Pool;
use crate::error::is_lost;
use sqlx::{
    Executor, Postgres,
    pool::PoolConnection,
    postgres::{PgArguments, PgRow},
    query::Query,
};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a connection is kept before its pool has it back, which knows how long it may live.
const LONGEST: Duration = Duration::from_secs(60);

/// Connections that go from one call to the next and not back to their pool, which asks the server
/// after each use whether it is still there: a round trip more for each call.
///
/// Calls that run at once are at most as many as the connections that may be kept: the caller sees
/// to that. Others may use the same pool; for them there are fewer connections by those kept.
#[derive(Debug)]
pub(crate) struct Kept {
    pool: Pool,
    idle: Mutex<Vec<Held>>,
}

/// A connection that was taken.
#[derive(Debug)]
pub(crate) struct Held {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

impl Kept {
    pub fn new(pool: Pool) -> Self {
        Self { pool, idle: Mutex::default() }
    }

    /// All rows of one statement that changes nothing. If the connection turns out to be dead, it
    /// is asked again on another one.
    pub async fn fetch<'q>(
        &self,
        query: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        match self.fetch_all(self.take().await?, query()).await {
            Err(error) if is_lost(&error) => self.fetch_all(self.take().await?, query()).await,
            rows => rows,
        }
    }

    /// All rows of one statement, on a connection that was taken for it.
    pub async fn fetch_all(
        &self,
        mut held: Held,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let rows = self.pool.in_time(held.connection.fetch_all(query)).await;
        self.pool.judge(&mut held.connection, &rows);
        // What was dropped on the way here, or went wrong, goes back to the pool to be looked at.
        if rows.is_ok() && held.since.elapsed() < LONGEST {
            self.idle().push(held);
        }
        rows
    }

    /// A connection.
    pub async fn take(&self) -> Result<Held, sqlx::Error> {
        while let Some(held) = self.idle().pop() {
            if self.pool.trusts(held.since) {
                return Ok(held);
            }
        }
        // Taken before, so that what is lost meanwhile makes it suspect.
        let since = Instant::now();
        Ok(Held { connection: self.pool.acquire().await?, since })
    }

    /// Gives the pool back what is not in use.
    pub fn clear(&self) {
        self.idle().clear();
    }

    /// Closes all connections, and the pool with them.
    pub async fn close(&self) {
        self.clear();
        self.pool.close().await;
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Held>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Going back to the pool takes a runtime, which may be gone.
        for held in self.idle().drain(..) {
            drop(held.connection.detach());
        }
    }
}
