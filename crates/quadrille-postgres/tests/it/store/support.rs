use quadrille_postgres::PostgresStore;
use std::sync::atomic::{AtomicU64, Ordering};

pub fn database_url() -> String {
    let n = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_nanos();
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{}&schema=t{}_{count}",
        std::env::var("QUADRILLE_TEST_POSTGRES").unwrap(),
        n % 1_000_000_000_000
    )
}

pub async fn store(url: &str) -> PostgresStore {
    PostgresStore::options(url).migrate(true).open().await.unwrap()
}
