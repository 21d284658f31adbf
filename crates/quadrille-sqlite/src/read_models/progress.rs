//! Checkpoints, epochs and parked events: the same tables in `state.db` and in each read model.

mod parked;

use super::{
    decode::{Decode, micros},
    file::File,
    writer::{Durability, WriteTx},
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    StoreError,
    state::{Change, Checkpoint, Claim, Consumer, Epoch, Held, Lease, ParkedEvent},
    store::Place,
};
use sqlx::{
    Sqlite, query,
    query::Query,
    sqlite::{SqliteArguments, SqliteRow},
};
use std::time::Duration;

/// Takes a consumer over by force.
pub(super) async fn claim(
    file: &File,
    durability: Durability,
    consumer: &Consumer,
) -> Result<Claim, StoreError> {
    let mut tx = file.begin(durability).await?;
    let claim = take_over(&mut tx, file, consumer, None).await?;
    tx.commit().await?;
    Ok(claim)
}

/// Takes a consumer over, unless somebody else holds it.
pub(super) async fn lease(
    file: &File,
    durability: Durability,
    consumer: &Consumer,
    lease: &Lease,
) -> Result<Result<Claim, Held>, StoreError> {
    let mut tx = file.begin(durability).await?;
    // Processes of one host share its clock.
    let now = Utc::now();
    let rows = of(include_str!("progress/held.sql"), consumer)
        .bind(&lease.holder)
        .bind(micros(now))
        .fetch_all(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    if let Some(row) = rows.first() {
        let held = read_held(row, now).map_err(|error| tx.fail(error))?;
        tx.rollback().await?;
        return Ok(Err(held));
    }
    let claim = take_over(&mut tx, file, consumer, Some((lease, now))).await?;
    tx.commit().await?;
    Ok(Ok(claim))
}

/// Who holds a consumer.
pub(super) async fn held(file: &File, consumer: &Consumer) -> Result<Option<Held>, StoreError> {
    let now = Utc::now();
    let rows = of(include_str!("progress/held.sql"), consumer)
        .bind("")
        .bind(micros(now))
        .fetch_all(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    let held = rows.first().map(|row| read_held(row, now));
    held.transpose().map_err(|error| file.fail(error))
}

/// Raises the epoch.
async fn take_over(
    tx: &mut WriteTx,
    file: &File,
    consumer: &Consumer,
    lease: Option<(&Lease, DateTime<Utc>)>,
) -> Result<Claim, StoreError> {
    let rows = of(include_str!("progress/claim.sql"), consumer)
        .bind(lease.map(|(lease, _)| &lease.holder))
        .bind(lease.map(|(lease, now)| end_of(now, lease.time_to_live)))
        .fetch_all(&mut **tx)
        .await
        .map_err(|error| tx.fail(error))?;
    let row = rows.first().ok_or_else(|| tx.fail(sqlx::Error::RowNotFound))?;
    read_claim(row, file)
}

pub(super) async fn renew(
    file: &File,
    consumer: &Consumer,
    epoch: Epoch,
    time_to_live: Duration,
) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    let rows = of(include_str!("progress/renew.sql"), consumer)
        .bind(epoch.0.cast_signed())
        .bind(end_of(Utc::now(), time_to_live))
        .fetch_all(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    if rows.is_empty() {
        tx.rollback().await?;
        return Err(StoreError::Fenced { consumer: consumer.to_string(), epoch: epoch.0 });
    }
    tx.commit().await
}

pub(super) async fn release(
    file: &File,
    consumer: &Consumer,
    epoch: Epoch,
) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    of(include_str!("progress/release.sql"), consumer)
        .bind(epoch.0.cast_signed())
        .execute(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    tx.commit().await
}

/// A statement whose first four values name a consumer.
fn of<'q>(statement: &'static str, consumer: &'q Consumer) -> Query<'q, Sqlite, SqliteArguments> {
    query(statement)
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
}

fn end_of(now: DateTime<Utc>, time_to_live: Duration) -> i64 {
    let length = i64::try_from(time_to_live.as_micros()).unwrap_or(i64::MAX);
    micros(now).saturating_add(length)
}

fn read_held(row: &SqliteRow, now: DateTime<Utc>) -> Result<Held, sqlx::Error> {
    let remaining = row.signed("held_until_us")?.saturating_sub(micros(now));
    let remaining = Duration::from_micros(remaining.unsigned_abs());
    Ok(Held { holder: row.text("holder")?, remaining })
}

pub(super) async fn progress(
    file: &File,
    consumer: &Consumer,
) -> Result<Option<Claim>, StoreError> {
    let row = of(include_str!("progress/progress.sql"), consumer)
        .fetch_optional(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    row.map(|row| read_claim(&row, file)).transpose()
}

fn read_claim(row: &SqliteRow, file: &File) -> Result<Claim, StoreError> {
    let read = || -> Result<Claim, sqlx::Error> {
        let epoch = Epoch(row.number("epoch")?);
        let Some(store) = row.id_or_none("store")? else {
            return Ok(Claim { epoch, checkpoint: None });
        };
        let place = Place { position: row.position("position")?, event: row.id("event")? };
        Ok(Claim { epoch, checkpoint: Some(Checkpoint { store, place }) })
    };
    read().map_err(|error| file.fail(error))
}

/// Writes progress into an open transaction, which must not be committed after an error.
pub(super) async fn advance(
    tx: &mut WriteTx,
    consumer: &Consumer,
    epoch: Epoch,
    change: &Change,
) -> Result<(), StoreError> {
    let id = pass_fence(tx, consumer, epoch, change.checkpoint).await?;
    parked::unpark(tx, id, &change.unpark).await?;
    parked::park(tx, id, &change.park).await
}

/// The consumer's number, if this epoch is still its epoch.
async fn pass_fence(
    tx: &mut WriteTx,
    consumer: &Consumer,
    epoch: Epoch,
    checkpoint: Option<Checkpoint>,
) -> Result<i64, StoreError> {
    let rows = of(include_str!("progress/advance.sql"), consumer)
        .bind(epoch.0.cast_signed())
        .bind(checkpoint.map(|checkpoint| checkpoint.store.0.hyphenated()))
        .bind(checkpoint.map(|checkpoint| checkpoint.place.position.0.cast_signed()))
        .bind(checkpoint.map(|checkpoint| checkpoint.place.event.0.hyphenated()))
        .fetch_all(&mut **tx)
        .await
        .map_err(|error| tx.fail(error))?;
    match rows.first() {
        Some(row) => sqlx::Row::try_get(row, 0).map_err(|error| tx.fail(error)),
        None => Err(StoreError::Fenced { consumer: consumer.to_string(), epoch: epoch.0 }),
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

/// Leaves nobody who could commit.
pub(super) async fn forget_all(file: &File) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    query("DELETE FROM quadrille_consumers")
        .execute(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    tx.commit().await
}

pub(super) async fn parked(
    file: &File,
    consumer: &Consumer,
) -> Result<Vec<ParkedEvent>, StoreError> {
    parked::list(file, consumer).await
}
