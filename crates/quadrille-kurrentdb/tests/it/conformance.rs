use super::{
    support::{gateway, open, small_gateway},
    wrong::Wrong,
};
use quadrille_gateway::Running;
use quadrille_postgres::PostgresStore;
use quadrille_sqlite::SqliteStore;
use quadrille_testing::{
    conformance::{self, Fixture, Proof},
    postgres::TestPostgres,
};

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

mod over_postgresql {
    use super::*;

    async fn fresh() -> Fixture {
        let server = TestPostgres::shared().expect("there is a server");
        let database = server.database().await;
        let store = PostgresStore::options(database.url()).migrate(true).open().await.unwrap();
        fixture(gateway(store).await).await.keep(database)
    }

    fn available() -> bool {
        TestPostgres::shared().is_some()
    }

    quadrille_testing::conformance!(if available() => || async { fresh().await });

    #[test]
    fn no_event_is_skipped_whoever_commits_when() {
        if available() {
            conformance::proof(fresh);
        }
    }
}

#[test]
fn readers_that_are_wrong_are_caught() {
    for wrong in Wrong::ALL {
        let fresh = || async move {
            let gateway = small_gateway().await;
            let address = gateway.address();
            let open = move || async move { wrong.over(open(address).await) };
            Fixture::new(open().await).reopened_by(open).keep(gateway)
        };
        let found = Proof::new().events(4_000).seeds(1..11).findings(fresh);
        let is_caught = match wrong {
            Wrong::HeadAfterRead => found.skipped > 0,
            Wrong::Inclusive => {
                found.problems.iter().any(|problem| problem.contains("events again"))
            }
        };
        assert!(is_caught, "{wrong:?}: {:?}", found.problems);
    }
}
