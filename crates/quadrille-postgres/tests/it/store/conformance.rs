use crate::support::{available, database, store};
use quadrille_testing::conformance::{self, Fixture};

async fn fresh() -> Fixture {
    let database = database().await.expect("there is a server");
    let url = database.url().to_owned();
    let opened = store(&url).await;
    let again = move || {
        let url = url.clone();
        async move { store(&url).await }
    };
    Fixture::new(opened).reopened_by(again).keep(database)
}

quadrille_testing::conformance!(if available() => || async { fresh().await });

#[test]
fn it_agrees_with_the_model() {
    if available() {
        conformance::model(fresh);
    }
}
