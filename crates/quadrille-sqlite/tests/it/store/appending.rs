use super::support::*;
use quadrille_core::{
    Append, AppendError, Appended, EventStore, ExpectedVersion, Position, Query, StoreError, Tag,
    Version,
    store::{AppendAll, Capabilities, Direction, Limits, Unless},
};
use quadrille_sqlite::{Durability, SqliteStore};
use std::time::Duration;

async fn count(store: &SqliteStore) -> usize {
    let all = store.read(&Query::everything(), Position::START, Direction::Forward, 10_000).await;
    all.unwrap().events.len()
}

fn all(appends: Vec<Append>) -> AppendAll {
    AppendAll { appends, unless: vec![] }
}

#[tokio::test]
async fn versions_are_dense_and_positions_rise() {
    let (_directory, store) = open().await;
    let first = store.append(any("order-1", events(3))).await.unwrap();
    store.append(any("order-2", events(2))).await.unwrap();
    let next = store.append(any("order-1", events(1))).await.unwrap();
    assert_eq!((first.first_version, first.last_version), (Version(1), Version(3)));
    assert_eq!((next.first_version, next.last_version), (Version(4), Version(4)));
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 10).await.unwrap();
    assert!(page.events.is_sorted_by_key(|event| event.position));
    assert_eq!(page.events.len(), 6);
    assert_eq!(page.events[2].position, first.position);
}

#[tokio::test]
async fn every_expectation_is_checked() {
    let (_directory, store) = open().await;
    let check = async |expected, actual: Option<u64>| {
        let answer = store.append(append("order-1", expected, events(1))).await;
        match (answer, actual) {
            (Ok(_), None) => {}
            (Err(AppendError::Conflict { actual, .. }), Some(wanted)) => {
                assert_eq!(actual, Version(wanted))
            }
            (answer, actual) => panic!("{expected}: {answer:?}, wanted a conflict at {actual:?}"),
        }
    };
    check(ExpectedVersion::Exists, Some(0)).await;
    check(ExpectedVersion::Exact(Version(1)), Some(0)).await;
    check(ExpectedVersion::NoStream, None).await;
    check(ExpectedVersion::NoStream, Some(1)).await;
    check(ExpectedVersion::Exact(Version(1)), None).await;
    check(ExpectedVersion::Exact(Version(1)), Some(2)).await;
    check(ExpectedVersion::Exists, None).await;
    check(ExpectedVersion::Any, None).await;
    assert_eq!(count(&store).await, 4);
}

#[tokio::test]
async fn the_same_append_twice_returns_the_first_receipt() {
    let (_directory, store) = open().await;
    let once = append("order-1", ExpectedVersion::NoStream, events(3));
    let first = store.append(once.clone()).await.unwrap();
    store.append(any("order-1", events(1))).await.unwrap();
    let again = store.append(once).await.unwrap();
    assert_eq!(again, Appended { repeated: true, ..first });
    assert_eq!(count(&store).await, 4);
}

