//! Projectors that write SQL.

use crate::support::{database, models};
use quadrille_core::{
    Projected, ReadDatabase, StoreError, Tx,
    read_model::ReadModels,
    state::{Change, Consumer, ConsumerKind, Consumers, Epoch},
};
use quadrille_postgres::{Postgres, query, query_scalar};

async fn set_up(db: &Postgres) -> (Consumer, Epoch) {
    let consumer = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    let epoch = db.claim(&consumer).await.unwrap().epoch;
    let mut tx = db.begin(&consumer).await.unwrap();
    assert!(!db.set_up(&mut tx, false).await.unwrap());
    tx.execute("CREATE TABLE revenue (id text PRIMARY KEY, cents bigint NOT NULL)").await.unwrap();
    assert!(db.set_up(&mut tx, true).await.unwrap());
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    (consumer, epoch)
}

/// What a user's projector looks like.
async fn project(tx: &mut Tx<Postgres>, order: &str, cents: i64) -> Projected {
    tx.execute(query("INSERT INTO revenue VALUES ($1, $2)").bind(order).bind(cents)).await?;
    Ok(())
}

async fn ids(db: &Postgres) -> Vec<String> {
    let pool = db.reader().await.unwrap();
    query_scalar("SELECT id FROM revenue ORDER BY id").fetch_all(&pool).await.unwrap()
}

#[tokio::test]
async fn what_was_committed_is_seen_and_what_was_dropped_is_not() {
    let Some(database) = database().await else { return };
    let db = models(database.url()).await;
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "dropped", 1).await.unwrap();
    drop(tx);
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    assert_eq!(ids(&db).await, ["a"]);
}

#[tokio::test]
async fn a_fenced_worker_leaves_nothing() {
    let Some(database) = database().await else { return };
    let (db, other) = (models(database.url()).await, models(database.url()).await);
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "late", 1).await.unwrap();
    let next = other.claim(&consumer).await.unwrap().epoch;
    let late = db.commit_tx(tx, &consumer, epoch, Change::default()).await;
    assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
    let mut tx = other.begin(&consumer).await.unwrap();
    project(&mut tx, "next", 1).await.unwrap();
    other.commit_tx(tx, &consumer, next, Change::default()).await.unwrap();
    assert_eq!(ids(&db).await, ["next"]);
}

#[tokio::test]
async fn a_transaction_that_the_projector_ended_is_not_committed_further() {
    let Some(database) = database().await else { return };
    let db = models(database.url()).await;
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    tx.execute("ROLLBACK").await.unwrap();
    let ended = db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap_err();
    assert!(ended.to_string().contains("the projector ended it"), "{ended}");
    // One that failed half-way cannot be committed either.
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap_err();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap_err();
    assert_eq!(ids(&db).await, [""; 0]);
}

#[tokio::test]
async fn a_killed_backend_passes_and_a_mistake_does_not() {
    let Some(database) = database().await else { return };
    let db = models(database.url()).await;
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "killed", 1).await.unwrap();
    database.terminate_backends().await;
    let killed = tx.execute("SELECT 1").await.unwrap_err();
    assert!(Postgres::is_passing(&killed), "{killed:?}");
    drop(tx);
    let mut tx = db.begin(&consumer).await.unwrap();
    let mistake = tx.execute("SELEC 1").await.unwrap_err();
    assert!(!Postgres::is_passing(&mistake), "{mistake:?}");
    drop(tx);
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "kept", 1).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    assert_eq!(ids(&db).await, ["kept"]);
}
