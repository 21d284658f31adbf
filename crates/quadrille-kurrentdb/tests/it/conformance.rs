use super::support::{gateway, open, small_gateway};
use quadrille_gateway::Running;
use quadrille_sqlite::SqliteStore;
use quadrille_testing::conformance::{self, Fixture};

async fn fixture(gateway: Running) -> Fixture {
    let address = gateway.address();
    let store = open(address).await;
    Fixture::new(store).reopened_by(move || open(address)).keep(gateway)
}

mod over_a_store_in_memory {
    use super::*;

    async fn fresh() -> Fixture {
        fixture(small_gateway().await).await
    }

    quadrille_testing::conformance!(|| async { fresh().await });

    #[test]
    fn no_event_is_skipped_whoever_commits_when() {
        conformance::proof(fresh);
    }
}

mod over_sqlite {
    use super::*;

    async fn fresh() -> Fixture {
        let folder = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(folder.path().join("events.db")).await.unwrap();
        fixture(gateway(store).await).await.keep(folder)
    }

    quadrille_testing::conformance!(|| async { fresh().await });

    #[test]
    fn no_event_is_skipped_whoever_commits_when() {
        conformance::proof(fresh);
    }
}
