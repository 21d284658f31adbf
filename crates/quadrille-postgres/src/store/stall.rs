//! Who lets subscribers wait.

use super::{Core, read::statement};
use chrono::{DateTime, Utc};
use quadrille_core::{Position, StoreError};
use sqlx::{Error, Row, postgres::PgRow};

/// An append that is on its way and holds readers of the log back: what committed behind it is
/// shown when it has ended, one way or the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stall {
    /// Readers see events up to here.
    pub readable: Position,
    /// Positions were handed out up to here.
    pub drawn: Position,
    /// The process id of the session on the server; `None` for a prepared transaction.
    pub pid: Option<i32>,
    /// The session's user, if this one may know it.
    pub user: Option<String>,
    /// The session's application, if this user may know it.
    pub application: Option<String>,
    /// What the session does, as `pg_stat_activity` has it: `active`, `idle in transaction`.
    pub state: Option<String>,
    /// When its transaction began, if this user may know it.
    pub since: Option<DateTime<Utc>>,
}

impl Core {
    pub(super) async fn stalls(&self) -> Result<Vec<Stall>, StoreError> {
        let rows = self.reads.fetch(|| statement(&self.statements.floors)).await?;
        let stalls = rows.iter().map(stall).collect::<Result<Vec<_>, _>>();
        let stalls = stalls.map_err(|error| self.reads.error(error))?;
        Ok(stalls.into_iter().filter(|stall| stall.readable < stall.drawn).collect())
    }
}

fn stall(row: &PgRow) -> Result<Stall, Error> {
    Ok(Stall {
        readable: Position(row.try_get::<i64, _>(0)? as u64),
        drawn: Position(row.try_get::<i64, _>(1)? as u64),
        pid: row.try_get(2)?,
        user: row.try_get(3)?,
        application: row.try_get(4)?,
        state: row.try_get(5)?,
        since: row.try_get(6)?,
    })
}
