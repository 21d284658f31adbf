use super::support::*;
use quadrille_core::{AppendError, EventStore, Position, Query, StoreError, store::Direction};
use quadrille_sqlite::{SqliteOptions, SqliteStore};
use rusqlite::Connection;
use std::{
    fs,
    hash::{DefaultHasher, Hasher},
    path::{Path, PathBuf},
    time::Duration,
};

async fn refused(options: SqliteOptions, path: &Path) -> StoreError {
    match options.open(path).await {
        Ok(_) => panic!("{} was opened", path.display()),
        Err(error) => error,
    }
}

/// Opening must be refused as unusable, for this reason, and leave the directory as it was.
async fn check(options: SqliteOptions, path: &Path, part: &str) {
    let before = listing(path);
    let error = refused(options, path).await;
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().contains(part), "{error}");
    assert_eq!(listing(path), before);
}

/// The files beside a path, with a hash of what they hold.
fn listing(path: &Path) -> Vec<(PathBuf, Option<u64>)> {
    let Ok(entries) = fs::read_dir(path.parent().unwrap()) else { return vec![] };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).ok().map(hash)))
        .collect();
    files.sort();
    files
}

fn hash(bytes: Vec<u8>) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    hasher.finish()
}

fn options() -> SqliteOptions {
    SqliteStore::options()
}

#[tokio::test]
async fn a_store_keeps_its_identity_and_its_events() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(store.path(), path);
    let id = store.id();
    let at = store.append(any("order-1", events(2))).await.unwrap().position;
    store.close().await;
    assert_eq!(listing(&path).len(), 1, "nothing but the file is left");
    let store = options().create(false).open(&path).await.unwrap();
    assert_eq!(store.id(), id);
    assert_eq!(store.head().await.unwrap().unwrap().position, at);
    let (_directory, other) = open().await;
    assert_ne!(other.id(), id);
}

#[tokio::test]
async fn a_missing_file_is_made_only_where_that_is_wanted() {
    let (directory, path) = place();
    check(options().create(false), &path, "there is no such file").await;
    check(options().read_only(true), &path, "there is no such file").await;
    let lost = directory.path().join("no/where.db");
    check(options(), &lost, "does not exist; create it first").await;
    let within = directory.path().join("within");
    fs::create_dir(&within).unwrap();
    check(options(), &within, "it is a directory").await;
    check(options(), Path::new(":memory:"), "in-memory store").await;
    assert!(!Path::new(":memory:").exists());
}

#[tokio::test]
async fn an_empty_file_becomes_a_store_only_where_that_is_wanted() {
    let (_directory, path) = place();
    fs::write(&path, "").unwrap();
    check(options().create(false), &path, "it is empty").await;
    check(options().read_only(true), &path, "it is empty").await;
    let store = options().open(&path).await.unwrap();
    store.append(any("order-1", events(1))).await.unwrap();
}

#[tokio::test]
async fn a_file_that_is_not_ours_is_never_written_to() {
    let (_directory, path) = place();
    fs::write(&path, "Dear diary, ".repeat(1000)).unwrap();
    check(options(), &path, "it is not a SQLite database").await;
    fs::remove_file(&path).unwrap();

    let theirs = Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE poems (line TEXT)").unwrap();
    check(options(), &path, "not an event store of Quadrille").await;
    theirs.pragma_update(None, "application_id", 42).unwrap();
    check(options(), &path, "application id 42").await;
    let mode = |_: &rusqlite::Row<'_>| Ok(());
    theirs.pragma_update_and_check(None, "journal_mode", "wal", mode).unwrap();
    check(options(), &path, "application id 42").await;
    drop(theirs);
    check(options(), &path, "application id 42").await;
}

#[tokio::test]
async fn a_file_of_a_newer_format_is_refused() {
    let (_directory, path) = place();
    SqliteStore::open(&path).await.unwrap().close().await;
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    check(options(), &path, "it has format 99").await;
}

#[tokio::test]
async fn migrations_of_a_newer_release_with_the_same_format_are_left_alone() {
    let (_directory, path) = place();
    SqliteStore::open(&path).await.unwrap().close().await;
    let newer = Connection::open(&path).unwrap();
    newer
        .execute_batch(
            "CREATE TABLE additions (x) STRICT; INSERT INTO quadrille_migrations VALUES (1000, 'add', 1)"
                .replace("(x)", "(x TEXT)")
                .as_str(),
        )
        .unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    store.append(any("order-1", events(1))).await.unwrap();
}

