//! Bringing a schema up to date, and refusing one that is not.

use crate::server::{Server, held, in_time, lock_timeout, run_script};
use quadrille_core::StoreError;
use quadrille_migrations::postgres::Schema;
use sqlx::{AssertSqlSafe, Connection, PgConnection, query, query_as, query_scalar};
use std::{convert::Infallible, time::Duration};

/// The oldest server that is supported, as `server_version_num` has it.
const OLDEST: i32 = 130_000;

/// What a schema holds of ours.
struct Found {
    schema: bool,
    steps: usize,
    format: i32,
}

/// Checks that the server and the schema can be used, and migrates if it is said how long that may
/// wait for a lock.
pub(crate) async fn prepare(
    server: &Server,
    schema: &Schema,
    migrate: Option<Duration>,
    patience: Duration,
) -> Result<(), StoreError> {
    let fail = |error| server.error(error);
    let mut connection = server.connect(patience).await.map_err(fail)?;
    check_server(server, &mut connection).await?;
    let found = find(&mut connection, server, schema).await.map_err(fail)?;
    refuse_newer(server, schema, &found)?;
    if found.steps < schema.migrations.len() {
        let Some(lock_patience) = migrate else {
            let state = if found.steps == 0 { "holds no tables of" } else { "is older than" };
            return Err(server.unusable(format!(
                "the schema {:?} {state} {}; migrate it with `quadrille migrate`, or open it with `migrate(true)`",
                server.schema, schema.what
            )));
        };
        take_steps(server, schema, &mut connection, lock_patience, patience).await?;
    }
    // The server closes it as well, if this cannot be told to it.
    let _ = connection.close().await;
    Ok(())
}

/// Whether a schema holds anything of ours.
pub(crate) async fn is_there(
    server: &Server,
    schema: &Schema,
    patience: Duration,
) -> Result<bool, StoreError> {
    let fail = |error| server.error(error);
    let mut connection = server.connect(patience).await.map_err(fail)?;
    let found = find(&mut connection, server, schema).await.map_err(fail)?;
    // The server closes it as well, if this cannot be told to it.
    let _ = connection.close().await;
    Ok(found.steps > 0)
}

async fn check_server(server: &Server, connection: &mut PgConnection) -> Result<(), StoreError> {
    let settings = "SELECT current_setting('server_version_num')::int4,
        current_setting('server_encoding'), pg_is_in_recovery()";
    let (version, encoding, standby): (i32, String, bool) =
        query_as(settings).fetch_one(connection).await.map_err(|error| server.error(error))?;
    if version < OLDEST {
        let problem = format!("its version is {}; PostgreSQL 13 is the oldest", version / 10_000);
        return Err(server.unusable(problem));
    }
    if encoding != "UTF8" {
        let problem = format!("the database is kept in {encoding}; make one with ENCODING 'UTF8'");
        return Err(server.unusable(problem));
    }
    if standby {
        return Err(server.unusable(
            "it is a standby, which does not know what is still being written; name the primary",
        ));
    }
    Ok(())
}

async fn find(
    connection: &mut PgConnection,
    server: &Server,
    schema: &Schema,
) -> Result<Found, sqlx::Error> {
    // Asked of the catalogue itself: what a session remembers of names may be old.
    let there = "SELECT count(n.oid) > 0, count(c.oid) > 0 FROM pg_namespace AS n
        LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = $2 WHERE n.nspname = $1";
    let there = query_as(there).bind(&*server.schema).bind(schema.history);
    let (namespace, table): (bool, bool) = there.fetch_one(&mut *connection).await?;
    let history = server.named(schema.history);
    if !table {
        return Ok(Found { schema: namespace, steps: 0, format: 0 });
    }
    let steps = format!("SELECT count(*), coalesce(max(format), 0) FROM {history}");
    let (steps, format): (i64, i32) = query_as(AssertSqlSafe(steps)).fetch_one(connection).await?;
    Ok(Found { schema: true, steps: steps as usize, format })
}

