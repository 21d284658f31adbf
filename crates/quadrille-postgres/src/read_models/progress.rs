//! Checkpoints, epochs, leases and parked events.

mod parked;

use super::{
    Postgres,
    decode::Decode,
    writer::{WriteTx, lock_patience},
};
use quadrille_core::{
    StoreError,
    state::{Change, Checkpoint, Claim, Consumer, Epoch, Held, Lease, ParkedEvent},
    store::Place,
};
use sqlx::{
    AssertSqlSafe, Row, SqlSafeStr,
    postgres::{PgArguments, PgRow},
    query,
    query::Query,
};
use std::time::Duration;

/// A statement whose first four values name a consumer.
pub(super) fn of<'q>(
    statement: impl SqlSafeStr,
    consumer: &'q Consumer,
) -> Query<'q, sqlx::Postgres, PgArguments> {
    query(statement)
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(i64::from(consumer.version))
        .bind(i64::from(consumer.generation))
}

impl Postgres {
    /// Raises the epoch, unless somebody else holds a lease: with one of its own, or by force.
    pub(super) async fn take_over(
        &self,
        consumer: &Consumer,
        lease: Option<&Lease>,
    ) -> Result<Result<Claim, Held>, StoreError> {
        self.check_registered(consumer).await?;
        loop {
            let mut tx = self.begin_write().await?;
            let claim = of(self.sql(include_str!("progress/claim.sql")), consumer)
                .bind(lease.map(|lease| &lease.holder))
                .bind(lease.map(|lease| lease.time_to_live.as_secs_f64()));
            let rows = tx.run(claim).await.map_err(|error| tx.fail(error))?;
            tx.commit().await?;
            if let Some(row) = rows.first() {
                return read_claim(row).map(Ok).map_err(|error| self.fail(error));
            }
            // Who held it then may have let go of it since.
            if let Some(held) = self.holder(consumer).await? {
                return Ok(Err(held));
            }
        }
    }

    pub(super) async fn holder(&self, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
        let text = self.sql(include_str!("progress/held.sql"));
        let rows = self.pool().fetch_once(of(text, consumer)).await;
        let rows = rows.map_err(|error| self.fail(error))?;
        let Some(row) = rows.first() else { return Ok(None) };
        let held = || -> Result<Held, sqlx::Error> {
            let remaining: f64 = row.try_get("remaining")?;
            let remaining = Duration::try_from_secs_f64(remaining).unwrap_or_default();
            Ok(Held { holder: row.text("holder")?, remaining })
        };
        held().map(Some).map_err(|error| self.fail(error))
    }

    pub(super) async fn renew_lease(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
        time_to_live: Duration,
    ) -> Result<(), StoreError> {
        // Other leases are renewed on the same connections, and must not run out meanwhile.
        let patience = lock_patience(self.settings().patience).min(time_to_live / 3);
        let mut tx = WriteTx::begin(self.leases(), Some(patience)).await?;
        let renew = of(self.sql(include_str!("progress/renew.sql")), consumer)
            .bind(epoch.0.cast_signed())
            .bind(time_to_live.as_secs_f64());
        let rows = tx.run(renew).await.map_err(|error| tx.fail(error))?;
        tx.commit().await?;
        if rows.is_empty() { Err(fenced(consumer, epoch)) } else { Ok(()) }
    }

    pub(super) async fn release_lease(
        &self,
        consumer: &Consumer,
        epoch: Epoch,
    ) -> Result<(), StoreError> {
        let text = self.sql(include_str!("progress/release.sql"));
        let patience = lock_patience(self.settings().patience);
        let mut tx = WriteTx::begin(self.leases(), Some(patience)).await?;
        let release = of(text, consumer).bind(epoch.0.cast_signed());
        tx.run(release).await.map_err(|error| tx.fail(error))?;
        tx.commit().await
    }

    pub(super) async fn progress_of(
        &self,
        consumer: &Consumer,
    ) -> Result<Option<Claim>, StoreError> {
        let text = self.sql(include_str!("progress/progress.sql"));
        let rows = self.pool().fetch_once(of(text, consumer)).await;
        let rows = rows.map_err(|error| self.fail(error))?;
        rows.first().map(read_claim).transpose().map_err(|error| self.fail(error))
    }

    /// Writes progress into an open transaction, which must not be committed after an error.
    pub(super) async fn advance(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
        epoch: Epoch,
        change: &Change,
    ) -> Result<(), StoreError> {
        let id = self.pass_fence(tx, consumer, epoch, change.checkpoint).await?;
        self.unpark(tx, id, &change.unpark).await?;
        self.park(tx, id, &change.park).await
    }

    /// The consumer's number, if this epoch is still its epoch. Until the transaction ends, nobody
    /// else can claim it.
    async fn pass_fence(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
        epoch: Epoch,
        checkpoint: Option<Checkpoint>,
    ) -> Result<i64, StoreError> {
        let advance = of(self.sql(include_str!("progress/advance.sql")), consumer)
            .bind(epoch.0.cast_signed())
            .bind(checkpoint.map(|checkpoint| checkpoint.store.0))
            .bind(checkpoint.map(|checkpoint| checkpoint.place.position.0.cast_signed()))
            .bind(checkpoint.map(|checkpoint| checkpoint.place.event.0));
        let rows = tx.run(advance).await.map_err(|error| tx.fail(error))?;
        match rows.first() {
            Some(row) => row.try_get(0).map_err(|error| tx.fail(error)),
            None => Err(fenced(consumer, epoch)),
        }
    }

    pub(super) async fn parked_at(
        &self,
        consumer: &Consumer,
    ) -> Result<Vec<ParkedEvent>, StoreError> {
        let text: AssertSqlSafe<String> = self.sql(include_str!("progress/parked.sql"));
        let rows = self.pool().fetch_once(of(text, consumer)).await;
        let rows = rows.map_err(|error| self.fail(error))?;
        rows.iter().map(parked::read).collect::<Result<_, _>>().map_err(|error| self.fail(error))
    }
}

/// Commits what succeeded; keeps the connection of a worker that was only too late.
pub(super) async fn conclude(
    tx: WriteTx,
    outcome: Result<(), StoreError>,
) -> Result<(), StoreError> {
    match outcome {
        Ok(()) => tx.commit().await,
        Err(fenced @ StoreError::Fenced { .. }) => {
            tx.rollback().await?;
            Err(fenced)
        }
        Err(error) => Err(error),
    }
}

fn fenced(consumer: &Consumer, epoch: Epoch) -> StoreError {
    StoreError::Fenced { consumer: consumer.to_string(), epoch: epoch.0 }
}

fn read_claim(row: &PgRow) -> Result<Claim, sqlx::Error> {
    let epoch = Epoch(row.number("epoch")?);
    let Some(store) = row.id_or_none("store")? else {
        return Ok(Claim { epoch, checkpoint: None });
    };
    let place = Place { position: row.position("position")?, event: row.id("event")? };
    Ok(Claim { epoch, checkpoint: Some(Checkpoint { store, place }) })
}
