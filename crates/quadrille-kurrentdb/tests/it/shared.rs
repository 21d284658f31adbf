//! The whole conformance suite on the server that `QUADRILLE_TEST_KURRENTDB` names, and where none
//! is named on one gateway, whose log keeps what all cases leave, as a server's does.
//!
//! Nobody else may write to the server meanwhile.

use super::{
    apart::Part,
    support::{small_gateway, url},
};
use quadrille_kurrentdb::KurrentDbStore;
use quadrille_testing::conformance::{Fixture, Proof};
use std::{
    env,
    sync::{Arc, LazyLock, mpsc},
    thread,
};
use tokio::sync::{Mutex, OwnedMutexGuard};

static SERVER: LazyLock<String> =
    LazyLock::new(|| env::var("QUADRILLE_TEST_KURRENTDB").unwrap_or_else(|_| gateway()));

/// Cases take turns, or they would read each other's events.
static TURN: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

/// A gateway that stays until the process ends.
fn gateway() -> String {
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let gateway = small_gateway().await;
            tell.send(url(gateway.address())).unwrap();
            std::future::pending::<()>().await;
        });
    });
    told.recv().unwrap()
}

/// For as long as this is held, nobody else in this process writes to the server that is named.
pub async fn turn() -> OwnedMutexGuard<()> {
    Arc::clone(&TURN).lock_owned().await
}

async fn fresh() -> Fixture {
    let turn = turn().await;
    let store = KurrentDbStore::open(&SERVER).await.unwrap();
    let part = Part::new(&store).await;
    let apart = part.of(store);
    let again = move || {
        let part = part.clone();
        async move { part.of(KurrentDbStore::open(&SERVER).await.unwrap()) }
    };
    Fixture::new(apart).reopened_by(again).keep(turn)
}

quadrille_testing::conformance!(|| async { fresh().await });

#[test]
fn no_event_is_skipped_whoever_commits_when() {
    Proof::new().seeds(1..3).events(1_000).run(fresh);
}
