use quadrille_postgres::{Postgres, PostgresStore};
use quadrille_testing::postgres::{TestDatabase, TestPostgres};

/// Whether there is a server; where there is none, that the test is skipped was said.
pub fn available() -> bool {
    TestPostgres::shared().is_some()
}

/// A database of this test's own; `None` where there is no server.
pub async fn database() -> Option<TestDatabase> {
    Some(TestPostgres::shared()?.database().await)
}

pub async fn store(url: &str) -> PostgresStore {
    PostgresStore::options(url).migrate(true).open().await.unwrap()
}

pub async fn models(url: &str) -> Postgres {
    Postgres::options(url).migrate(true).open().await.unwrap()
}