#[tokio::test]
async fn a_reused_id_is_refused_wherever_it_lies() {
    let (_directory, store) = open().await;
    let old = events(3);
    store.append(any("order-1", old.clone())).await.unwrap();
    let check = async |name, events: Vec<_>| {
        let answer = store.append(any(name, events)).await;
        let Err(AppendError::IdReused { event, .. }) = answer else { panic!("{answer:?}") };
        assert!(old.iter().any(|known| known.id == event));
    };
    check("order-2", old.clone()).await;
    check("order-2", vec![event("a"), old[1].clone()]).await;
    check("order-1", vec![old[0].clone(), event("a")]).await;
    check("order-1", vec![event("a"), old[0].clone()]).await;
    check("order-1", vec![old[1].clone(), old[0].clone()]).await;
    check("order-1", vec![old[0].clone(), old[2].clone()]).await;
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn appends_that_share_a_commit_are_accepted_or_refused_each_on_its_own() {
    let (_directory, store) = open().await;
    let once = append("order-1", ExpectedVersion::NoStream, events(3));
    let rival = append("order-1", ExpectedVersion::NoStream, events(3));
    let mut stolen = events(2);
    stolen[1].id = once.events[1].id;
    // All of them queue before the first answer is awaited.
    let (first, again, lost, theft, other) = tokio::join!(
        store.append(once.clone()),
        store.append(once.clone()),
        store.append(rival),
        store.append(any("order-2", stolen)),
        store.append(any("order-3", events(2))),
    );
    let first = first.unwrap();
    assert_eq!(again.unwrap(), Appended { repeated: true, ..first });
    assert!(matches!(lost, Err(AppendError::Conflict { actual: Version(3), .. })), "{lost:?}");
    assert!(matches!(theft, Err(AppendError::IdReused { .. })), "{theft:?}");
    assert_eq!(other.unwrap().last_version, Version(2));
    assert_eq!(count(&store).await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_appends_have_one_winner_a_version() {
    let (_directory, store) = open().await;
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        tasks.spawn(async move {
            let mut won = 0;
            for version in 0..20 {
                let expected = ExpectedVersion::at(Version(version * 2));
                match store.append(append("order-1", expected, events(2))).await {
                    Ok(_) => won += 1,
                    Err(AppendError::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            won
        });
    }
    let won: usize = tasks.join_all().await.into_iter().sum();
    assert_eq!(count(&store).await, won * 2);
    let all = store.read_stream(&stream("order-1"), Version::NONE, Direction::Forward, 100).await;
    let versions: Vec<_> = all.unwrap().iter().map(|event| event.version.0).collect();
    assert_eq!(versions, (1..=won as u64 * 2).collect::<Vec<_>>());
}

#[tokio::test]
async fn several_streams_are_written_together_or_not_at_all() {
    let (_directory, store) = open().await;
    assert_eq!(store.capabilities(), Capabilities::ALL);
    let one = append("order-1", ExpectedVersion::NoStream, events(2));
    let two = append("stock-1", ExpectedVersion::NoStream, events(1));
    let both = all(vec![one.clone(), two]);
    let receipts = store.append_all(both.clone()).await.unwrap();
    assert_eq!(receipts.iter().map(|r| r.last_version.0).collect::<Vec<_>>(), [2, 1]);

    let again = store.append_all(both).await.unwrap();
    assert!(again.iter().all(|receipt| receipt.repeated));
    assert_eq!(again[1].position, receipts[1].position);

    let half = all(vec![
        any("stock-2", events(1)),
        append("order-1", ExpectedVersion::NoStream, events(1)),
    ]);
    let answer = store.append_all(half).await;
    assert!(matches!(answer, Err(AppendError::Conflict { .. })), "{answer:?}");
    let known = all(vec![any("stock-2", events(1)), one]);
    let answer = store.append_all(known).await;
    assert!(matches!(answer, Err(AppendError::IdReused { .. })), "{answer:?}");
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn a_condition_on_tags_is_checked_with_the_append() {
    let (_directory, store) = open().await;
    let (course, student) = (("course", "c1"), ("student", "s1"));
    let seat = || tagged("course.booked", &[course, student]);
    let book = |after, types: &[&str]| AppendAll {
        appends: vec![any(&format!("booking-{}", uuid::Uuid::new_v4()), vec![seat()])],
        unless: vec![Unless {
            types: types.iter().map(ToString::to_string).collect(),
            tags: vec![Tag::new(course.0, course.1), Tag::new(student.0, student.1)],
            after,
        }],
    };
    store.append(any("x-1", vec![tagged("a", &[course]), tagged("a", &[student])])).await.unwrap();
    // Two that race under the same condition, in one commit.
    let (won, lost) = tokio::join!(
        store.append_all(book(Position::START, &[])),
        store.append_all(book(Position::START, &[])),
    );
    let at = won.unwrap()[0].position;
    assert!(matches!(lost, Err(AppendError::ConditionFailed { found }) if found == at), "{lost:?}");
    let answer = store.append_all(book(Position::START, &["course.booked", "b"])).await;
    assert!(matches!(answer, Err(AppendError::ConditionFailed { .. })), "{answer:?}");
    store.append_all(book(at, &[])).await.unwrap();
    store.append_all(book(Position::START, &["course.cancelled"])).await.unwrap();
}

#[tokio::test]
async fn what_no_store_accepts_is_refused_before_it_is_queued() {
    let (_directory, path) = place();
    let limits = Limits { events_per_append: 2, ..Limits::default() };
    let store = SqliteStore::options().limits(limits).open(path).await.unwrap();
    assert_eq!(store.limits(), limits);
    let twice = event("a");
    let no_tags = Unless { types: vec![], tags: vec![], after: Position::START };
    let refused = [
        all(vec![]),
        all(vec![any("order-1", events(3))]),
        all(vec![any("order-1", events(1)), any("order-1", events(1))]),
        all(vec![any("order-1", vec![twice.clone()]), any("order-2", vec![twice])]),
        AppendAll { appends: vec![any("order-1", events(1))], unless: vec![no_tags] },
    ];
    for appends in refused {
        let answer = store.append_all(appends).await;
        assert!(matches!(answer, Err(AppendError::Invalid(_))), "{answer:?}");
    }
    assert_eq!(store.head().await.unwrap(), None);
}

#[tokio::test]
async fn a_dropped_append_is_written_before_the_store_closes() {
    let (_directory, path) = place();
    let store = SqliteStore::options()
        .durability(Durability::LastCommitsMayBeLost)
        .open(&path)
        .await
        .unwrap();
    for _ in 0..50 {
        let mut append = std::pin::pin!(store.append(any("order-1", events(1))));
        // Polled once it is queued; then nobody waits for it.
        assert!(is_pending(&mut append).await);
    }
    store.close().await;
    assert!(!path.with_extension("db-wal").exists());
    let store = SqliteStore::open(&path).await.unwrap();
    assert_eq!(count(&store).await, 50);
}

#[tokio::test]
async fn a_full_queue_waits_and_then_says_unavailable() {
    let (_directory, path) = place();
    let options = SqliteStore::options()
        .queue(1, 1 << 20)
        .busy_timeout(Duration::from_secs(60))
        .patience(Duration::from_millis(20));
    let store = options.open(&path).await.unwrap();
    // While somebody else writes, the writer stands still, and so does its queue.
    let mut rival = rusqlite::Connection::open(&path).unwrap();
    let held = rival.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    let mut first = std::pin::pin!(store.append(any("order-1", events(1))));
    assert!(is_pending(&mut first).await);
    let answer = store.append(any("order-2", events(1))).await;
    let Err(AppendError::Store(full @ StoreError::Unavailable { .. })) = answer else {
        panic!("{answer:?}")
    };
    assert!(full.to_string().contains("queue of appends is full"), "{full}");
    held.rollback().unwrap();
    first.await.unwrap();
    store.append(any("order-2", events(1))).await.unwrap();
}

#[tokio::test]
async fn an_append_larger_than_the_queue_still_goes_through() {
    let (_directory, path) = place();
    let store = SqliteStore::options().queue(4, 8).open(path).await.unwrap();
    let mut large = event("a");
    large.data = vec![b'1'; 1000];
    store.append(any("order-1", vec![large])).await.unwrap();
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_waiter_wakes_when_something_is_appended() {
    let (_directory, store) = open().await;
    let waiter = tokio::spawn({
        let store = store.clone();
        async move { store.appended_after(Position::START).await }
    });
    let mut early = std::pin::pin!(store.appended_after(Position(1)));
    assert!(is_pending(&mut early).await);
    let at = store.append(any("order-1", events(1))).await.unwrap().position;
    waiter.await.unwrap();
    store.appended_after(Position::START).await;
    assert!(is_pending(&mut early).await, "nothing lies above {at}");
    store.append(any("order-1", events(1))).await.unwrap();
    early.await;
}
