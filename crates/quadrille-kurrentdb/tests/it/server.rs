//! What a server is relied on for, asked of the gateway and of the server that
//! `QUADRILLE_TEST_KURRENTDB` names: a small suite with streams of its own, beside the conformance
//! suite in `shared`, which wants the server for itself.

use super::{
    shared::turn,
    support::{event, small_gateway, url},
};
use quadrille_core::{
    Append, AppendError, Appended, Category, Envelope, EventStore, ExpectedVersion, NewEvent,
    Position, Query, StreamId, Version, store::Direction,
};
use quadrille_kurrentdb::KurrentDbStore;
use std::{env, io::Write};
use uuid::Uuid;

struct Bench {
    one: KurrentDbStore,
    other: KurrentDbStore,
    category: Category,
}

impl Bench {
    async fn new(url: &str) -> Self {
        let one = KurrentDbStore::open(url).await.unwrap();
        let other = KurrentDbStore::open(url).await.unwrap();
        assert_eq!(one.id(), other.id(), "two handles, two stores");
        let category = format!("test{}", Uuid::new_v4().simple());
        Self { one, other, category: Category::new(category).unwrap() }
    }

    fn stream(&self, id: &str) -> StreamId {
        StreamId::new(self.category.clone(), id).unwrap()
    }

    async fn append(
        &self,
        store: &KurrentDbStore,
        id: &str,
        expected: ExpectedVersion,
        events: &[NewEvent],
    ) -> Result<Appended, AppendError> {
        let append = Append { stream: self.stream(id), expected, events: events.to_vec() };
        store.append(append).await
    }

    async fn read(&self, id: &str) -> Vec<Envelope> {
        let (stream, forward) = (self.stream(id), Direction::Forward);
        self.other.read_stream(&stream, Version::NONE, forward, 1_000).await.unwrap()
    }
}

fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event("order.placed")).collect()
}

async fn versions_and_repeats(it: &Bench) {
    use ExpectedVersion::{Any, Exact, Exists, NoStream};
    let new = events(3);
    let missing = it.append(&it.one, "a", Exists, &new).await;
    assert!(matches!(missing, Err(AppendError::Conflict { .. })), "{missing:?}");
    let first = it.append(&it.one, "a", NoStream, &new).await.unwrap();
    assert_eq!((first.first_version, first.last_version), (Version(1), Version(3)));
    it.append(&it.other, "a", Exists, &events(2)).await.unwrap();
    for store in [&it.one, &it.other] {
        for expected in [NoStream, Exact(Version(5)), Exact(Version(9)), Exists, Any] {
            let again = it.append(store, "a", expected, &new).await.unwrap();
            assert_eq!(again, Appended { repeated: true, ..first.clone() }, "{expected}");
        }
        let mixed = [events(1), new[..1].to_vec()].concat();
        let reused = it.append(store, "a", Any, &mixed).await;
        assert!(matches!(reused, Err(AppendError::IdReused { .. })), "{reused:?}");
        let late = it.append(store, "a", Exact(Version(3)), &events(1)).await;
        let actual = match late {
            Err(AppendError::Conflict { actual, .. }) => actual,
            other => panic!("{other:?}"),
        };
        assert_eq!(actual, Version(5));
    }
    assert_eq!(it.read("a").await.len(), 5);
}

async fn races(it: &Bench) {
    for round in 0..10 {
        let expected = ExpectedVersion::at(Version(round));
        let (mine, yours) = (events(1), events(1));
        let (a, b) = tokio::join!(
            it.append(&it.one, "race", expected, &mine),
            it.append(&it.other, "race", expected, &yours),
        );
        assert!(a.is_ok() != b.is_ok(), "{a:?} {b:?}");
        assert_eq!(it.read("race").await.len() as u64, round + 1);
    }
}

async fn places(it: &Bench) {
    let mut receipts = Vec::new();
    for (n, id) in ["p", "q", "p", "q"].into_iter().enumerate() {
        receipts.push(it.append(&it.one, id, ExpectedVersion::Any, &events(n + 1)).await.unwrap());
    }
    assert!(receipts.is_sorted_by(|a, b| a.position < b.position));
    for (id, receipt) in [("p", &receipts[2]), ("q", &receipts[3])] {
        let last = it.read(id).await.pop().expect("an event");
        assert_eq!((last.version, last.position), (receipt.last_version, receipt.position));
        let found = it.other.event_at(receipt.position).await.unwrap();
        assert_eq!(found.map(|event| event.id), Some(last.id));
        assert_eq!(it.other.event(last.id).await.unwrap().map(|event| event.id), Some(last.id));
    }
    let query = Query::all().category(it.category.clone());
    let mut from = it.one.event_at(it.read("p").await[0].position).await.unwrap().unwrap().position;
    let mut found = 1;
    it.other.appended_after(Position(from.0 - 1)).await;
    loop {
        let page = it.other.read(&query, from, Direction::Forward, 3).await.unwrap();
        found += page.events.len();
        from = page.through.map_or(from, |through| through.position);
        if !page.more {
            break;
        }
    }
    assert_eq!(found, 10, "events of this category from the first on");
}

async fn check(url: &str) {
    let it = Bench::new(url).await;
    versions_and_repeats(&it).await;
    races(&it).await;
    places(&it).await;
}

#[tokio::test]
async fn the_gateway_does_what_a_server_is_relied_on_for() {
    let gateway = small_gateway().await;
    check(&url(gateway.address())).await;
}

#[tokio::test]
async fn the_server_that_is_named_does_what_it_is_relied_on_for() {
    match env::var("QUADRILLE_TEST_KURRENTDB") {
        Ok(url) => {
            let _turn = turn().await;
            check(&url).await;
        }
        Err(_) => {
            let skipped = b"skipped: QUADRILLE_TEST_KURRENTDB names no server\n";
            std::io::stderr().write_all(skipped).unwrap();
        }
    }
}
