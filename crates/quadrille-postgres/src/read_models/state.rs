//! Engine state.

mod deadlines;
mod rejections;
mod snapshots;
mod statuses;

use super::{Postgres, progress};
use async_trait::async_trait;
use quadrille_core::{
    CorrelationId, EngineState, StoreError, StreamId,
    state::{
        Change, Claim, Consumer, ConsumerStatus, Consumers, Deadline, DeadlineFilter, Epoch, Held,
        Lease, ParkedEvent, RejectionRecord, Snapshot,
    },
};
use std::time::Duration;

#[async_trait]
impl Consumers for Postgres {
    async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError> {
        let claimed = self.take_over(consumer, None).await?;
        claimed.map_err(|held| {
            let problem = format!("{} holds it, which force should have ended", held.holder);
            StoreError::corrupt(consumer.to_string(), problem)
        })
    }

    async fn lease(
        &self,
        consumer: &Consumer,
        lease: &Lease,
    ) -> Result<Result<Claim, Held>, StoreError> {
        self.take_over(consumer, Some(lease)).await
    }

    async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
        Ok(self.holder(consumer).await?.filter(|held| !held.remaining.is_zero()))
    }

    async fn renew(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError> {
        self.renew_lease(consumer, epoch, time_to_live).await
    }

    async fn release(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError> {
        self.release_lease(consumer, epoch).await
    }

    async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError> {
        self.progress_of(consumer).await
    }

    async fn commit(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        if consumer.kind.is_projector() {
            check_change(consumer, &change)?;
        }
        let mut tx = self.begin_write().await?;
        let outcome = match self.advance(&mut tx, consumer, epoch, &change).await {
            Ok(()) => self.replace_deadlines(&mut tx, &change.deadlines).await,
            refused => refused,
        };
        progress::conclude(tx, outcome).await
    }

    async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
        self.parked_at(consumer).await
    }
}

/// Deadlines belong to process managers; other databases could not commit them with a read model.
pub(super) fn check_change(consumer: &Consumer, change: &Change) -> Result<(), StoreError> {
    if change.deadlines.is_empty() {
        return Ok(());
    }
    let problem = "a projector has no deadlines; set them from a process manager";
    Err(StoreError::unusable(consumer.to_string(), problem))
}

#[async_trait]
impl EngineState for Postgres {
    async fn deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        self.list_deadlines(filter, limit).await
    }

    async fn set_status(&self, status: &ConsumerStatus) -> Result<(), StoreError> {
        self.write_status(status).await
    }

    async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        self.list_statuses().await
    }

    async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.find_snapshot(stream).await
    }

    async fn set_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        self.write_snapshot(stream, snapshot).await
    }

    async fn record_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError> {
        self.write_rejection(rejection, keep).await
    }

    async fn rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError> {
        self.list_rejections(correlation, limit).await
    }
}

/// A limit as SQL takes it.
fn limit_to_sql(limit: usize) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}
