use super::limit_to_sql;
use crate::read_models::{
    decode::{Decode, micros},
    file::File,
    writer::WriteTx,
};
use quadrille_core::{
    StoreError,
    state::{Deadline, DeadlineFilter},
};
use sqlx::{query, sqlite::SqliteRow};

pub(super) async fn replace(
    tx: &mut WriteTx,
    instances: &[(String, String, Vec<Deadline>)],
) -> Result<(), StoreError> {
    for (process, instance, deadlines) in instances {
        query("DELETE FROM quadrille_deadlines WHERE process = ? AND instance = ?")
            .bind(process)
            .bind(instance)
            .execute(&mut **tx)
            .await
            .map_err(|error| tx.fail(error))?;
        for deadline in deadlines {
            insert(tx, process, instance, deadline).await.map_err(|error| tx.fail(error))?;
        }
    }
    Ok(())
}

async fn insert(
    tx: &mut WriteTx,
    process: &str,
    instance: &str,
    deadline: &Deadline,
) -> Result<(), sqlx::Error> {
    query(include_str!("insert_deadline.sql"))
        .bind(process)
        .bind(instance)
        .bind(deadline.id.hyphenated())
        .bind(&deadline.name)
        .bind(deadline.is_command)
        .bind(micros(deadline.due))
        .bind(deadline.correlation.0.hyphenated())
        .execute(&mut **tx)
        .await
        .map(drop)
}

pub(super) async fn list(
    file: &File,
    filter: &DeadlineFilter,
    limit: usize,
) -> Result<Vec<Deadline>, StoreError> {
    let rows = query(include_str!("deadlines.sql"))
        .bind(&filter.process)
        .bind(filter.due_by.map_or(i64::MAX, micros))
        .bind(filter.correlation.map(|id| id.0.hyphenated()))
        .bind(limit_to_sql(limit))
        .fetch_all(file.reads())
        .await
        .map_err(|error| file.fail(error))?;
    rows.iter().map(read).collect::<Result<_, _>>().map_err(|error| file.fail(error))
}

fn read(row: &SqliteRow) -> Result<Deadline, sqlx::Error> {
    Ok(Deadline {
        id: row.id("id")?,
        process: row.text("process")?,
        key: row.text("instance")?,
        name: row.text("name")?,
        is_command: row.signed("is_command")? != 0,
        due: row.time("due_us")?,
        correlation: row.id("correlation")?,
    })
}