fn refuse_newer(server: &Server, schema: &Schema, found: &Found) -> Result<(), StoreError> {
    if found.format <= schema.format {
        return Ok(());
    }
    Err(server.unusable(format!(
        "the schema {:?} has format {}, and this release reads format {}; use a newer release",
        server.schema, found.format, schema.format
    )))
}

/// All steps that are missing, in one transaction. Who holds a lock that it waits for is told
/// meanwhile, and named when it gives up.
async fn take_steps(
    server: &Server,
    schema: &Schema,
    connection: &mut PgConnection,
    lock_patience: Duration,
    patience: Duration,
) -> Result<(), StoreError> {
    let fail = |error| server.error(error);
    let mut tx = connection.begin().await.map_err(fail)?;
    let begin = query_as("SELECT pg_backend_pid(), set_config('lock_timeout', $1, true)");
    let begin = begin.bind(lock_timeout(lock_patience)).fetch_one(&mut *tx);
    let (session, _): (i32, String) = begin.await.map_err(fail)?;
    let mut holders = None;
    let done = {
        let interval = lock_patience.min(patience) / 2;
        let watch = watch(server, session, patience, interval, &mut holders);
        tokio::select! {
            biased;
            done = steps(server, schema, &mut tx, lock_patience + patience) => done,
            never = watch => match never {},
        }
    };
    match (done, holders) {
        (Ok(()), _) => tx.commit().await.map_err(fail),
        (Err(StoreError::Unavailable { source, .. }), Some(holders)) => {
            Err(StoreError::Unavailable { what: held(&server.shown, &holders), source })
        }
        (failed, _) => failed,
    }
}

/// Looks again and again for who holds a session up, and says so when it is somebody else.
async fn watch(
    server: &Server,
    session: i32,
    patience: Duration,
    interval: Duration,
    known: &mut Option<String>,
) -> Infallible {
    loop {
        tokio::time::sleep(interval).await;
        let found = server.who_holds_up(patience, session).await;
        if let Some(holders) = found.as_deref().filter(|_| found != *known) {
            tracing::warn!(holders, server = %server.shown, "a migration waits for a lock");
        }
        *known = found;
    }
}

/// While nobody else takes any.
async fn steps(
    server: &Server,
    schema: &Schema,
    tx: &mut PgConnection,
    patience: Duration,
) -> Result<(), StoreError> {
    let fail = |error| server.error(error);
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended('quadrille migrates ' || $1, 0))";
    let lock = query(lock).bind(&*server.schema).execute(&mut *tx);
    in_time(patience, lock).await.map_err(fail)?;
    // Somebody else may have been at work since the first look.
    let found = find(tx, server, schema).await.map_err(fail)?;
    refuse_newer(server, schema, &found)?;
    if !found.schema {
        let create = format!("CREATE SCHEMA \"{}\"", server.schema);
        query(AssertSqlSafe(create)).execute(&mut *tx).await.map_err(|error| {
            let advice = format!(
                "; grant CREATE on the database, or let its owner run CREATE SCHEMA {} AUTHORIZATION …",
                server.schema
            );
            server.unusable(format!("the schema cannot be made: {error}{advice}"))
        })?;
    }
    let path = format!("\"{}\", pg_temp", server.schema);
    let set = "SELECT set_config('search_path', $1, true)";
    query_scalar::<_, String>(set).bind(path).fetch_one(&mut *tx).await.map_err(fail)?;
    let history = schema.history;
    let create = format!(
        "CREATE TABLE IF NOT EXISTS {history} (
            number int PRIMARY KEY, name text NOT NULL, format int NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT clock_timestamp())"
    );
    query(AssertSqlSafe(create)).execute(&mut *tx).await.map_err(fail)?;
    let insert = format!("INSERT INTO {history} (number, name, format) VALUES ($1, $2, $3)");
    for (index, step) in schema.migrations.iter().enumerate().skip(found.steps) {
        run_script(tx, step.sql).await.map_err(fail)?;
        let insert = query(AssertSqlSafe(insert.clone()));
        let insert = insert.bind(index as i32 + 1).bind(step.name).bind(schema.format);
        insert.execute(&mut *tx).await.map_err(fail)?;
    }
    Ok(())
}
