//! What queries see.

use crate::support::{database, models};
use quadrille_core::{
    ReadDatabase,
    read_model::ReadModels,
    state::{Change, Consumer, ConsumerKind, Consumers},
};
use quadrille_postgres::{Postgres, query_scalar};

/// A table of a projector, made as the engine makes it.
async fn fill(db: &Postgres, consumer: &Consumer, script: &'static str) {
    let epoch = db.claim(consumer).await.unwrap().epoch;
    let mut tx = db.begin(consumer).await.unwrap();
    tx.execute(script).await.unwrap();
    db.set_up(&mut tx, true).await.unwrap();
    db.commit_tx(tx, consumer, epoch, Change::default()).await.unwrap();
}

async fn open(db: &Postgres, name: &str) -> Consumer {
    db.open(ConsumerKind::Projector, name, 1).await.unwrap()
}

async fn sum(db: &Postgres) -> i64 {
    let pool = db.reader().await.unwrap();
    let sum = "SELECT sum(cents)::bigint FROM revenue";
    query_scalar(sum).fetch_one(&pool).await.unwrap()
}

#[tokio::test]
async fn a_query_sees_the_version_that_went_live_whatever_its_columns() {
    let Some(database) = database().await else { return };
    let (db, elsewhere) = (models(database.url()).await, models(database.url()).await);
    let first = open(&db, "revenue").await;
    fill(&db, &first, "CREATE TABLE revenue AS SELECT 'a' AS id, 1::bigint AS cents").await;
    let all = "SELECT * FROM revenue";
    let pool = elsewhere.reader().await.unwrap();
    let ids: Vec<String> = query_scalar(all).fetch_all(&pool).await.unwrap();
    assert_eq!((ids.len(), sum(&db).await, sum(&elsewhere).await), (1, 1, 1));
    let next = db.rebuild(&first).await.unwrap();
    let script = "CREATE TABLE revenue AS SELECT 7::bigint AS cents, true AS odd";
    fill(&db, &next, script).await;
    assert_eq!(sum(&db).await, 1);
    db.go_live(&next).await.unwrap();
    assert_eq!((sum(&db).await, sum(&elsewhere).await), (7, 7));
    // The statement that was prepared on the old columns is asked on new connections.
    let pool = elsewhere.reader().await.unwrap();
    let cents: Vec<i64> = query_scalar(all).fetch_all(&pool).await.unwrap();
    assert_eq!(cents, [7]);
    db.remove(&first).await.unwrap();
    assert_eq!(sum(&db).await, 7);
}

#[tokio::test]
async fn a_table_that_two_read_models_have_needs_its_models_schema() {
    let Some(database) = database().await else { return };
    let db = models(database.url()).await;
    let shop = open(&db, "shop").await;
    fill(&db, &shop, "CREATE TABLE revenue AS SELECT 1::bigint AS cents").await;
    assert_eq!(sum(&db).await, 1);
    let archive = open(&db, "archive").await;
    fill(&db, &archive, "CREATE TABLE revenue AS SELECT 2::bigint AS cents").await;
    let pool = db.reader().await.unwrap();
    let plain: Result<i64, _> = query_scalar("SELECT cents FROM revenue").fetch_one(&pool).await;
    assert!(plain.unwrap_err().to_string().contains("does not exist"));
    let both = "SELECT s.cents * 10 + a.cents
        FROM quadrille_shop.revenue AS s, quadrille_archive.revenue AS a";
    let both: i64 = query_scalar(both).fetch_one(&pool).await.unwrap();
    assert_eq!(both, 12);
}
