use super::support::place;
use quadrille_sqlite::SqliteStore;
use quadrille_testing::conformance::{self, Fixture};

async fn fresh() -> Fixture {
    let (directory, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let again = move || {
        let path = path.clone();
        async move { SqliteStore::open(path).await.unwrap() }
    };
    Fixture::new(store).reopened_by(again).keep(directory)
}

quadrille_testing::conformance!(|| async { fresh().await });

#[test]
fn it_agrees_with_the_model() {
    conformance::model(fresh);
}

#[test]
fn no_event_is_skipped_whoever_commits_when() {
    conformance::proof(fresh);
}
