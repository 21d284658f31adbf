use super::limit_to_sql;
use crate::read_models::{
    decode::{Decode, micros},
    file::File,
    writer::{Durability, WriteTx},
};
use quadrille_core::{CorrelationId, StoreError, state::RejectionRecord};
use sqlx::{Row, query, sqlite::SqliteRow};

pub(super) async fn record(
    file: &File,
    rejection: &RejectionRecord,
    keep: usize,
) -> Result<(), StoreError> {
    let mut tx = file.begin(Durability::Lazy).await?;
    let number = insert(&mut tx, rejection).await.map_err(|error| tx.fail(error))?;
    query("DELETE FROM quadrille_rejections WHERE number <= ?")
        .bind(number - limit_to_sql(keep))
        .execute(&mut *tx)
        .await
        .map_err(|error| tx.fail(error))?;
    tx.commit().await
}

async fn insert(tx: &mut WriteTx, rejection: &RejectionRecord) -> Result<i64, sqlx::Error> {
    query(include_str!("insert_rejection.sql"))
        .bind(rejection.command.hyphenated())
        .bind(&rejection.name)
        .bind(rejection.stream.to_string())
        .bind(rejection.correlation.0.hyphenated())
        .bind(&rejection.code)
        .bind(&rejection.message)
        .bind(&rejection.actor)
        .bind(micros(rejection.occurred_at))
        .execute(&mut **tx)
        .await
        .map(|inserted| inserted.last_insert_rowid())
}

pub(super) async fn list(
    file: &File,
    correlation: Option<CorrelationId>,
    limit: usize,
) -> Result<Vec<RejectionRecord>, StoreError> {
    let all = include_str!("rejections.sql");
    let of_one_flow = include_str!("rejections_of_flow.sql");
    let query = match correlation {
        None => query(all),
        Some(id) => query(of_one_flow).bind(id.0.hyphenated()),
    };
    let rows = query
        .bind(limit_to_sql(limit))
        .fetch_all(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| file.fail(error))
}

fn read(row: &SqliteRow) -> Result<RejectionRecord, sqlx::Error> {
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
