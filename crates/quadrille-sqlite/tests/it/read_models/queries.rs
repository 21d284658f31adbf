//! What queries see.

use super::{BALANCES, fill, model_of, reached, row};
use quadrille_core::{
    StoreError,
    read_model::{ReadDatabase, ReadModels, Rows},
    state::{ConsumerKind, Consumers},
};
use quadrille_sqlite::{SqlRow, Sqlite, SqlitePool, query, query_as, query_scalar};
use std::sync::atomic::{AtomicBool, Ordering};

async fn cents(pool: &SqlitePool) -> i64 {
    query_scalar("SELECT cents FROM balance").fetch_one(pool).await.unwrap()
}

/// A projector's table of its own, made as the engine makes it.
async fn revenue(db: &Sqlite, name: &str, statement: &'static str) {
    let consumer = db.open(ConsumerKind::Projector, name, 1).await.unwrap();
    let epoch = db.claim(&consumer).await.unwrap().epoch;
    let mut tx = db.begin(&consumer).await.unwrap();
    tx.execute(statement).await.unwrap();
    db.set_up(&mut tx, true).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, reached(1)).await.unwrap();
}

#[tokio::test]
async fn live_read_models_are_joined_under_their_names() {
    let db = Sqlite::temporary().await.unwrap();
    model_of(&db, "balance", 7).await;
    revenue(
        &db,
        "sales by day",
        "CREATE TABLE sold (name, cents); INSERT INTO sold VALUES ('alice', 5)",
    )
    .await;
    let pool = db.reader().await.unwrap();
    let joined: (i64, i64) =
        query_as("SELECT balance.cents, sold.cents FROM balance JOIN sold ON name = account")
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(joined, (7, 5));
    let qualified = query("SELECT cents FROM \"sales by day\".sold");
    let row = qualified.fetch_one(&pool).await.unwrap();
    assert_eq!(row.get::<i64, _>("cents"), 5);
}

#[tokio::test]
async fn a_query_sees_the_version_that_went_live() {
    let db = Sqlite::temporary().await.unwrap();
    let elsewhere = Sqlite::open(db.directory()).await.unwrap();
    let (old, _) = model_of(&db, "balance", 1).await;
    let before = db.reader().await.unwrap();
    assert_eq!(cents(&before).await, 1);
    assert_eq!(cents(&elsewhere.reader().await.unwrap()).await, 1);
    let new = db.rebuild(&old).await.unwrap();
    fill(&db, new.clone(), 2).await;
    assert_eq!(cents(&db.reader().await.unwrap()).await, 1);
    db.go_live(&new).await.unwrap();
    assert_eq!(cents(&db.reader().await.unwrap()).await, 2);
    assert_eq!(cents(&elsewhere.reader().await.unwrap()).await, 2);
    assert_eq!(cents(&db.model_reader("balance").await.unwrap()).await, 2);
    // A connection that was handed out before goes on with what it had.
    assert_eq!(cents(&before).await, 1);
    db.remove(&old).await.unwrap();
    assert_eq!(cents(&db.reader().await.unwrap()).await, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_meet_no_error_while_versions_change() {
    static DONE: AtomicBool = AtomicBool::new(false);
    let db = Sqlite::temporary().await.unwrap();
    let (mut live, _) = model_of(&db, "balance", 0).await;
    let reading = db.clone();
    let reader = tokio::spawn(async move {
        let mut last = 0;
        loop {
            let done = DONE.load(Ordering::Acquire);
            let seen = cents(&reading.reader().await.unwrap()).await;
            assert!(seen >= last, "{seen} after {last}");
            assert!(cents(&reading.model_reader("balance").await.unwrap()).await >= seen);
            last = seen;
            if done {
                return last;
            }
        }
    });
    for cents in 1..=10 {
        let next = db.rebuild(&live).await.unwrap();
        fill(&db, next.clone(), cents).await;
        db.go_live(&next).await.unwrap();
        live = next;
    }
    DONE.store(true, Ordering::Release);
    assert_eq!(reader.await.unwrap(), 10);
}

#[tokio::test]
async fn a_reader_sees_tables_that_were_made_after_it() {
    let db = Sqlite::temporary().await.unwrap();
    let consumer = db.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap();
    let early = db.reader().await.unwrap();
    assert!(query("SELECT * FROM balance").fetch_all(&early).await.is_err());
    fill(&db, consumer, 3).await;
    assert_eq!(cents(&db.reader().await.unwrap()).await, 3);
    assert_eq!(cents(&early).await, 3);
}

#[tokio::test]
async fn a_table_that_two_read_models_have_needs_its_model_s_name() {
    let db = Sqlite::temporary().await.unwrap();
    model_of(&db, "balance", 1).await;
    assert_eq!(cents(&db.reader().await.unwrap()).await, 1);
    model_of(&db, "Archive", 2).await;
    let pool = db.reader().await.unwrap();
    let error = query("SELECT cents FROM balance").fetch_one(&pool).await.unwrap_err().to_string();
    for part in ["several read models", "\"balance\".\"balance\"", "\"Archive\".\"balance\""] {
        assert!(error.contains(part), "{error}");
    }
    let both = "SELECT one.cents, two.cents FROM balance.balance AS one, archive.balance AS two";
    let both: (i64, i64) = query_as(both).fetch_one(&pool).await.unwrap();
    assert_eq!(both, (1, 2));
}

#[tokio::test]
async fn more_than_ten_read_models_are_queried_one_by_one() {
    let db = Sqlite::temporary().await.unwrap();
    for number in 0..10 {
        model_of(&db, &format!("model {number}"), number).await;
    }
    let pool = db.reader().await.unwrap();
    let of_nine = query_scalar::<i64>("SELECT cents FROM \"model 9\".balance");
    assert_eq!(of_nine.fetch_one(&pool).await.unwrap(), 9);
    model_of(&db, "model 10", 10).await;
    match db.reader().await {
        Err(error @ StoreError::Unusable { .. }) => {
            let message = error.to_string();
            assert!(message.contains("all 11 read models"), "{message}");
            assert!(message.contains("model_reader(name)"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(cents(&db.model_reader("model 10").await.unwrap()).await, 10);
    let unknown = db.model_reader("model 11").await;
    assert!(matches!(unknown, Err(StoreError::Unusable { .. })), "{unknown:?}");
}

#[tokio::test]
async fn a_reader_that_holds_all_connections_stops_no_projector() {
    let directory = tempfile::tempdir().unwrap();
    let db = Sqlite::options(directory.path()).readers(1).open().await.unwrap();
    let (consumer, epoch) = model_of(&db, "balance", 1).await;
    let (all, one) = (db.reader().await.unwrap(), db.model_reader("balance").await.unwrap());
    let (mut all, mut one) = (all.begin().await.unwrap(), one.begin().await.unwrap());
    for connection in [&mut *all, &mut *one] {
        query("SELECT * FROM balance").fetch_all(connection).await.unwrap();
    }
    let rows = Rows { upsert: vec![row("alice", 2)], delete: vec![] };
    db.commit_rows(&consumer, epoch, &BALANCES, rows, reached(2)).await.unwrap();
    let found = db.rows(&consumer, &BALANCES, &[vec![row("alice", 2).remove(0)]]).await.unwrap();
    assert_eq!(found, [row("alice", 2)]);
}
