use quadrille_core::StoreError;
use quadrille_postgres::{Postgres, PostgresStore};
use quadrille_testing::postgres::{TestDatabase, TestPostgres};
use sqlx::{Connection, Executor, PgConnection};
use std::{fmt::Debug, sync::OnceLock, time::Duration};

/// Whether there is a server; where there is none, that the test is skipped was said.
pub fn available() -> bool {
    TestPostgres::shared().is_some()
}

/// A database of this test's own; `None` where there is no server.
pub async fn database() -> Option<TestDatabase> {
    Some(TestPostgres::shared()?.database().await)
}

/// A server at a port of this machine, for what stands between it and its clients: the one that all
/// share, or where that is named, one that these tests start.
pub fn at_a_port() -> Option<(TestPostgres, u16)> {
    static OWN: OnceLock<Option<TestPostgres>> = OnceLock::new();
    let shared = TestPostgres::shared()?;
    if let Some(port) = shared.port() {
        return Some((shared, port));
    }
    let own = OWN.get_or_init(TestPostgres::private).clone()?;
    let port = own.port()?;
    Some((own, port))
}

pub async fn store(url: &str) -> PostgresStore {
    PostgresStore::options(url).migrate(true).open().await.unwrap()
}

pub async fn models(url: &str) -> Postgres {
    Postgres::options(url).migrate(true).open().await.unwrap()
}

/// Another session, whose transaction holds a lock.
pub async fn hold(database: &TestDatabase, lock: &'static str) -> PgConnection {
    let url = format!("{}?application_name=forgotten_shell", database.url());
    let mut session = PgConnection::connect(&url).await.unwrap();
    session.execute("BEGIN").await.unwrap();
    session.execute(lock).await.unwrap();
    session
}

/// Whoever calls is told of that session.
pub async fn is_told_who<T: Debug>(call: impl Future<Output = Result<T, StoreError>>) {
    let error = call.await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    let told = error.to_string();
    assert!(told.contains("forgotten_shell") && told.contains("idle in transaction"), "{told}");
    assert!(told.contains("pg_terminate_backend"), "{told}");
}

/// Waits until a session waits for a lock.
pub async fn until_one_waits(database: &TestDatabase) {
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND database =
        (SELECT oid FROM pg_database WHERE datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut session).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
