use postgres_es::{PostgresCqrs, PostgresEventRepository, PostgresViewRepository};

async fn open(t: &Target) -> anyhow::Result<sqlx::PgPool> {
    Ok(sqlx::postgres::PgPoolOptions::new()
        .max_connections(bench_harness::settings::POOL)
        .connect(&t.url)
        .await?)
}

peer_cqrs_es::cqrs_es_peer!(
    "PostgreSQL",
    "every commit is flushed",
    "pool of 16; the read model is replayed stream by stream, since `replay_all` binds a parameter that its statement lacks",
    PostgresCqrs,
    postgres_es::postgres_cqrs,
    PostgresEventRepository,
    PostgresViewRepository::<AccountView, Account>,
    sqlx::PgPool,
    open,
    [
        "CREATE TABLE events (aggregate_type text NOT NULL, aggregate_id text NOT NULL, \
         sequence bigint CHECK (sequence >= 0) NOT NULL, event_type text NOT NULL, event_version text NOT NULL, \
         payload json NOT NULL, metadata json NOT NULL, PRIMARY KEY (aggregate_type, aggregate_id, sequence))",
        "CREATE TABLE account_view (view_id text NOT NULL, version bigint CHECK (version >= 0) NOT NULL, \
         payload json NOT NULL, PRIMARY KEY (view_id))",
    ]
);
