//! Who lets subscribers wait.

use super::{Core, read::statement};
use quadrille_core::{Position, StoreError, store::Stall};
use sqlx::{Error, Row, postgres::PgRow};

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
        session: row.try_get::<Option<i32>, _>(2)?.map(|pid| format!("pid {pid}")),
        user: row.try_get(3)?,
        application: row.try_get(4)?,
        state: row.try_get(5)?,
        since: row.try_get(6)?,
    })
}
