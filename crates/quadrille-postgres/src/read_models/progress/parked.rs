use crate::read_models::{
    Postgres,
    decode::{Decode, micros, plain_text},
    writer::WriteTx,
};
use quadrille_core::{EventId, StoreError, state::ParkedEvent};
use sqlx::{postgres::PgRow, query};
use uuid::Uuid;

impl Postgres {
    pub(super) async fn unpark(
        &self,
        tx: &mut WriteTx,
        consumer: i64,
        events: &[EventId],
    ) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let ids: Vec<Uuid> = events.iter().map(|event| event.0).collect();
        let delete =
            "DELETE FROM {schema}.quadrille_parked WHERE consumer = $1 AND event = ANY ($2)";
        let delete = query(self.sql(delete)).bind(consumer).bind(ids);
        tx.run(delete).await.map(drop).map_err(|error| tx.fail(error))
    }

    pub(super) async fn park(
        &self,
        tx: &mut WriteTx,
        consumer: i64,
        events: &[ParkedEvent],
    ) -> Result<(), StoreError> {
        for parked in events {
            let park = query(self.sql(include_str!("park.sql")))
                .bind(consumer)
                .bind(parked.event.0)
                .bind(parked.position.0.cast_signed())
                .bind(&parked.event_type)
                .bind(parked.stream.to_string())
                .bind(parked.correlation.0)
                .bind(plain_text(&parked.key))
                .bind(plain_text(&parked.reason))
                .bind(i64::from(parked.attempts))
                .bind(parked.subject)
                .bind(micros(parked.parked_at));
            tx.run(park).await.map_err(|error| tx.fail(error))?;
        }
        Ok(())
    }
}

pub(super) fn read(row: &PgRow) -> Result<ParkedEvent, sqlx::Error> {
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
