use crate::read_models::{
    decode::{Decode, micros},
    file::File,
    writer::{Durability, WriteTx},
};
use quadrille_core::{
    StoreError,
    state::{Activity, Consumer, ConsumerKind, ConsumerStatus},
};
use sqlx::{Row, query, sqlite::SqliteRow};

pub(super) async fn set(file: &File, status: &ConsumerStatus) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    let ConsumerStatus { consumer, .. } = status;
    query(include_str!("set_status.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
        .bind(&status.component)
        .bind(status.activity.as_str())
        .bind(status.position.0.cast_signed())
        // SQLite keeps what is not a number as NULL.
        .bind(if status.rate.is_nan() { 0.0 } else { status.rate })
        .bind(status.handled.cast_signed())
        .bind(status.unmatched.cast_signed())
        .bind(status.parked.cast_signed())
        .bind(&status.last_error)
        .bind(micros(status.updated_at))
        .execute(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    tx.commit().await
}

pub(super) async fn list(file: &File) -> Result<Vec<ConsumerStatus>, StoreError> {
    let rows = query(include_str!("statuses.sql"))
        .fetch_all(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    let mut statuses: Vec<ConsumerStatus> =
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| file.fail(error))?;
    // The order of the kinds is that of the enum, not of their names.
    statuses.sort_by(|one, other| one.consumer.cmp(&other.consumer));
    Ok(statuses)
}

/// Forgets the status of a read model that is gone.
pub(in crate::read_models) async fn forget(
    tx: &mut WriteTx,
    consumer: &Consumer,
) -> Result<(), StoreError> {
    query(include_str!("forget_status.sql"))
        .bind(consumer.kind.as_str())
        .bind(&consumer.name)
        .bind(consumer.version)
        .bind(consumer.generation)
        .execute(&mut **tx)
        .await
        .map(drop)
        .map_err(|error| tx.fail(error))
}

fn read(row: &SqliteRow) -> Result<ConsumerStatus, sqlx::Error> {
    Ok(ConsumerStatus {
        consumer: Consumer {
            kind: row.named("kind", ConsumerKind::from_name)?,
            name: row.text("name")?,
            version: row.small("version")?,
            generation: row.small("generation")?,
        },
        component: row.text("component")?,
        activity: row.named("activity", Activity::from_name)?,
        position: row.position("position")?,
        rate: row.try_get("rate")?,
        handled: row.number("handled")?,
        unmatched: row.number("unmatched")?,
        parked: row.number("parked")?,
        last_error: row.try_get("last_error")?,
        updated_at: row.time("updated_at_us")?,
    })
}
