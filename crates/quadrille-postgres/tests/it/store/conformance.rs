use super::support::{database_url, store};
use quadrille_testing::conformance::{self, Fixture};

async fn fresh() -> Fixture {
    let url = database_url();
    let opened = store(&url).await;
    let again = move || {
        let url = url.clone();
        async move { store(&url).await }
    };
    Fixture::new(opened).reopened_by(again)
}

quadrille_testing::conformance!(|| async { fresh().await });

#[test]
fn it_agrees_with_the_model() {
    conformance::model(fresh);
}
