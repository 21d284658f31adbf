//! Read models: which there are, and their rows.

use super::{
    Sqlite, file::File, progress, registry, rows, state::check_change, table, writer::Durability,
};
use async_trait::async_trait;
use quadrille_core::{
    StoreError,
    read_model::{ModelInfo, ReadModels, Rows, Table},
    row::Value,
    state::{Change, Consumer, ConsumerKind, Epoch},
};
use std::sync::Arc;

#[async_trait]
impl ReadModels for Sqlite {
    async fn open(
        &self,
        kind: ConsumerKind,
        name: &str,
        version: u32,
    ) -> Result<Consumer, StoreError> {
        let consumer = registry::open(self.state(), kind, name, version).await?;
        self.model(&consumer).await?;
        Ok(consumer)
    }

    async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError> {
        let next = registry::rebuild(self.state(), consumer).await?;
        self.model(&next).await?;
        Ok(next)
    }

    async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError> {
        registry::go_live(self.state(), consumer).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, StoreError> {
        let entries = registry::entries(self.state().reads()).await;
        let entries = entries.map_err(|error| self.state().fail(error))?;
        let info = |entry: registry::Entry| {
            let location = self.path_of(&entry.consumer).display().to_string();
            entry.stage.map(|stage| ModelInfo { consumer: entry.consumer, stage, location })
        };
        Ok(entries.into_iter().filter_map(info).collect())
    }

    async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError> {
        registry::remove(self.state(), consumer).await?;
        self.turn_workers_away(consumer).await;
        self.delete_files(consumer)
    }

    async fn create_table(&self, consumer: &Consumer, table: &Table) -> Result<(), StoreError> {
        let file = self.model(consumer).await?;
        let mut tx = file.begin(Durability::Lazy).await?;
        if !table::create(&mut tx, table).await? {
            return tx.rollback().await;
        }
        tx.commit().await?;
        registry::tables_changed(self.state()).await
    }

    async fn rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        rows::load(&*self.readable(consumer).await?, table, keys).await
    }

    async fn all_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        rows::page(&*self.readable(consumer).await?, table, after, limit).await
    }

    async fn commit_rows(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        table: &Table,
        rows: Rows,
        change: Change,
    ) -> Result<(), StoreError> {
        check_change(consumer, &change)?;
        let file = self.model(consumer).await?;
        let mut tx = file.begin(Durability::Lazy).await?;
        let outcome = match progress::advance(&mut tx, consumer, epoch, &change).await {
            Ok(()) => rows::write(&mut tx, table, rows).await,
            refused => refused,
        };
        progress::conclude(tx, outcome).await
    }

    async fn live(&self, name: &str) -> Result<Option<Consumer>, StoreError> {
        let live = registry::live(self.state().reads(), name).await;
        live.map_err(|error| self.state().fail(error))
    }
}

impl Sqlite {
    async fn readable(&self, consumer: &Consumer) -> Result<Arc<File>, StoreError> {
        let file = self.model_if_there(consumer).await?;
        file.ok_or_else(|| registry::unknown(consumer))
    }

    /// Makes sure that whoever still builds a removed read model notices. It is a courtesy, which
    /// must not keep a damaged file from being deleted: nothing that they write is seen any more.
    async fn turn_workers_away(&self, consumer: &Consumer) {
        let file = match self.forget(consumer).await {
            Some(file) => file,
            None if !self.path_of(consumer).exists() => return,
            None => match self.open_file(consumer).await {
                Ok(file) => Arc::new(file),
                Err(error) => return tracing::debug!(%consumer, %error, "deleted unread"),
            },
        };
        if let Err(error) = progress::forget_all(&file).await {
            tracing::debug!(%consumer, %error, "its workers were not turned away");
        }
        file.close().await;
    }
}
