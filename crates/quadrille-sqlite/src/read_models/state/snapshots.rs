use crate::read_models::{decode::Decode, file::File, writer::Durability};
use quadrille_core::{StoreError, StreamId, Version, state::Snapshot};
use sqlx::{Row, query, sqlite::SqliteRow};

pub(super) async fn set(
    file: &File,
    stream: &StreamId,
    snapshot: Snapshot,
) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    query(include_str!("set_snapshot.sql"))
        .bind(stream.to_string())
        .bind(snapshot.aggregate_version)
        .bind(snapshot.version.0.cast_signed())
        .bind(snapshot.data)
        .execute(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    tx.commit().await
}

pub(super) async fn find(file: &File, stream: &StreamId) -> Result<Option<Snapshot>, StoreError> {
    let row =
        query("SELECT aggregate_version, version, data FROM quadrille_snapshots WHERE stream = ?")
            .bind(stream.to_string())
            .fetch_optional(file.reads())
            .await
            .map_err(|error| file.fail(error))?;
    row.map(|row| read(&row)).transpose().map_err(|error| file.fail(error))
}

fn read(row: &SqliteRow) -> Result<Snapshot, sqlx::Error> {
    Ok(Snapshot {
        aggregate_version: row.small("aggregate_version")?,
        version: Version(row.number("version")?),
        data: row.try_get("data")?,
    })
}