#[tokio::test]
async fn a_store_opened_to_read_only_reads_and_refuses_to_append() {
    let (_directory, path) = place();
    let writer = SqliteStore::open(&path).await.unwrap();
    writer.append(any("order-1", events(3))).await.unwrap();
    let reader = options().read_only(true).open(&path).await.unwrap();
    let page = reader.read(&Query::all(), Position::START, Direction::Forward, 10).await.unwrap();
    assert_eq!((page.events.len(), reader.id()), (3, writer.id()));
    let answer = reader.append(any("order-1", events(1))).await;
    let Err(AppendError::Store(error @ StoreError::Unusable { .. })) = answer else {
        panic!("{answer:?}")
    };
    assert!(error.to_string().contains("opened to read only"), "{error}");
    writer.close().await;
    reader.close().await;
    // Nobody else has it open now.
    let reader = options().read_only(true).open(&path).await.unwrap();
    assert_eq!(reader.head().await.unwrap().unwrap().position, Position(3));
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_without_the_right_to_write_is_refused_unless_it_is_only_read() {
    use std::os::unix::fs::PermissionsExt;
    let (_directory, path) = place();
    SqliteStore::open(&path).await.unwrap().close().await;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new().append(true).open(&path).is_ok() {
        eprintln!("skipped: this user may write whatever the permissions say");
        return;
    }
    check(options(), &path, "cannot be written to").await;
    options().read_only(true).open(&path).await.unwrap();
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_directory_that_takes_no_files_is_named() {
    let error = refused(options(), Path::new("/proc/events.db")).await;
    assert!(matches!(error, StoreError::Unusable { .. }), "{error:?}");
    assert!(error.to_string().contains("/proc"), "{error}");
}

#[tokio::test]
async fn a_lock_of_another_process_is_waited_for_and_then_named() {
    let (_directory, path) = place();
    SqliteStore::open(&path).await.unwrap().close().await;
    let rival = Connection::open(&path).unwrap();
    rival.pragma_update(None, "locking_mode", "exclusive").unwrap();
    rival.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = refused(options().busy_timeout(Duration::from_millis(1)), &path).await;
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(error.to_string().contains("another process keeps locked"), "{error}");
    drop(rival);
    SqliteStore::open(&path).await.unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_called_corrupt_when_the_damage_is_met() {
    let (_directory, path) = place();
    let store = SqliteStore::open(&path).await.unwrap();
    let mut large = events(200);
    large.iter_mut().for_each(|event| event.data = vec![b'1'; 3000]);
    store.append(any("order-1", large)).await.unwrap();
    store.close().await;
    let mut bytes = fs::read(&path).unwrap();
    let pages = bytes.len() / 4096;
    bytes[4096 * (pages / 2)..4096 * (pages - 1)].fill(0xAA);
    fs::write(&path, bytes).unwrap();
    let store = SqliteStore::open(&path).await.unwrap();
    let all = store.read(&Query::all(), Position::START, Direction::Forward, 1000).await;
    let Err(error @ StoreError::Corrupt { .. }) = all else { panic!("{all:?}") };
    assert!(error.to_string().contains("restore a backup"), "{error}");

    fs::write(&path, [fs::read(&path).unwrap()[..100].to_vec(), vec![0xAA; 5000]].concat())
        .unwrap();
    let error = refused(options(), &path).await;
    assert!(!error.is_retryable(), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_many_make_at_once_is_one_store() {
    let (_directory, path) = place();
    let mut tasks = tokio::task::JoinSet::new();
    for task in 0..8 {
        let path = path.clone();
        tasks.spawn(async move {
            let store = SqliteStore::open(&path).await.unwrap();
            store.append(any(&format!("order-{task}"), events(1))).await.unwrap();
            store.id()
        });
    }
    let ids = tasks.join_all().await;
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let store = SqliteStore::open(&path).await.unwrap();
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 10).await.unwrap();
    assert_eq!(page.events.len(), 8);
}
