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
/// The pool is theirs alone, and no more calls run at once than it has connections: the caller sees
/// to that.
#[derive(Debug)]
pub(crate) struct Kept {
    pool: Pool,
    /// Those that are not in use; `None` when it is closed.
    idle: Mutex<Option<Vec<Held>>>,
}

/// A connection that was taken. Unless what is done with it succeeds, it is closed: nobody knows
/// what is still on its way there, and asking might take for ever.
#[derive(Debug)]
pub(crate) struct Held {
    /// There until it is dropped.
    connection: Option<PoolConnection<Postgres>>,
    since: Instant,
    sound: bool,
}

impl Kept {
    pub fn new(pool: Pool) -> Self {
        Self { pool, idle: Mutex::new(Some(Vec::new())) }
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
        let Some(connection) = &mut held.connection else { return Err(sqlx::Error::PoolClosed) };
        held.sound = false;
        let rows = self.pool.in_time(connection.fetch_all(query)).await;
        self.pool.judge(connection, &rows);
        // An error that the server told leaves it in order.
        held.sound = rows.as_ref().err().is_none_or(|error| !is_lost(error));
        if held.sound && held.since.elapsed() < LONGEST {
            self.idle().as_mut().into_iter().for_each(|idle| idle.push(held.take()));
        }
        rows
    }

    /// A connection.
    pub async fn take(&self) -> Result<Held, sqlx::Error> {
        while let Some(mut held) = self.idle().as_mut().and_then(Vec::pop) {
            // One that lay idle for long may be dead, and its pool could not look after it.
            held.sound = self.pool.trusts(held.since) && held.since.elapsed() < LONGEST;
            if held.sound {
                return Ok(held);
            }
        }
        // Taken before, so that what is lost meanwhile makes it suspect.
        let since = Instant::now();
        Ok(Held { connection: Some(self.pool.acquire().await?), since, sound: true })
    }

    /// Closes all connections, and the pool with them.
    pub async fn close(&self) {
        drop(self.idle().take());
        self.pool.close().await;
    }

    fn idle(&self) -> MutexGuard<'_, Option<Vec<Held>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // Going back to the pool takes a runtime, which may be gone.
        for mut held in self.idle().take().into_iter().flatten() {
            drop(held.connection.take().map(PoolConnection::detach));
        }
    }
}

impl Held {
    /// The connection, for the next one.
    fn take(&mut self) -> Self {
        Self { connection: self.connection.take(), since: self.since, sound: true }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.as_mut().filter(|_| !self.sound) {
            connection.close_on_drop();
        }
    }
}
