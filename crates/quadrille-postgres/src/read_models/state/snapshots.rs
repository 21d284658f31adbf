use crate::read_models::{Postgres, decode::Decode};
use quadrille_core::{StoreError, StreamId, Version, state::Snapshot};
use sqlx::{Row, postgres::PgRow, query};

impl Postgres {
    pub(super) async fn write_snapshot(
        &self,
        stream: &StreamId,
        snapshot: Snapshot,
    ) -> Result<(), StoreError> {
        let set = query(self.sql(include_str!("set_snapshot.sql")))
            .bind(stream.to_string())
            .bind(i64::from(snapshot.aggregate_version))
            .bind(snapshot.version.0.cast_signed())
            .bind(snapshot.data);
        self.pool().fetch_once(set).await.map(drop).map_err(|error| self.fail(error))
    }

    pub(super) async fn find_snapshot(
        &self,
        stream: &StreamId,
    ) -> Result<Option<Snapshot>, StoreError> {
        let find = "SELECT aggregate_version, version, data
            FROM {schema}.quadrille_snapshots WHERE stream = $1";
        let rows = self.pool().fetch(|| query(self.sql(find)).bind(stream.to_string())).await?;
        rows.first().map(read).transpose().map_err(|error| self.fail(error))
    }
}

fn read(row: &PgRow) -> Result<Snapshot, sqlx::Error> {
    Ok(Snapshot {
        aggregate_version: row.small("aggregate_version")?,
        version: Version(row.number("version")?),
        data: row.try_get("data")?,
    })
}
