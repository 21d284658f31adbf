//! Engine state in `state.db`.

mod deadlines;
mod rejections;
mod snapshots;
mod statuses;

pub(super) use statuses::forget as forget_status;

use super::{Sqlite, progress, writer::Durability};
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
impl Consumers for Sqlite {
    async fn claim(&self, consumer: &Consumer) -> Result<Claim, StoreError> {
        if consumer.kind.is_projector() {
            let file = self.model_to_claim(consumer).await?;
            return progress::claim(&file, Durability::Lazy, consumer).await;
        }
        progress::claim(self.state(), Durability::Full, consumer).await
    }

    async fn lease(
        &self,
        consumer: &Consumer,
        lease: &Lease,
    ) -> Result<Result<Claim, Held>, StoreError> {
        if consumer.kind.is_projector() {
            let file = self.model_to_claim(consumer).await?;
            return progress::lease(&file, Durability::Lazy, consumer, lease).await;
        }
        progress::lease(self.state(), Durability::Full, consumer, lease).await
    }

    async fn held(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
        if !consumer.kind.is_projector() {
            return progress::held(self.state(), consumer).await;
        }
        match self.model_if_there(consumer).await? {
            Some(file) => progress::held(&file, consumer).await,
            None => Ok(None),
        }
    }

    async fn renew(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError> {
        if consumer.kind.is_projector() {
            let file = self.model(consumer).await?;
            return progress::renew(&file, consumer, epoch, time_to_live).await;
        }
        progress::renew(self.state(), consumer, epoch, time_to_live).await
    }

    async fn release(&self, consumer: &Consumer, epoch: Epoch) -> Result<(), StoreError> {
        if consumer.kind.is_projector() {
            return progress::release(&*self.model(consumer).await?, consumer, epoch).await;
        }
        progress::release(self.state(), consumer, epoch).await
    }

    async fn progress(&self, consumer: &Consumer) -> Result<Option<Claim>, StoreError> {
        if !consumer.kind.is_projector() {
            return progress::progress(self.state(), consumer).await;
        }
        match self.model_if_there(consumer).await? {
            Some(file) => progress::progress(&file, consumer).await,
            None => Ok(None),
        }
    }

    async fn commit(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        change: Change,
    ) -> Result<(), StoreError> {
        if consumer.kind.is_projector() {
            check_change(consumer, &change)?;
            let file = self.model(consumer).await?;
            let mut tx = file.begin(Durability::Lazy).await?;
            let outcome = progress::advance(&mut tx, consumer, epoch, &change).await;
            return progress::conclude(tx, outcome).await;
        }
        let mut tx = self.state().begin(Durability::Full).await?;
        let outcome = match progress::advance(&mut tx, consumer, epoch, &change).await {
            Ok(()) => deadlines::replace(&mut tx, &change.deadlines).await,
            refused => refused,
        };
        progress::conclude(tx, outcome).await
    }

    async fn parked(&self, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
        if !consumer.kind.is_projector() {
            return progress::parked(self.state(), consumer).await;
        }
        match self.model_if_there(consumer).await? {
            Some(file) => progress::parked(&file, consumer).await,
            None => Ok(Vec::new()),
        }
    }
}

/// A read model has no table of deadlines, which could not be written in one commit with it.
pub(super) fn check_change(consumer: &Consumer, change: &Change) -> Result<(), StoreError> {
    if change.deadlines.is_empty() {
        return Ok(());
    }
    let problem = "a projector has no deadlines; set them from a process manager";
    Err(StoreError::unusable(consumer.to_string(), problem))
}

#[async_trait]
impl EngineState for Sqlite {
    async fn deadlines(
        &self,
        filter: &DeadlineFilter,
        limit: usize,
    ) -> Result<Vec<Deadline>, StoreError> {
        deadlines::list(self.state(), filter, limit).await
    }

    async fn set_status(&self, status: &ConsumerStatus) -> Result<(), StoreError> {
        statuses::set(self.state(), status).await
    }

    async fn statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        statuses::list(self.state()).await
    }

    async fn snapshot(&self, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
        snapshots::find(self.state(), stream).await
    }

    async fn set_snapshot(&self, stream: &StreamId, snapshot: Snapshot) -> Result<(), StoreError> {
        snapshots::set(self.state(), stream, snapshot).await
    }

    async fn record_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError> {
        rejections::record(self.state(), rejection, keep).await
    }

    async fn rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError> {
        rejections::list(self.state(), correlation, limit).await
    }
}

/// A limit as SQL takes it.
fn limit_to_sql(limit: usize) -> i64 {
    limit.try_into().unwrap_or(i64::MAX)
}
