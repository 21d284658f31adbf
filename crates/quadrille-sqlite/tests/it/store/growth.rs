use super::support::*;
use quadrille_core::{EventStore, Position, Query, store::Direction};
use std::{
    fs,
    sync::atomic::{AtomicBool, Ordering},
};

/// SQLite cannot begin its log anew while a reader needs it, and these readers never pause.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_write_ahead_log_stays_small_under_readers_that_never_pause() {
    let (_directory, store) = open().await;
    let wal = store.path().with_extension("db-wal");
    let done = std::sync::Arc::new(AtomicBool::new(false));
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let (store, done) = (store.clone(), done.clone());
        readers.spawn(async move {
            while !done.load(Ordering::Relaxed) {
                let all = Query::all();
                store.read(&all, Position::START, Direction::Forward, 4).await.unwrap();
            }
        });
    }
    let (mut largest, mut written) = (0, 0);
    for _ in 0..200 {
        let mut large = event("a.b");
        large.data = vec![b'1'; 512 << 10];
        written += large.data.len() as u64;
        store.append(any("large-1", vec![large])).await.unwrap();
        largest = largest.max(fs::metadata(&wal).unwrap().len());
    }
    done.store(true, Ordering::Relaxed);
    readers.join_all().await;
    assert!(written > 100_000_000 && largest < 48 << 20, "{largest} of {written} bytes");
}
