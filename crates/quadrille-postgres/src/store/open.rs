//! From a URL to a store that is known to be ours, up to date and sound.

use super::{
    Core, PostgresOptions, PostgresStore, Shared, Statements, loads::Loads, log::Readable, news,
    queue::Queue, writer::Writer,
};
use crate::{
    migrate,
    server::{Kept, Pool, Server},
};
use quadrille_core::{StoreError, StoreId};
use quadrille_migrations::postgres::events::SCHEMA;
use sqlx::{AssertSqlSafe, Row, query};
use std::sync::Arc;
use tokio::{runtime::Handle, sync::oneshot};

pub(super) async fn open(
    server: Server,
    options: PostgresOptions,
) -> Result<PostgresStore, StoreError> {
    migrate::prepare(&server, &SCHEMA, options.migrates(), options.patience).await?;
    let reads = server.reading_pool(options.readers, options.patience, !options.pooler);
    check_log(&server, &reads).await?;
    let id = store_id(&server, &reads).await?;
    let writes = Kept::new(server.pool(options.writers, options.patience));
    let loads = server.reading_pool(options.loads(), options.patience, !options.pooler);
    let loading = Kept::new(loads);
    let statements = Statements::new(&server);
    let news = news::News::new(&server);
    let (queue, requests) = Queue::new(Arc::clone(&server.shown), &options);
    let core = Arc::new(Core {
        id,
        server,
        options,
        statements,
        reads,
        loads: Loads::default(),
        loading,
        readable: Readable::default(),
        writes,
        news,
        runtime: Handle::current(),
    });

    let (end, ended) = oneshot::channel();
    let tasks = news::start(&core);
    let writer = Writer::new(Arc::clone(&core), requests);
    let closing = Arc::clone(&core);
    tokio::spawn(async move {
        writer.run().await;
        drop(tasks);
        closing.writes.close().await;
        closing.loading.close().await;
        closing.reads.close().await;
        drop(end);
    });
    Ok(PostgresStore { shared: Arc::new(Shared { core, queue, ended }) })
}

async fn store_id(server: &Server, pool: &Pool) -> Result<StoreId, StoreError> {
    let find = Arc::<str>::from(format!("SELECT id FROM {}", server.named("store")));
    let rows = pool.fetch(|| query(AssertSqlSafe(Arc::clone(&find)))).await?;
    let row = rows.first().ok_or_else(|| {
        StoreError::corrupt(&*server.shown, "the store has lost its identity; restore a backup")
    })?;
    row.try_get(0).map(StoreId).map_err(|error| pool.error(error))
}

/// Refuses a log whose order cannot be relied on.
async fn check_log(server: &Server, pool: &Pool) -> Result<(), StoreError> {
    let sound = include_str!("open/sound.sql");
    let schema = server.schema.to_string();
    let rows = pool.fetch(|| query(sound).bind(schema.clone())).await?;
    let fail = |error| pool.error(error);
    let row = rows.first().ok_or_else(|| server.unusable("the schema holds no events"))?;
    let (triggers, cache): (i64, Option<i64>) =
        (row.try_get(0).map_err(fail)?, row.try_get(1).map_err(fail)?);
    if triggers != 2 {
        return Err(server.unusable(
            "a trigger of the table `events` is disabled or gone, without which readers skip events and the log can be changed; enable it: ALTER TABLE … ENABLE ALWAYS TRIGGER …",
        ));
    }
    if cache != Some(1) {
        return Err(server.unusable(
            "the sequence of the table `events` hands out positions in advance, so that readers would skip events; ALTER SEQUENCE … CACHE 1",
        ));
    }
    Ok(())
}
