//! Transactions of projectors that write SQL.

use super::{
    Sqlite,
    error::is_passing,
    progress,
    query::{self, SqlFetch},
    registry,
    state::check_change,
    writer::{Durability, WriteTx},
};
use quadrille_core::{
    ReadDatabase, StoreError,
    state::{Change, Consumer, Epoch},
};
use sqlx::{Execute, SqliteConnection};
use std::error::Error;

/// An open transaction in the file of one read model.
///
/// Dropping it rolls back, also in a panic or a cancelled future.
pub struct SqliteTx {
    tx: WriteTx,
    set_up_now: bool,
}

impl SqliteTx {
    /// Runs a statement and says how many rows it changed. Text may hold several statements,
    /// separated by `;`.
    ///
    /// # Errors
    /// When the statement is wrong or refused, and when the file cannot be used just now, which
    /// the engine tells apart.
    pub async fn execute<'q>(
        &mut self,
        statement: impl Execute<'q, sqlx::Sqlite> + 'q,
    ) -> Result<u64, sqlx::Error> {
        query::execute(&mut self.tx, statement).await
    }

    /// All rows that a statement gives.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`].
    pub async fn fetch_all<S: SqlFetch>(
        &mut self,
        statement: S,
    ) -> Result<Vec<S::Row>, sqlx::Error> {
        statement.all(&mut self.tx).await
    }

    /// The first row that a statement gives, if there is one.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`].
    pub async fn fetch_optional<S: SqlFetch>(
        &mut self,
        statement: S,
    ) -> Result<Option<S::Row>, sqlx::Error> {
        statement.first(&mut self.tx).await
    }

    /// The first row that a statement gives.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`], and when there is none.
    pub async fn fetch_one<S: SqlFetch>(&mut self, statement: S) -> Result<S::Row, sqlx::Error> {
        let row = self.fetch_optional(statement).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// The connection itself, for what the methods here do not offer. Ending the transaction on
    /// it makes the projector's commit fail.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }
}

impl ReadDatabase for Sqlite {
    type Tx = SqliteTx;

    fn is_passing(error: &(dyn Error + Send + Sync + 'static)) -> bool {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            if error.downcast_ref().is_some_and(is_passing)
                || error.downcast_ref().is_some_and(StoreError::is_retryable)
            {
                return true;
            }
            next = error.source();
        }
        false
    }

    async fn begin(&self, consumer: &Consumer) -> Result<SqliteTx, StoreError> {
        let file = self.model(consumer).await?;
        Ok(SqliteTx { tx: file.begin(Durability::Lazy).await?, set_up_now: false })
    }

    async fn set_up(&self, tx: &mut SqliteTx, mark: bool) -> Result<bool, StoreError> {
        let statement = if mark {
            "INSERT INTO quadrille_namespace (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING id"
        } else {
            "SELECT id FROM quadrille_namespace"
        };
        let rows = statement.all(&mut tx.tx).await.map_err(|error| tx.tx.fail(error))?;
        tx.set_up_now |= mark && !rows.is_empty();
        Ok(mark || !rows.is_empty())
    }

    async fn commit_tx(
        &self,
        mut tx: SqliteTx,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        check_change(consumer, &change)?;
        let outcome = progress::advance(&mut tx.tx, consumer, epoch, &change).await;
        let SqliteTx { tx, set_up_now } = tx;
        progress::conclude(tx, outcome).await?;
        if set_up_now {
            registry::tables_changed(self.state()).await?;
        }
        Ok(())
    }
}
