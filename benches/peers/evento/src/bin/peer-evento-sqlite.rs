use evento::migrator::{Migrate, Plan};
use sqlx09::sqlite::*;

async fn setup(t: &Target) -> anyhow::Result<(evento::Sqlite, ViewDb)> {
    let opts = SqliteConnectOptions::new()
        .filename(t.folder.join("es.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Normal)
        .busy_timeout(Duration::from_secs(10));
    let pool = SqlitePoolOptions::new()
        .max_connections(bench_harness::settings::POOL)
        .connect_with(opts)
        .await?;
    if t.fresh {
        let mut conn = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx09::Sqlite>()?.run(&mut *conn, &Plan::apply_all()).await?;
        sqlx09::query(bench_harness::domain::VIEW_DDL).execute(&pool).await?;
    }
    Ok((pool.clone().into(), ViewDb::Sqlite(pool)))
}

peer_evento::evento_peer!(
    "SQLite, not flushed",
    "the last commits may be lost",
    "pool of 16, as its examples open it; events are bitcode, not JSON",
    evento::Sqlite,
    setup
);
