use super::limit_to_sql;
use crate::read_models::{
    Postgres,
    decode::{Decode, micros, plain_text},
};
use quadrille_core::{CorrelationId, StoreError, state::RejectionRecord};
use sqlx::{Row, postgres::PgRow, query};

impl Postgres {
    pub(super) async fn write_rejection(
        &self,
        rejection: &RejectionRecord,
        keep: usize,
    ) -> Result<(), StoreError> {
        let mut tx = self.begin_write().await?;
        let insert = query(self.sql(include_str!("insert_rejection.sql")))
            .bind(rejection.command)
            .bind(&rejection.name)
            .bind(rejection.stream.to_string())
            .bind(rejection.correlation.0)
            .bind(plain_text(&rejection.code))
            .bind(plain_text(&rejection.message))
            .bind(rejection.actor.as_deref().map(plain_text))
            .bind(micros(rejection.occurred_at));
        tx.run(insert).await.map_err(|error| tx.fail(error))?;
        let forget = query(self.sql(include_str!("forget_rejections.sql")));
        let forgotten = tx.run(forget.bind(limit_to_sql(keep))).await;
        forgotten.map_err(|error| tx.fail(error))?;
        tx.commit().await
    }

    pub(super) async fn list_rejections(
        &self,
        correlation: Option<CorrelationId>,
        limit: usize,
    ) -> Result<Vec<RejectionRecord>, StoreError> {
        let text = include_str!("rejections.sql");
        let rows = self.pool().fetch(|| {
            let statement = query(self.sql(text)).bind(correlation.map(|id| id.0));
            statement.bind(limit_to_sql(limit))
        });
        let rows = rows.await?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| self.fail(error))
    }
}

fn read(row: &PgRow) -> Result<RejectionRecord, sqlx::Error> {
    Ok(RejectionRecord {
        command: row.id("command")?,
        name: row.text("name")?,
        stream: row.parsed("stream")?,
        correlation: row.id("correlation")?,
        code: row.text("code")?,
        message: row.text("message")?,
        actor: row.try_get("actor")?,
        occurred_at: row.time("occurred_at_us")?,
    })
}
