//! Checkpoints, epochs and parked events: the same tables in `state.db` and in each read model.

mod parked;

use super::{
    decode::Decode,
    file::File,
    writer::{Durability, WriteTx},
};
use quadrille_core::{
    StoreError,
    state::{Change, Checkpoint, Claim, Consumer, Epoch, ParkedEvent},
    store::Place,
};
use sqlx::{query, sqlite::SqliteRow};

/// Raises the epoch.
pub(super) async fn claim(
    file: &File,
    durability: Durability,
    consumer: &Consumer,
) -> Result<Claim, StoreError> {
    let mut tx = file.begin(durability).await?;
    let rows = query(include_str!("progress/claim.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
        .fetch_all(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    let row = rows.first().ok_or_else(|| tx.fail(sqlx::Error::RowNotFound))?;
    let claim = read_claim(row, file)?;
    tx.commit().await?;
    Ok(claim)
}

pub(super) async fn progress(
    file: &File,
    consumer: &Consumer,
) -> Result<Option<Claim>, StoreError> {
    let row = query(include_str!("progress/progress.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
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
    let rows = query(include_str!("progress/advance.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
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
