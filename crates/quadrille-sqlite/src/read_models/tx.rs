//! Transactions of projectors that write SQL.

use super::{
    Sqlite,
    error::{is_storage, store_error},
    progress,
    query::{self, SqlError, SqlFetch},
    registry,
    state::check_change,
    writer::{Sync, WriteTx},
};
use quadrille_core::{
    ReadDatabase, StoreError,
    state::{Change, Consumer, Epoch},
};
use sqlx::{Execute, SqliteConnection};

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
    /// [`SqlError::Storage`] when the file is at fault, else [`SqlError::Statement`].
    pub async fn execute<'q>(
        &mut self,
        statement: impl Execute<'q, sqlx::Sqlite> + 'q,
    ) -> Result<u64, SqlError> {
        let done = query::execute(&mut self.tx, statement).await;
        done.map_err(|error| self.fail(error))
    }

    /// All rows that a statement gives.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`].
    pub async fn fetch_all<S: SqlFetch>(&mut self, statement: S) -> Result<Vec<S::Row>, SqlError> {
        statement.all(&mut self.tx).await.map_err(|error| self.fail(error))
    }

    /// The first row that a statement gives, if there is one.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`].
    pub async fn fetch_optional<S: SqlFetch>(
        &mut self,
        statement: S,
    ) -> Result<Option<S::Row>, SqlError> {
        statement.first(&mut self.tx).await.map_err(|error| self.fail(error))
    }

    /// The first row that a statement gives.
    ///
    /// # Errors
    /// As [`SqliteTx::execute`], and when there is none.
    pub async fn fetch_one<S: SqlFetch>(&mut self, statement: S) -> Result<S::Row, SqlError> {
        let row = self.fetch_optional(statement).await?;
        row.ok_or(SqlError::Statement(sqlx::Error::RowNotFound))
    }

    /// The connection itself, for what the methods here do not offer. Ending the transaction on
    /// it makes the projector's commit fail.
    pub fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }

    fn fail(&self, error: sqlx::Error) -> SqlError {
        if is_storage(&error) {
            SqlError::Storage(store_error(self.tx.path(), error))
        } else {
            SqlError::Statement(error)
        }
    }
}

impl ReadDatabase for Sqlite {
    type Tx = SqliteTx;

    async fn begin(&self, consumer: &Consumer) -> Result<SqliteTx, StoreError> {
        let file = self.model(consumer).await?;
        Ok(SqliteTx { tx: file.begin(Sync::Lazy).await?, set_up_now: false })
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
