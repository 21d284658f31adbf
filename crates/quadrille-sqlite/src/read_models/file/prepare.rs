use super::{ReadModelOptions, connect_options};
use crate::read_models::error::{is_busy, store_error};
use quadrille_core::StoreError;
use quadrille_migrations::sqlite::Schema;
use sqlx::{AssertSqlSafe, Connection, Executor, SqliteConnection, query, query_scalar};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// How often to ask again for what SQLite does not wait for itself.
const RETRY_PAUSE: Duration = Duration::from_millis(5);

/// What is found in a file before anything is written to it.
enum Found {
    Nothing,
    Format(usize),
}

/// Sees to it that a file is ours and in the newest format.
pub(super) async fn prepare(
    path: &Path,
    schema: &Schema,
    options: &ReadModelOptions,
) -> Result<(), StoreError> {
    let fail = |error| store_error(path, error);
    let writes = !options.read_only;
    let connect =
        connect_options(options).filename(path).read_only(!writes).create_if_missing(writes);
    let mut connection = SqliteConnection::connect_with(&connect).await.map_err(fail)?;
    // In a transaction, so that nobody makes the file between one look and the next.
    connection.execute("BEGIN").await.map_err(fail)?;
    let found = inspect(&mut connection, path, schema).await;
    connection.execute("COMMIT").await.map_err(fail)?;
    match found? {
        Found::Format(version) if version == schema.migrations.len() => {}
        _ if !writes => {
            let problem = "it is in an older format; start an app that writes to it once";
            return Err(StoreError::unusable(path.display().to_string(), problem));
        }
        _ => migrate(&mut connection, path, schema, options).await?,
    }
    connection.close().await.map_err(fail)
}

async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
    schema: &Schema,
    options: &ReadModelOptions,
) -> Result<(), StoreError> {
    let fail = |error| store_error(path, error);
    use_write_ahead_log(connection, options.busy_timeout).await.map_err(fail)?;
    connection.execute("BEGIN IMMEDIATE").await.map_err(fail)?;
    // Another process may have been faster.
    let done = match inspect(connection, path, schema).await? {
        Found::Nothing => 0,
        Found::Format(version) => version,
    };
    take_steps(connection, schema, done).await.map_err(fail)?;
    connection.execute("COMMIT").await.map_err(fail)?;
    Ok(())
}

async fn inspect(
    connection: &mut SqliteConnection,
    path: &Path,
    schema: &Schema,
) -> Result<Found, StoreError> {
    let fail = |error| store_error(path, error);
    let refuse = |problem: String| Err(StoreError::unusable(path.display().to_string(), problem));
    let id: i32 =
        query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(fail)?;
    if id == schema.application_id {
        let version: i64 = query_scalar("SELECT count(*) FROM quadrille_migrations")
            .fetch_one(connection)
            .await
            .map_err(fail)?;
        let (version, known) = (version.unsigned_abs() as usize, schema.migrations.len());
        if version > known {
            return refuse(format!(
                "it is in format {version}, this release knows formats up to {known}; use the release that wrote it or a newer one"
            ));
        }
        return Ok(Found::Format(version));
    }
    let objects: i64 = query_scalar("SELECT count(*) FROM sqlite_schema")
        .fetch_one(connection)
        .await
        .map_err(fail)?;
    if id != 0 || objects > 0 {
        return refuse(format!("it is not {}; name another directory", schema.what));
    }
    Ok(Found::Nothing)
}

async fn take_steps(
    connection: &mut SqliteConnection,
    schema: &Schema,
    done: usize,
) -> Result<(), sqlx::Error> {
    connection
        .execute(
            "CREATE TABLE IF NOT EXISTS quadrille_migrations (
                version INTEGER PRIMARY KEY, name TEXT NOT NULL
            ) STRICT",
        )
        .await?;
    for (version, step) in (1_i64..).zip(schema.migrations).skip(done) {
        connection.execute(step.sql).await?;
        query("INSERT INTO quadrille_migrations (version, name) VALUES (?, ?)")
            .bind(version)
            .bind(step.name)
            .execute(&mut *connection)
            .await?;
    }
    let mark = format!("PRAGMA application_id = {}", schema.application_id);
    connection.execute(AssertSqlSafe(mark)).await?;
    Ok(())
}

/// SQLite does not wait for other connections here as it does elsewhere.
async fn use_write_ahead_log(
    connection: &mut SqliteConnection,
    patience: Duration,
) -> Result<(), sqlx::Error> {
    let begun = Instant::now();
    loop {
        match connection.execute("PRAGMA journal_mode = WAL").await {
            Err(error) if is_busy(&error) && begun.elapsed() < patience => {
                tokio::time::sleep(RETRY_PAUSE).await;
            }
            done => return done.map(drop),
        }
    }
}
