use evento::migrator::{Migrate, Plan};

async fn setup(t: &Target) -> anyhow::Result<(evento::Postgres, ViewDb)> {
    let pool = sqlx09::postgres::PgPoolOptions::new()
        .max_connections(bench_harness::settings::POOL)
        .connect(&t.url)
        .await?;
    if t.fresh {
        let mut conn = pool.acquire().await?;
        evento::sql_migrator::new::<sqlx09::Postgres>()?
            .run(&mut *conn, &Plan::apply_all())
            .await?;
        sqlx09::query(bench_harness::domain::VIEW_DDL).execute(&pool).await?;
    }
    Ok((pool.clone().into(), ViewDb::Pg(pool)))
}

peer_evento::evento_peer!(
    "PostgreSQL",
    "every commit is flushed",
    "pool of 16; events are bitcode, not JSON",
    evento::Postgres,
    setup
);
