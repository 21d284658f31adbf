use crate::read_models::{
    decode::{Decode, micros},
    file::File,
    writer::WriteTx,
};
use quadrille_core::{
    EventId, StoreError,
    state::{Consumer, ParkedEvent},
};
use sqlx::{query, sqlite::SqliteRow};
use uuid::Uuid;

pub(super) async fn unpark(
    tx: &mut WriteTx,
    consumer: i64,
    events: &[EventId],
) -> Result<(), StoreError> {
    for event in events {
        query("DELETE FROM quadrille_parked WHERE consumer = ? AND event = ?")
            .bind(consumer)
            .bind(event.0.hyphenated())
            .execute(&mut **tx)
            .await
            .map_err(|error| tx.fail(error))?;
    }
    Ok(())
}

pub(super) async fn park(
    tx: &mut WriteTx,
    consumer: i64,
    events: &[ParkedEvent],
) -> Result<(), StoreError> {
    for parked in events {
        query(include_str!("park.sql"))
            .bind(consumer)
            .bind(parked.event.0.hyphenated())
            .bind(parked.position.0.cast_signed())
            .bind(&parked.event_type)
            .bind(parked.stream.to_string())
            .bind(parked.correlation.0.hyphenated())
            .bind(&parked.key)
            .bind(&parked.reason)
            .bind(parked.attempts)
            .bind(parked.subject.map(Uuid::hyphenated))
            .bind(micros(parked.parked_at))
            .execute(&mut **tx)
            .await
            .map_err(|error| tx.fail(error))?;
    }
    Ok(())
}

pub(super) async fn list(file: &File, consumer: &Consumer) -> Result<Vec<ParkedEvent>, StoreError> {
    let rows = query(include_str!("parked.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
        .fetch_all(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| file.fail(error))
}

fn read(row: &SqliteRow) -> Result<ParkedEvent, sqlx::Error> {
    Ok(ParkedEvent {
        event: row.id("event")?,
        position: row.position("position")?,
        event_type: row.text("event_type")?,
        stream: row.parsed("stream")?,
        correlation: row.id("correlation")?,
        key: row.text("wait_key")?,
        reason: row.text("reason")?,
        attempts: row.small("attempts")?,
        subject: row.id_or_none("subject")?,
        parked_at: row.time("parked_at_us")?,
    })
}
