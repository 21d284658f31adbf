use crate::read_models::{
    Postgres,
    decode::{Decode, micros, plain_text},
    progress::of,
    writer::WriteTx,
};
use quadrille_core::{
    StoreError,
    state::{Activity, Consumer, ConsumerKind, ConsumerStatus},
};
use sqlx::{Row, postgres::PgRow, query};

impl Postgres {
    pub(super) async fn write_status(&self, status: &ConsumerStatus) -> Result<(), StoreError> {
        let set = of(self.sql(include_str!("set_status.sql")), &status.consumer)
            .bind(plain_text(&status.component))
            .bind(status.activity.as_str())
            .bind(status.position.0.cast_signed())
            .bind(if status.rate.is_nan() { 0.0 } else { status.rate })
            .bind(status.handled.cast_signed())
            .bind(status.unmatched.cast_signed())
            .bind(status.parked.cast_signed())
            .bind(status.last_error.as_deref().map(plain_text))
            .bind(micros(status.updated_at));
        self.pool().fetch_once(set).await.map(drop).map_err(|error| self.fail(error))
    }

    pub(super) async fn list_statuses(&self) -> Result<Vec<ConsumerStatus>, StoreError> {
        let rows = self.pool().fetch(|| query(self.sql(include_str!("statuses.sql")))).await?;
        let mut statuses: Vec<ConsumerStatus> =
            rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.fail(error))?;
        // The order of the kinds is that of the enum, not of their names.
        statuses.sort_by(|one, other| one.consumer.cmp(&other.consumer));
        Ok(statuses)
    }

    /// Forgets the status of a read model that is gone.
    pub(in crate::read_models) async fn forget_status(
        &self,
        tx: &mut WriteTx,
        consumer: &Consumer,
    ) -> Result<(), sqlx::Error> {
        let forget = of(self.sql(include_str!("forget_status.sql")), consumer);
        tx.run(forget).await.map(drop)
    }
}

fn read(row: &PgRow) -> Result<ConsumerStatus, sqlx::Error> {
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
