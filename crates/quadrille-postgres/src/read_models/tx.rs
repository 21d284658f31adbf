//! Transactions of projectors that write SQL.

use super::{
    Postgres, progress,
    progress::of,
    query::{self, SqlFetch},
    registry,
    state::check_change,
    writer::{WriteTx, lock_patience},
};
use crate::error::{is_passing, is_stale_plan};
use quadrille_core::{
    ReadDatabase, StoreError,
    read_model::Stage,
    state::{Change, Consumer, Epoch},
};
use sqlx::{Execute, PgConnection, Row};
use std::error::Error;

/// An open transaction in the schema of one read model: tables without a schema are made and
/// found there, then in `public`.
///
/// Dropping it rolls back, also in a panic or a cancelled future.
pub struct PostgresTx {
    tx: WriteTx,
    consumer: Consumer,
    set_up_now: bool,
}

impl PostgresTx {
    /// Runs a statement and says how many rows it changed. Text may hold several statements,
    /// separated by `;`.
    ///
    /// # Errors
    /// When the statement is wrong or refused, and when the server cannot be used just now, which
    /// the engine tells apart.
    pub async fn execute<'q>(
        &mut self,
        statement: impl Execute<'q, sqlx::Postgres> + 'q,
    ) -> Result<u64, sqlx::Error> {
        query::execute(&mut self.tx, statement).await
    }

    /// All rows that a statement gives.
    ///
    /// # Errors
    /// As [`PostgresTx::execute`].
    pub async fn fetch_all<S: SqlFetch>(
        &mut self,
        statement: S,
    ) -> Result<Vec<S::Row>, sqlx::Error> {
        statement.all(&mut self.tx).await
    }

    /// The first row that a statement gives, if there is one.
    ///
    /// # Errors
    /// As [`PostgresTx::execute`].
    pub async fn fetch_optional<S: SqlFetch>(
        &mut self,
        statement: S,
    ) -> Result<Option<S::Row>, sqlx::Error> {
        statement.first(&mut self.tx).await
    }

    /// The first row that a statement gives.
    ///
    /// # Errors
    /// As [`PostgresTx::execute`], and when there is none.
    pub async fn fetch_one<S: SqlFetch>(&mut self, statement: S) -> Result<S::Row, sqlx::Error> {
        let row = self.fetch_optional(statement).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// The connection itself, for what the methods here do not offer. Ending the transaction on
    /// it makes the projector's commit fail.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.tx
    }
}

impl ReadDatabase for Postgres {
    type Tx = PostgresTx;

    fn is_passing(error: &(dyn Error + Send + Sync + 'static)) -> bool {
        let mut next: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(error) = next {
            // A plan that is stale is so on this connection only, which is not used again.
            let passing = |error: &sqlx::Error| is_passing(error) || is_stale_plan(error);
            if error.downcast_ref().is_some_and(passing)
                || error.downcast_ref().is_some_and(StoreError::is_retryable)
            {
                return true;
            }
            next = error.source();
        }
        false
    }

    async fn begin(&self, consumer: &Consumer) -> Result<PostgresTx, StoreError> {
        let namespace = self.namespace(consumer).await?;
        // How long a projector waits for locks is its own affair.
        let mut tx = WriteTx::begin(self.pool(), None).await?;
        let path = format!("\"{namespace}\", public");
        let set = "SELECT set_config('search_path', $1, true), set_config('quadrille.transaction', 'open', true)";
        tx.run(sqlx::query(set).bind(path)).await.map_err(|error| tx.fail(error))?;
        Ok(PostgresTx { tx, consumer: consumer.clone(), set_up_now: false })
    }

    async fn set_up(&self, tx: &mut PostgresTx, mark: bool) -> Result<bool, StoreError> {
        let text = if mark {
            "UPDATE {schema}.quadrille_models SET set_up = true
             WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND NOT set_up
             RETURNING 1"
        } else {
            "SELECT 1 FROM {schema}.quadrille_models
             WHERE kind = $1 AND name = $2 AND version = $3 AND generation = $4 AND set_up"
        };
        let PostgresTx { tx, consumer, set_up_now } = tx;
        let rows = tx.run(of(self.sql(text), consumer)).await.map_err(|error| tx.fail(error))?;
        *set_up_now |= mark && !rows.is_empty();
        Ok(mark || !rows.is_empty())
    }

    async fn commit_tx(
        &self,
        tx: PostgresTx,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        check_change(consumer, &change)?;
        let PostgresTx { mut tx, set_up_now, .. } = tx;
        let outcome = match self.advance_open(&mut tx, consumer, epoch, &change).await {
            Ok(()) if set_up_now => self.show_new_tables(&mut tx, consumer).await,
            other => other,
        };
        progress::conclude(tx, outcome).await
    }
}

impl Postgres {
    /// As [`Postgres::advance`], in a transaction that was in other hands.
    async fn advance_open(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
        epoch: Epoch,
        change: &Change,
    ) -> Result<(), StoreError> {
        let state =
            "SELECT current_setting('quadrille.transaction', true) IS NOT DISTINCT FROM 'open'";
        let rows = tx.run(sqlx::query(state)).await.map_err(|error| tx.fail(error))?;
        let open = rows.first().map_or(Ok(false), |row| row.try_get(0));
        if !open.map_err(|error| tx.fail(error))? {
            return Err(StoreError::unusable(
                format!("the transaction of {consumer}"),
                "the projector ended it; let the engine commit",
            ));
        }
        tx.bound(lock_patience(self.settings().patience)).await?;
        self.advance(tx, consumer, epoch, change).await
    }

    async fn show_new_tables(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
    ) -> Result<(), StoreError> {
        registry::lock(self, tx).await?;
        self.show_if_live(tx, consumer).await
    }

    /// Makes views of tables that are new in a read model which queries see.
    pub(super) async fn show_if_live(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
    ) -> Result<(), StoreError> {
        if registry::stage(self, tx, consumer).await? == Some(Stage::Live) {
            self.refresh_views(tx, &consumer.name).await?;
        }
        Ok(())
    }
}
