use super::locks::who_holds_up;
use crate::error::is_lost;
use futures_util::TryStreamExt;
use quadrille_core::StoreError;
use sqlx::{
    Executor, PgConnection, PgPool, Postgres,
    pool::PoolConnection,
    postgres::{PgArguments, PgConnectOptions, PgPoolOptions, PgRow},
    query::Query,
};
use std::{
    fmt,
    future::Future,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Connections to one server, of which none outlives the loss of another.
#[derive(Clone)]
pub(crate) struct Pool {
    pool: PgPool,
    shown: Arc<str>,
    /// When a connection was last lost: older ones are likely to be dead too, and are not used.
    lost_at: Arc<Mutex<Option<Instant>>>,
    patience: Duration,
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("server", &self.shown).finish_non_exhaustive()
    }
}

impl Pool {
    pub fn new(
        connect: PgConnectOptions,
        shown: Arc<str>,
        connections: u32,
        patience: Duration,
    ) -> Self {
        let lost_at = Arc::new(Mutex::new(None));
        let lost = Arc::clone(&lost_at);
        let pool = PgPoolOptions::new()
            .min_connections(0)
            .max_connections(connections)
            .acquire_timeout(patience)
            .test_before_acquire(false)
            .before_acquire(move |_, known| {
                let lost: Option<Instant> = *lost.lock().unwrap_or_else(PoisonError::into_inner);
                let sound = lost.is_none_or(|lost| known.age < lost.elapsed());
                Box::pin(async move { Ok(sound) })
            })
            .connect_lazy_with(connect);
        Self { pool, shown, lost_at, patience }
    }

    /// The server's URL, without its secrets.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    pub fn sqlx(&self) -> &PgPool {
        &self.pool
    }

    /// All rows of one statement that changes nothing. If the connection turns out to be dead, it
    /// is asked again on another one.
    pub async fn fetch<'q>(
        &self,
        query: impl Fn() -> Query<'q, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, StoreError> {
        let rows = match self.fetch_once(query()).await {
            Err(error) if is_lost(&error) => self.fetch_once(query()).await,
            rows => rows,
        };
        rows.map_err(|error| self.error(error))
    }

    /// The rows of one statement that changes nothing, until they weigh so much, and whether they
    /// did. What is left of them costs the connection.
    pub async fn fetch_up_to<'q, T>(
        &self,
        most: usize,
        query: impl Fn() -> Query<'q, Postgres, PgArguments>,
        read: impl Fn(&PgRow) -> Result<T, sqlx::Error>,
        weigh: impl Fn(&T) -> usize,
    ) -> Result<(Vec<T>, bool), StoreError> {
        let mut again = true;
        loop {
            let (mut found, mut weight) = (Vec::new(), 0);
            let mut connection = self.pool.acquire().await.map_err(|error| self.error(error))?;
            let rows = async {
                let mut rows = connection.fetch(query());
                while let Some(row) = rows.try_next().await? {
                    let item = read(&row)?;
                    weight += weigh(&item);
                    found.push(item);
                    if weight >= most {
                        break;
                    }
                }
                Ok(())
            };
            let done = self.in_time(rows).await;
            let stopped = weight >= most;
            if stopped {
                connection.close_on_drop();
            }
            self.judge(&mut connection, &done);
            match done {
                Err(error) if again && is_lost(&error) => again = false,
                done => return done.map(|()| (found, stopped)).map_err(|error| self.error(error)),
            }
        }
    }

    /// All rows of one statement.
    pub async fn fetch_once(
        &self,
        query: Query<'_, Postgres, PgArguments>,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let mut connection = self.pool.acquire().await?;
        let rows = self.in_time(connection.fetch_all(query)).await;
        self.judge(&mut connection, &rows);
        rows
    }

    /// A connection; what is done with it should be judged.
    pub async fn acquire(&self) -> Result<PoolConnection<Postgres>, sqlx::Error> {
        self.pool.acquire().await
    }

    /// Gives up on a server that does not answer. The connection is of no use then.
    pub async fn in_time<T>(
        &self,
        call: impl Future<Output = Result<T, sqlx::Error>>,
    ) -> Result<T, sqlx::Error> {
        in_time(self.patience, call).await
    }

    /// As [`Server::who_holds_up`](super::Server::who_holds_up).
    pub async fn who_holds_up(&self, session: i32) -> Option<String> {
        who_holds_up(&self.pool.connect_options(), self.patience, session).await
    }

    /// Whether a connection that was there at this moment may still be used.
    pub fn trusts(&self, since: Instant) -> bool {
        let lost = *self.lost_at.lock().unwrap_or_else(PoisonError::into_inner);
        lost.is_none_or(|lost| lost < since)
    }

    /// Lets go of a connection that was lost, and of all that are as old.
    pub fn judge<T>(
        &self,
        connection: &mut PoolConnection<Postgres>,
        result: &Result<T, sqlx::Error>,
    ) {
        if result.as_ref().is_err_and(is_lost) {
            connection.close_on_drop();
            *self.lost_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    pub fn error(&self, error: sqlx::Error) -> StoreError {
        crate::error::store_error(&self.shown, error)
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// Gives up on a server that does not answer.
pub(crate) async fn in_time<T>(
    patience: Duration,
    call: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    let late = |late| Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, late)));
    tokio::time::timeout(patience, call).await.unwrap_or_else(late)
}

/// Runs several statements at once, none with values.
pub(crate) async fn run_script(
    connection: &mut PgConnection,
    script: &'static str,
) -> Result<(), sqlx::Error> {
    connection.execute(sqlx::raw_sql(script)).await.map(drop)
}
