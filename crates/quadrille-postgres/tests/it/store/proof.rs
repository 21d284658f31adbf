//! No event is skipped, whatever happens on the server; and readers that do skip some are caught.

mod disturbance;
mod wrong;

use crate::support::{available, database, store};
use disturbance::disturb;
use quadrille_testing::{
    conformance::{Fixture, Proof},
    postgres::TestPostgres,
};
use wrong::{WRONG_READERS, WrongReader};

async fn fresh() -> Fixture {
    let database = database().await.expect("there is a server");
    let url = database.url().to_owned();
    let opened = store(&url).await;
    disturbance::slow_down(&url).await;
    let (again, disturbed) = (url.clone(), url);
    let again = move || {
        let url = again.clone();
        async move { store(&url).await }
    };
    Fixture::new(opened)
        .reopened_by(again)
        .disturbed_by(move |run| disturb(disturbed.clone(), run))
        .keep(database)
}

#[test]
fn no_event_is_skipped_whatever_happens_on_the_server() {
    if available() {
        Proof::new().run(fresh);
    }
}

#[test]
fn every_reader_that_is_known_to_be_wrong_is_caught() {
    // The bound of one of them covers all of its server: others would hold it back.
    let Some(server) = TestPostgres::private() else { return };
    for wrong in WRONG_READERS {
        let server = &server;
        let open = || async move {
            let database = server.database().await;
            let url = database.url().to_owned();
            let opened = WrongReader::open(&url, wrong).await;
            disturbance::slow_down(&url).await;
            let again = move || {
                let url = url.clone();
                async move { WrongReader::open(&url, wrong).await }
            };
            Fixture::new(opened).reopened_by(again).keep(database)
        };
        let found = Proof::new().events(20_000).seeds(1..21).findings(open);
        assert!(found.skipped > 0, "{}: {:?}", wrong.name, found.problems);
    }
}
