//! Engine state and read models in memory.

mod engine_state {
    use quadrille::memory::MemoryState;
    quadrille_testing::engine_state_conformance!(|| async { MemoryState::new() });
}

mod read_models {
    use quadrille::memory::MemoryState;
    quadrille_testing::read_models_conformance!(|| async { MemoryState::new() });
}

/// The suite must notice what it is there for.
mod broken {
    use async_trait::async_trait;
    use quadrille::{
        StoreError,
        memory::MemoryState,
        read_model::{ModelInfo, ReadModels, Rows, Table},
        row::Value,
        state::{
            Change, Claim, Consumer, ConsumerKind, Consumers, Epoch, Held, Lease, ParkedEvent,
        },
    };
    use quadrille_testing::conformance::read_models as cases;
    use std::time::Duration;

    /// Lets every worker commit, and begins every page of rows at the first.
    struct Broken(MemoryState);

    #[async_trait]
    impl Consumers for Broken {
        async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError> {
            self.0.claim(consumer).await
        }
        async fn lease(
            &self,
            consumer: &Consumer,
            _: &Lease,
        ) -> Result<Result<Claim, Held>, StoreError> {
            self.0.claim(consumer).await.map(Ok)
        }
        async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
            self.0.held(consumer).await
        }
        async fn renew(&self, _: &Consumer, _: Epoch, _: Duration) -> Result<(), StoreError> {
            Ok(())
        }
        async fn release(&self, _: &Consumer, _: Epoch) -> Result<(), StoreError> {
            Ok(())
        }
        async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError> {
            self.0.progress(consumer).await
        }
        async fn commit(&self, c: &Consumer, _: Epoch, change: Change) -> Result<(), StoreError> {
            let claim = self.0.progress(c).await?;
            self.0.commit(c, claim.map_or(Epoch(0), |claim| claim.epoch), change).await
        }
        async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
            self.0.parked(consumer).await
        }
    }

    #[async_trait]
    impl ReadModels for Broken {
        async fn open(
            &self,
            kind: ConsumerKind,
            name: &str,
            version: u32,
        ) -> Result<Consumer, StoreError> {
            self.0.open(kind, name, version).await
        }
        async fn rebuild(&self, consumer: &Consumer) -> Result<Consumer, StoreError> {
            self.0.rebuild(consumer).await
        }
        async fn go_live(&self, consumer: &Consumer) -> Result<(), StoreError> {
            self.0.go_live(consumer).await
        }
        async fn models(&self) -> Result<Vec<ModelInfo>, StoreError> {
            self.0.models().await
        }
        async fn remove(&self, consumer: &Consumer) -> Result<(), StoreError> {
            self.0.remove(consumer).await
        }
        async fn create_table(&self, c: &Consumer, table: &Table) -> Result<(), StoreError> {
            self.0.create_table(c, table).await
        }
        async fn rows(
            &self,
            consumer: &Consumer,
            table: &Table,
            keys: &[Vec<Value>],
        ) -> Result<Vec<Vec<Value>>, StoreError> {
            self.0.rows(consumer, table, keys).await
        }
        async fn all_rows(
            &self,
            consumer: &Consumer,
            table: &Table,
            _: Option<&[Value]>,
            limit: usize,
        ) -> Result<Vec<Vec<Value>>, StoreError> {
            self.0.all_rows(consumer, table, None, limit).await
        }
        async fn commit_rows(
            &self,
            consumer: &Consumer,
            epoch: Epoch,
            table: &Table,
            rows: Rows,
            change: Change,
        ) -> Result<(), StoreError> {
            let claim = self.0.progress(consumer).await?;
            let current = claim.map_or(epoch, |claim| claim.epoch);
            self.0.commit_rows(consumer, current, table, rows, Change::default()).await?;
            self.commit(consumer, epoch, change).await
        }
    }

    async fn check_fails(case: impl Future<Output = ()> + Send + 'static) {
        assert!(tokio::spawn(case).await.is_err_and(|error| error.is_panic()));
    }

    #[tokio::test]
    async fn a_broken_implementation_fails() {
        let broken = || Broken(MemoryState::new());
        check_fails(async move {
            cases::a_fenced_commit_of_rows_writes_nothing(&broken()).await;
        })
        .await;
        check_fails(async move {
            cases::rows_come_page_by_page_in_the_order_of_their_keys(&broken()).await;
        })
        .await;
        cases::rows_and_progress_are_committed_together(&broken()).await;
    }
}
