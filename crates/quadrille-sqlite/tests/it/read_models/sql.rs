//! Projectors that write SQL.

use super::reached;
use quadrille_core::{
    EventId, Projected, ProjectionError, StoreError, Tx,
    read_model::{ReadDatabase, ReadModels},
    state::{Change, Consumer, ConsumerKind, Consumers, Epoch},
};
use quadrille_sqlite::{SqlError, SqlRow, Sqlite, query, query_as, query_scalar};

async fn set_up(db: &Sqlite) -> (Consumer, Epoch) {
    let consumer = db.open(ConsumerKind::Projector, "revenue", 1).await.unwrap();
    let epoch = db.claim(&consumer).await.unwrap().epoch;
    let mut tx = db.begin(&consumer).await.unwrap();
    assert!(!db.set_up(&mut tx, false).await.unwrap());
    tx.execute("CREATE TABLE revenue (id TEXT PRIMARY KEY, cents INTEGER NOT NULL) STRICT")
        .await
        .unwrap();
    assert!(db.set_up(&mut tx, true).await.unwrap());
    assert!(db.set_up(&mut tx, false).await.unwrap());
    db.commit_tx(tx, &consumer, epoch, Change::default()).await.unwrap();
    (consumer, epoch)
}

/// What a user's projector looks like.
async fn project(tx: &mut Tx<Sqlite>, order: &str, cents: i64) -> Projected {
    tx.execute(query("INSERT INTO revenue VALUES (?, ?)").bind(order).bind(cents)).await?;
    Ok(())
}

async fn ids(db: &Sqlite) -> Vec<String> {
    let pool = db.reader().await.unwrap();
    query_scalar("SELECT id FROM revenue ORDER BY id").fetch_all(&pool).await.unwrap()
}

#[tokio::test]
async fn statements_give_rows_in_every_form() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, _) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    project(&mut tx, "b", 2).await.unwrap();
    let pairs: Vec<(String, i64)> =
        tx.fetch_all(query_as("SELECT id, cents FROM revenue ORDER BY id")).await.unwrap();
    assert_eq!(pairs, [("a".to_owned(), 1), ("b".to_owned(), 2)]);
    let sum: i64 = tx.fetch_one(query_scalar("SELECT sum(cents) FROM revenue")).await.unwrap();
    assert_eq!(sum, 3);
    let b = query("SELECT id FROM revenue WHERE cents = ?").bind(2);
    assert_eq!(tx.fetch_one(b).await.unwrap().get::<String, _>(0), "b");
    assert_eq!(tx.fetch_all("SELECT * FROM revenue").await.unwrap().len(), 2);
    assert!(tx.fetch_optional("SELECT * FROM revenue WHERE id = 'c'").await.unwrap().is_none());
    let none = tx.fetch_one("SELECT * FROM revenue WHERE id = 'c'").await;
    assert!(matches!(none, Err(SqlError::RowNotFound)));
    let several = "DELETE FROM revenue WHERE id = 'a'; DELETE FROM revenue WHERE id = 'b'";
    assert_eq!(tx.execute(several).await.unwrap(), 2);
}

#[tokio::test]
async fn a_namespace_stays_set_up() {
    let directory = tempfile::tempdir().unwrap();
    let db = Sqlite::open(directory.path()).await.unwrap();
    let (consumer, _) = set_up(&db).await;
    let next = db.rebuild(&consumer).await.unwrap();
    let mut tx = db.begin(&next).await.unwrap();
    assert!(!db.set_up(&mut tx, false).await.unwrap());
    assert!(db.set_up(&mut tx, true).await.unwrap());
    drop(tx);
    let mut tx = db.begin(&next).await.unwrap();
    assert!(!db.set_up(&mut tx, false).await.unwrap(), "what was dropped was not set up");
    drop(tx);
    db.close().await;
    let db = Sqlite::open(directory.path()).await.unwrap();
    let mut tx = db.begin(&consumer).await.unwrap();
    assert!(db.set_up(&mut tx, false).await.unwrap());
}

#[tokio::test]
async fn rows_and_checkpoint_are_one_commit() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    let change = reached(4);
    db.commit_tx(tx, &consumer, epoch, change.clone()).await.unwrap();
    assert_eq!(ids(&db).await, ["a"]);
    assert_eq!(db.progress(&consumer).await.unwrap().unwrap().checkpoint, change.checkpoint);
}

