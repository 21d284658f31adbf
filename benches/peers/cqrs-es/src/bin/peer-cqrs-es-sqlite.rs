use sqlite_es::{SqliteCqrs, SqliteEventRepository, SqliteViewRepository};

/// The crate's own pool: WAL, synchronous=NORMAL, 10 connections.
async fn open(t: &Target) -> anyhow::Result<sqlx::SqlitePool> {
    Ok(sqlite_es::default_sqlite_pool(&format!("sqlite://{}/es.db", t.folder.display())).await)
}

peer_cqrs_es::cqrs_es_peer!(
    "SQLite, not flushed",
    "the last commits may be lost",
    "its own pool of 10; the read model is replayed stream by stream, as on PostgreSQL",
    SqliteCqrs,
    sqlite_es::sqlite_cqrs,
    SqliteEventRepository,
    SqliteViewRepository::<AccountView, Account>,
    sqlx::SqlitePool,
    open,
    [
        "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
         sequence integer CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
         payload text NOT NULL, metadata text NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence)) STRICT",
        "CREATE TABLE account_view (view_id text NOT NULL, version integer CHECK (version >= 0) NOT NULL, \
         payload text NOT NULL, PRIMARY KEY (view_id)) STRICT",
    ]
);
