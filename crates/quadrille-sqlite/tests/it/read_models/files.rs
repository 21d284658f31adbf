//! What lies on the disk, and who may use it.

use super::{BALANCES, column, fill, model_of, reached, row};
use quadrille_core::{
    EngineState, StoreError,
    read_model::{ReadModels, Rows, Stage, Table},
    row::Kind,
    state::{Change, Consumer, ConsumerKind, Consumers, DeadlineFilter},
};
use quadrille_sqlite::{Sqlite, query, query_scalar};
use sqlx::{Connection, Executor, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{fs, path::Path};

fn names_in(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap();
    let name = |entry: fs::DirEntry| entry.file_name().into_string().unwrap();
    let mut names: Vec<_> = entries.map(|entry| name(entry.unwrap())).collect();
    names.retain(|name| name.ends_with(".db"));
    names.sort();
    names
}

fn check_refused<T: std::fmt::Debug>(result: Result<T, StoreError>, parts: &[&str]) {
    match result {
        Err(error @ StoreError::Unusable { .. }) => {
            let message = error.to_string();
            for part in parts {
                assert!(message.contains(part), "{message:?} does not say {part:?}");
            }
        }
        other => panic!("should be refused with {parts:?}: {other:?}"),
    }
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(true);
    SqliteConnection::connect_with(&options).await.unwrap()
}

#[tokio::test]
async fn each_generation_has_a_file_named_for_it() {
    let db = Sqlite::temporary().await.unwrap();
    let first = db.open(ConsumerKind::Projector, "sales/ø", 2).await.unwrap();
    db.rebuild(&first).await.unwrap();
    let expected = ["sales%2F%C3%B8.v2.db", "sales%2F%C3%B8.v2.g1.db", "state.db"];
    assert_eq!(names_in(db.directory()), expected);
    let models = db.models().await.unwrap();
    assert!(models[1].location.ends_with("sales%2F%C3%B8.v2.g1.db"), "{models:?}");
}

#[tokio::test]
async fn the_directory_lies_beside_the_events() {
    let parent = tempfile::tempdir().unwrap();
    let db = Sqlite::beside(parent.path().join("bank.db")).await.unwrap();
    assert_eq!(db.directory(), parent.path().join("bank.read-models"));
    assert_eq!(names_in(db.directory()), ["state.db"]);
}

#[tokio::test]
async fn everything_is_there_when_the_directory_is_opened_again() {
    let directory = tempfile::tempdir().unwrap();
    let db = Sqlite::open(directory.path()).await.unwrap();
    let (consumer, epoch) = model_of(&db, "balance", 7).await;
    let reaction = Consumer::handler(ConsumerKind::Reaction, "greet");
    let claim = db.claim(&reaction).await.unwrap();
    db.commit(&reaction, claim.epoch, reached(3)).await.unwrap();
    let progress = db.progress(&reaction).await.unwrap();
    db.close().await;
    drop(db);

    let db = Sqlite::open(directory.path()).await.unwrap();
    assert_eq!(db.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap(), consumer);
    assert_eq!(db.all_rows(&consumer, &BALANCES, None, 9).await.unwrap(), [row("alice", 7)]);
    assert_eq!(db.progress(&reaction).await.unwrap(), progress);
    assert!(db.claim(&consumer).await.unwrap().epoch > epoch);
}

#[tokio::test]
async fn a_temporary_directory_goes_with_the_last_clone() {
    let db = Sqlite::temporary().await.unwrap();
    let clone = db.clone();
    model_of(&db, "balance", 7).await;
    db.reader().await.unwrap();
    let directory = db.directory().to_owned();
    drop(db);
    assert!(directory.exists());
    drop(clone);
    assert!(!directory.exists());
}

#[tokio::test]
async fn two_handles_on_one_directory_fence_each_other() {
    let one = Sqlite::temporary().await.unwrap();
    let two = Sqlite::open(one.directory()).await.unwrap();
    let (consumer, first) = model_of(&one, "balance", 1).await;
    assert_eq!(two.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap(), consumer);
    let second = two.claim(&consumer).await.unwrap();
    assert!(second.checkpoint.is_some());
    let rows = |cents| Rows { upsert: vec![row("alice", cents)], delete: vec![] };
    let late = one.commit_rows(&consumer, first, &BALANCES, rows(2), reached(2)).await;
    assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
    two.commit_rows(&consumer, second.epoch, &BALANCES, rows(3), reached(2)).await.unwrap();
    assert_eq!(one.all_rows(&consumer, &BALANCES, None, 9).await.unwrap(), [row("alice", 3)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_handles_agree_on_one_read_model() {
    let directory = tempfile::tempdir().unwrap();
    let race = (0..6).map(|_| {
        let path = directory.path().to_owned();
        tokio::spawn(async move {
            let db = Sqlite::open(path).await.unwrap();
            let consumer = db.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap();
            db.create_table(&consumer, &BALANCES).await.unwrap();
            (consumer.clone(), db.claim(&consumer).await.unwrap().epoch)
        })
    });
    let mut epochs = Vec::new();
    for racer in race.collect::<Vec<_>>() {
        let (consumer, epoch) = racer.await.unwrap();
        assert_eq!(consumer.generation, 0);
        epochs.push(epoch.0);
    }
    epochs.sort_unstable();
    assert_eq!(epochs, [1, 2, 3, 4, 5, 6]);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_workers_lose_no_commit() {
    let one = Sqlite::temporary().await.unwrap();
    let two = Sqlite::open(one.directory()).await.unwrap();
    let race = (0..40_u64).map(|n| {
        let db = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move {
            let consumer = Consumer::handler(ConsumerKind::Reaction, format!("reaction {n}"));
            let epoch = db.claim(&consumer).await.unwrap().epoch;
            db.commit(&consumer, epoch, reached(n + 1)).await.unwrap();
            let checkpoint = db.progress(&consumer).await.unwrap().unwrap().checkpoint;
            assert_eq!(checkpoint.unwrap().place.position.0, n + 1);
        })
    });
    for racer in race.collect::<Vec<_>>() {
        racer.await.unwrap();
    }
}

#[tokio::test]
async fn files_of_a_removed_read_model_are_deleted() {
    let db = Sqlite::temporary().await.unwrap();
    let (old, _) = model_of(&db, "balance", 1).await;
    let other = Sqlite::open(db.directory()).await.unwrap();
    let epoch = other.claim(&old).await.unwrap().epoch;
    let new = db.rebuild(&old).await.unwrap();
    db.go_live(&new).await.unwrap();
    db.remove(&old).await.unwrap();
    let left = fs::read_dir(db.directory()).unwrap();
    for name in left.map(|entry| entry.unwrap().file_name().into_string().unwrap()) {
        assert!(!name.starts_with("balance.v1.db"), "{name} is left");
    }
    // A worker elsewhere, which still has the file open, is told so.
    let late = other.commit(&old, epoch, reached(2)).await;
    assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
    check_refused(other.claim(&old).await, &["no such read model"]);
    // And its number is not given out again, so that nobody meets the old file by its name.
    assert_eq!(db.rebuild(&new).await.unwrap().generation, 2);
}

#[tokio::test]
async fn a_removal_that_was_cut_short_is_finished() {
    let directory = tempfile::tempdir().unwrap();
    let db = Sqlite::open(directory.path()).await.unwrap();
    let (old, _) = model_of(&db, "balance", 1).await;
    let next = db.rebuild(&old).await.unwrap();
    db.go_live(&next).await.unwrap();
    db.close().await;
    // As if the process had ended between the row and the files.
    let mut state = connect(&directory.path().join("state.db")).await;
    state
        .execute("UPDATE quadrille_models SET stage = 'removed' WHERE stage = 'retired'")
        .await
        .unwrap();
    state.close().await.unwrap();
    assert_eq!(names_in(directory.path()).len(), 3);
    let db = Sqlite::open(directory.path()).await.unwrap();
    assert_eq!(names_in(directory.path()), ["balance.v1.g1.db", "state.db"]);
    assert_eq!(db.models().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_was_not_made_yet_is_made() {
    let directory = tempfile::tempdir().unwrap();
    let db = Sqlite::open(directory.path()).await.unwrap();
    let (consumer, _) = model_of(&db, "balance", 1).await;
    db.close().await;
    drop(db);
    // As if the process had ended between the row and the file.
    fs::remove_file(directory.path().join("balance.v1.db")).unwrap();
    let db = Sqlite::open(directory.path()).await.unwrap();
    db.reader().await.unwrap();
    assert_eq!(db.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap(), consumer);
    fill(&db, consumer.clone(), 8).await;
    assert_eq!(db.all_rows(&consumer, &BALANCES, None, 9).await.unwrap(), [row("alice", 8)]);
}

#[tokio::test]
async fn read_only_handles_read_and_never_write() {
    let directory = tempfile::tempdir().unwrap();
    let missing = Sqlite::options(directory.path()).read_only().open().await;
    check_refused(missing, &["there are no read models", "check the path"]);
    assert_eq!(names_in(directory.path()), [""; 0]);

    let db = Sqlite::open(directory.path()).await.unwrap();
    let (consumer, epoch) = model_of(&db, "balance", 7).await;
    let reader = Sqlite::options(directory.path()).read_only().open().await.unwrap();
    assert_eq!(reader.all_rows(&consumer, &BALANCES, None, 9).await.unwrap(), [row("alice", 7)]);
    assert_eq!(reader.models().await.unwrap()[0].stage, Stage::Live);
    assert_eq!(reader.deadlines(&DeadlineFilter::default(), 9).await.unwrap(), []);
    let pool = reader.reader().await.unwrap();
    let cents: i64 = query_scalar("SELECT cents FROM balance").fetch_one(&pool).await.unwrap();
    assert_eq!(cents, 7);
    check_refused(reader.claim(&consumer).await, &["read-only"]);
    check_refused(reader.commit(&consumer, epoch, Change::default()).await, &["read-only"]);
    check_refused(reader.rebuild(&consumer).await, &["read-only"]);
    assert!(query("DELETE FROM balance").execute(&pool).await.is_err());
}

#[tokio::test]
async fn foreign_files_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state.db");
    let mut foreign = connect(&path).await;
    foreign.execute("CREATE TABLE theirs (id INTEGER)").await.unwrap();
    foreign.close().await.unwrap();
    let before = fs::read(&path).unwrap();
    check_refused(
        Sqlite::open(directory.path()).await,
        &["state.db", "not engine state of Quadrille", "another directory"],
    );
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn newer_files_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    Sqlite::open(directory.path()).await.unwrap().close().await;
    let mut state = connect(&directory.path().join("state.db")).await;
    state.execute("INSERT INTO quadrille_migrations VALUES (99, 'from_the_future')").await.unwrap();
    state.close().await.unwrap();
    check_refused(Sqlite::open(directory.path()).await, &["state.db", "newer", "formats up to"]);
}

#[tokio::test]
async fn damaged_files_are_corrupt() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("state.db"), [7; 4096]).unwrap();
    let result = Sqlite::open(directory.path()).await;
    assert!(matches!(result, Err(StoreError::Corrupt { .. })), "{result:?}");
}

#[tokio::test]
async fn a_path_that_is_no_directory_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    fs::write(&path, "").unwrap();
    check_refused(Sqlite::open(&path).await, &["file", "name a directory"]);
}

#[tokio::test]
async fn names_that_cannot_be_told_apart_are_refused() {
    let db = Sqlite::temporary().await.unwrap();
    model_of(&db, "balance", 1).await;
    let kind = ConsumerKind::RowProjector;
    check_refused(db.open(kind, "Balance", 1).await, &["\"balance\"", "case"]);
    check_refused(db.open(kind, "temp", 1).await, &["SQLite"]);
    check_refused(db.open(kind, "", 1).await, &["empty"]);
    check_refused(
        db.open(ConsumerKind::Projector, "balance", 1).await,
        &["made for a row projector", "raise its version"],
    );
}

#[tokio::test]
async fn a_table_with_other_columns_says_to_raise_the_version() {
    const OTHERS: [&[quadrille_core::row::Column]; 4] = [
        &[column("account", Kind::Text, true), column("cents", Kind::Real, false)],
        &[column("account", Kind::Text, true), column("cents", Kind::Integer, true)],
        &[column("account", Kind::Text, true)],
        &[column("account", Kind::Text, true), column("euros", Kind::Integer, false)],
    ];
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, _) = model_of(&db, "balance", 1).await;
    for columns in OTHERS {
        let table = Table { name: "balance", columns };
        let refused = db.create_table(&consumer, &table).await;
        check_refused(refused, &["table balance", "cents INTEGER", "raise `#[row(version = …)]`"]);
    }
    let reserved = Table { name: "quadrille_parked", ..BALANCES };
    check_refused(db.create_table(&consumer, &reserved).await, &["reserved"]);
}

#[tokio::test]
async fn values_that_sqlite_would_change_are_refused() {
    use quadrille_core::row::Value;
    const TABLE: Table = Table {
        name: "odd",
        columns: &[
            column("key", Kind::Integer, true),
            column("real", Kind::Real, false),
            column("time", Kind::Time, false),
        ],
    };
    let db = Sqlite::temporary().await.unwrap();
    let (consumer, epoch) = model_of(&db, "balance", 1).await;
    db.create_table(&consumer, &TABLE).await.unwrap();
    let (now, far) = (chrono::DateTime::UNIX_EPOCH, chrono::DateTime::<chrono::Utc>::MAX_UTC);
    for (real, time, part) in [(f64::NAN, now, "real: SQLite"), (1.0, far, "time: a moment")] {
        let upsert = vec![vec![Value::Integer(1), Value::Real(real), Value::Time(time)]];
        let rows = Rows { upsert, delete: vec![] };
        let refused = db.commit_rows(&consumer, epoch, &TABLE, rows, reached(1)).await;
        check_refused(refused, &["table odd", part]);
    }
    assert_eq!(db.all_rows(&consumer, &TABLE, None, 9).await.unwrap(), [[]; 0]);
}
