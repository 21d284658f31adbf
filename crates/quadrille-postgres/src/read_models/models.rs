//! Read models: which there are, and their rows.

use super::{Postgres, progress, registry, rows, state::check_change, table};
use async_trait::async_trait;
use quadrille_core::{
    StoreError,
    read_model::{ModelInfo, ReadModels, Rows, Stage, Table},
    row::Value,
    state::{Change, Consumer, ConsumerKind, Epoch},
};

#[async_trait]
impl ReadModels for Postgres {
    async fn open(
        &self,
        kind: ConsumerKind,
        name: &str,
        version: u32,
    ) -> Result<Consumer, StoreError> {
        registry::open(self, kind, name, version).await
    }

    async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError> {
        registry::rebuild(self, consumer).await
    }

    async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError> {
        registry::go_live(self, consumer).await
    }

    async fn models(&self) -> Result<Vec<ModelInfo>, StoreError> {
        let info = |entry: registry::Entry| {
            let (consumer, location) = (entry.consumer, entry.namespace);
            entry.stage.map(|stage| ModelInfo { consumer, stage, location })
        };
        Ok(registry::entries(self).await?.into_iter().filter_map(info).collect())
    }

    async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError> {
        registry::remove(self, consumer).await?;
        self.inner.namespaces.lock().await.remove(consumer);
        Ok(())
    }

    async fn create_table(&self, consumer: &Consumer, table: &Table) -> Result<(), StoreError> {
        let namespace = self.namespace(consumer).await?;
        let mut tx = registry::begin(self).await?;
        if !table::create(&mut tx, &namespace, table).await? {
            return tx.rollback().await;
        }
        self.show_if_live(&mut tx, consumer).await?;
        tx.commit().await
    }

    async fn rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        keys: &[Vec<Value>],
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        self.load_rows(consumer, table, keys).await
    }

    async fn all_rows(
        &self,
        consumer: &Consumer,
        table: &Table,
        after: Option<&[Value]>,
        limit: usize,
    ) -> Result<Vec<Vec<Value>>, StoreError> {
        self.page_of_rows(consumer, table, after, limit).await
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
        let namespace = self.namespace(consumer).await?;
        let mut tx = self.begin_write().await?;
        let outcome = match self.advance(&mut tx, consumer, epoch, &change).await {
            Ok(()) => rows::write(&mut tx, &namespace, table, rows).await,
            refused => refused,
        };
        progress::conclude(tx, outcome).await
    }

    async fn live(&self, name: &str) -> Result<Option<Consumer>, StoreError> {
        let entries = registry::entries(self).await?;
        let live = |entry: &registry::Entry| {
            entry.consumer.name == name && entry.stage == Some(Stage::Live)
        };
        Ok(entries.into_iter().find(live).map(|entry| entry.consumer))
    }
}