#[tokio::test]
async fn a_fenced_worker_leaves_nothing() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    drop(tx);
    let next = db.claim(&consumer).await.unwrap().epoch;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    let late = db.commit_tx(tx, &consumer, epoch, reached(1)).await;
    assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
    assert_eq!(ids(&db).await, [""; 0]);
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "b", 1).await.unwrap();
    db.commit_tx(tx, &consumer, next, reached(1)).await.unwrap();
    assert_eq!(ids(&db).await, ["b"]);
}

#[tokio::test]
async fn errors_panics_and_cancellation_roll_back_and_block_nobody() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = set_up(&db).await;
    let begin = async || db.begin(&consumer).await.unwrap();

    let mut tx = begin().await;
    project(&mut tx, "error", 1).await.unwrap();
    project(&mut tx, "error", 1).await.unwrap_err();
    drop(tx);

    let mut tx = begin().await;
    let panicking = tokio::spawn(async move {
        project(&mut tx, "panic", 1).await.unwrap();
        panic!("as a projector may");
    });
    assert!(panicking.await.unwrap_err().is_panic());

    let mut tx = begin().await;
    let cancelled = tokio::spawn(async move {
        project(&mut tx, "cancelled", 1).await.unwrap();
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)
                       SELECT i FROM n";
        tx.execute(endless).await
    });
    tokio::task::yield_now().await;
    cancelled.abort();
    assert!(cancelled.await.unwrap_err().is_cancelled());

    let mut tx = begin().await;
    // SQLite itself has ended this one.
    let ended = tx.execute("INSERT OR ROLLBACK INTO revenue VALUES ('a', NULL)").await;
    assert!(ended.is_err());
    let lost = db.commit_tx(tx, &consumer, epoch, reached(1)).await;
    assert!(lost.is_err(), "{lost:?}");

    let mut tx = begin().await;
    project(&mut tx, "kept", 1).await.unwrap();
    db.commit_tx(tx, &consumer, epoch, reached(2)).await.unwrap();
    assert_eq!(ids(&db).await, ["kept"]);
}

#[tokio::test]
async fn only_the_files_own_troubles_pass() {
    let directory = tempfile::tempdir().unwrap();
    let options = Sqlite::options(directory.path()).busy_timeout(std::time::Duration::ZERO);
    let db = options.open().await.unwrap();
    let (consumer, _) = set_up(&db).await;
    let mut tx = db.begin(&consumer).await.unwrap();
    project(&mut tx, "a", 1).await.unwrap();
    let ProjectionError(twice) = project(&mut tx, "a", 1).await.unwrap_err();
    assert!(!Sqlite::is_passing(&*twice), "{twice:?}");
    let typo = tx.execute("SELEC 1").await.unwrap_err();
    assert!(!Sqlite::is_passing(&typo));
    let other = Sqlite::options(db.directory()).busy_timeout(std::time::Duration::ZERO);
    let busy = other.open().await.unwrap().begin(&consumer).await.err().unwrap();
    assert!(matches!(busy, StoreError::Unavailable { .. }), "{busy:?}");
    assert!(Sqlite::is_passing(&busy));
    #[derive(Debug, thiserror::Error)]
    #[error("theirs")]
    struct Theirs(#[from] SqlError);
    assert!(Sqlite::is_passing(&Theirs(SqlError::PoolTimedOut)));
}

#[tokio::test]
async fn a_writer_that_waits_too_long_is_told_so() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = set_up(&db).await;
    let open = db.begin(&consumer).await.unwrap();
    // Nothing else goes on: a paused clock leaps to the end of the wait.
    tokio::time::pause();
    let second = db.begin(&consumer).await.err().unwrap();
    tokio::time::resume();
    assert!(matches!(second, StoreError::Unavailable { .. }), "{second:?}");
    db.commit_tx(open, &consumer, epoch, Change::default()).await.unwrap();
    db.begin(&consumer).await.unwrap();
}

#[tokio::test]
async fn a_projector_sets_no_deadlines() {
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = set_up(&db).await;
    let change = Change {
        deadlines: vec![("process".into(), "key".into(), vec![])],
        unpark: vec![EventId::new()],
        ..Change::default()
    };
    let refused = db.commit(&consumer, epoch, change).await;
    assert!(matches!(refused, Err(StoreError::Unusable { .. })), "{refused:?}");
}
