//! Others hold locks, and servers fall silent: what we ask for ourselves ends, and says who to look
//! at.

use crate::support::{at_a_port, database, hold, is_told_who, models, until_one_waits};
use quadrille_core::{
    ReadDatabase, StoreError,
    read_model::{ReadModels, Stage},
    state::{Change, Consumer, ConsumerKind, Consumers, Lease},
};
use quadrille_postgres::Postgres;
use quadrille_testing::{postgres::TestDatabase, proxy::Proxy};
use sqlx::Executor;
use std::time::Duration;

/// A database whose read models have little patience, and which hold one that queries see.
async fn impatient(database: &TestDatabase) -> (Postgres, Consumer) {
    let db = Postgres::options(database.url()).migrate(true).patience(Duration::from_secs(4));
    let db = db.open().await.unwrap();
    let consumer = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    let epoch = db.claim(&consumer).await.unwrap().epoch;
    let mut tx = db.begin(&consumer).await.unwrap();
    tx.execute("CREATE TABLE revenue (cents bigint)").await.unwrap();
    db.set_up(&mut tx, true).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    (db, consumer)
}

const REGISTRY: &str =
    "SELECT pg_advisory_xact_lock(hashtextextended('quadrille models quadrille', 0))";
const CONSUMERS: &str = "SELECT FROM quadrille.quadrille_consumers FOR UPDATE";

#[tokio::test]
async fn who_holds_the_registry_is_named() {
    let Some(database) = database().await else { return };
    let (db, _) = impatient(&database).await;
    let mut session = hold(&database, REGISTRY).await;
    is_told_who(db.open(ConsumerKind::Projector, "shop", 1)).await;
    session.execute("ROLLBACK").await.unwrap();
    db.open(ConsumerKind::Projector, "shop", 1).await.unwrap();
}

#[tokio::test]
async fn who_reads_a_view_for_long_is_named_and_keeps_what_it_sees() {
    let Some(database) = database().await else { return };
    let (db, consumer) = impatient(&database).await;
    let mut session = hold(&database, "SELECT * FROM quadrille_views.revenue").await;
    let next = db.rebuild(&consumer).await.unwrap();
    is_told_who(db.go_live(&next)).await;
    assert_eq!(db.live("revenue").await.unwrap(), Some(consumer), "nothing was changed");
    session.execute("SELECT * FROM quadrille_views.revenue").await.unwrap();
    session.execute("ROLLBACK").await.unwrap();
    db.go_live(&next).await.unwrap();
    assert_eq!(db.live("revenue").await.unwrap(), Some(next));
    let live = |model: &quadrille_core::read_model::ModelInfo| model.stage == Stage::Live;
    assert_eq!(db.models().await.unwrap().iter().filter(|model| live(model)).count(), 1);
}

#[tokio::test]
async fn who_holds_a_consumers_progress_is_named() {
    let Some(database) = database().await else { return };
    let (db, consumer) = impatient(&database).await;
    let lease = Lease { holder: "here".into(), time_to_live: Duration::from_secs(600) };
    let epoch = db.lease(&consumer, &lease).await.unwrap().unwrap().epoch;
    let mut session = hold(&database, CONSUMERS).await;
    let tx = db.begin(&consumer).await.unwrap();
    let (other, change) = (Consumer::handler(ConsumerKind::Reaction, "mail"), Change::default);
    tokio::join!(
        is_told_who(db.commit_tx(tx, &consumer, epoch, change())),
        is_told_who(db.commit(&consumer, epoch, change())),
        is_told_who(db.renew(&consumer, epoch, lease.time_to_live)),
        is_told_who(db.lease(&consumer, &lease)),
        async { db.claim(&other).await.map(drop).unwrap() },
    );
    session.execute("ROLLBACK").await.unwrap();
    db.commit(&consumer, epoch, change()).await.unwrap();
    db.renew(&consumer, epoch, lease.time_to_live).await.unwrap();
}

/// A projector may wait for its own locks as long as it likes.
#[tokio::test]
async fn what_a_projector_waits_for_is_its_own_affair() {
    let Some(database) = database().await else { return };
    let db = models(database.url()).await;
    let consumer = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    let mut tx = db.begin(&consumer).await.unwrap();
    let shown = tx.fetch_one(quadrille_postgres::query_scalar::<String>("SHOW lock_timeout"));
    assert_eq!(shown.await.unwrap(), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_falls_silent_holds_nobody_up() {
    let Some((server, port)) = at_a_port() else { return };
    let database = server.database().await;
    let (direct, consumer) = impatient(&database).await;
    let epoch = direct.claim(&consumer).await.unwrap().epoch;
    let proxy = Proxy::to(([127, 0, 0, 1], port).into()).await.unwrap();
    let address = proxy.address().to_string();
    let url = database.url().replace(&format!("127.0.0.1:{port}"), &address);
    let db = Postgres::options(&url).patience(Duration::from_secs(4)).open().await.unwrap();
    // One transaction is about to commit, and another one waits for the registry, when answers
    // cease to come.
    let tx = db.begin(&consumer).await.unwrap();
    let mut session = hold(&database, REGISTRY).await;
    let opening = {
        let db = db.clone();
        tokio::spawn(async move { db.open(ConsumerKind::Projector, "shop", 1).await })
    };
    until_one_waits(&database).await;
    proxy.swallow_answers(true);
    session.execute("ROLLBACK").await.unwrap();
    let (committed, opened) =
        tokio::join!(db.commit_tx(tx, &consumer, epoch, Change::default()), opening);
    for error in [committed.unwrap_err(), opened.unwrap().unwrap_err()] {
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    }
    proxy.swallow_answers(false);
    db.open(ConsumerKind::Projector, "shop", 1).await.unwrap();
    let tx = db.begin(&consumer).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
}
