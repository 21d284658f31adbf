use crate::conformance::{Fixture, oracle::Oracle, sample::*};
use quadrille_core::{
    CommandId, Envelope, EventId, Position, Query, StreamId, Version,
    store::{Direction, Page, StoredPayload, StreamFilter},
};

const LIMITS: [usize; 6] = [1, 2, 3, 7, 1000, usize::MAX];

/// Some events that are easy to tell apart, the last of the framework's own.
async fn fill(it: &Fixture) -> Vec<Envelope> {
    for n in 0..20 {
        let name = stream(&format!("{}-{}", ["order", "invoice"][n % 2], n % 5));
        let kind =
            ["order.placed", "order.paid", "order.rare"][if n % 11 == 3 { 2 } else { n % 2 }];
        let new: Vec<_> = (0..=n % 3).map(|_| event(kind)).collect();
        put(&**it, &name, new).await;
    }
    put_new(&**it, &StreamId::framework("control").expect("a name"), 2).await;
    log(&**it).await
}

fn queries() -> Vec<Query> {
    vec![
        Query::everything(),
        Query::all(),
        Query::all().types(["order.rare"]),
        Query::all().types(["order.unheard_of"]),
        Query::all().stream(stream("order-2")),
        Query::all().stream(stream("order-missing")),
    ]
}

pub(super) async fn an_empty_store_has_nothing(it: Fixture) {
    assert!(!it.id().0.is_nil(), "the store has no identity");
    for (direction, from) in
        [(Direction::Forward, Position::START), (Direction::Backward, Position::END)]
    {
        let page = it.read(&Query::everything(), from, direction, 10).await.unwrap();
        assert_eq!(page, Page::default());
    }
    let name = stream("order-1");
    assert_eq!(it.head().await.unwrap(), None);
    assert_eq!(read_all(&*it, &name).await, []);
    assert_eq!(it.event(EventId::new()).await.unwrap(), None);
    assert_eq!(it.event_at(Position(1)).await.unwrap(), None);
    assert_eq!(it.events_of_command(&name, CommandId::new()).await.unwrap(), []);
    let everywhere = StreamFilter { framework: true, ..StreamFilter::default() };
    assert_eq!(it.streams(&everywhere, None, 10).await.unwrap(), []);
}

pub(super) async fn a_stream_reads_both_ways(it: Fixture) {
    let name = stream("order-1");
    for n in 0..5 {
        put_new(&*it, &name, 2).await;
        put_new(&*it, &stream("order-10"), n + 1).await;
        put_new(&*it, &stream("invoice-1"), 1).await;
    }
    let all = read_all(&*it, &name).await;
    assert_eq!(all.len(), 10);
    let froms = (0..=12).chain([u64::from(u32::MAX), i64::MAX as u64, u64::MAX]);
    for from in froms.map(Version) {
        for limit in LIMITS {
            let above = all.iter().filter(|event| event.version > from).take(limit);
            let found = it.read_stream(&name, from, Direction::Forward, limit).await.unwrap();
            let expected: Vec<_> = above.cloned().collect();
            assert_eq!(found, expected, "forward from {from}, {limit} at most");

            let below = all.iter().rev().filter(|event| event.version < from).take(limit);
            let found = it.read_stream(&name, from, Direction::Backward, limit).await.unwrap();
            let expected: Vec<_> = below.cloned().collect();
            assert_eq!(found, expected, "backward from {from}, {limit} at most");
        }
    }
    for direction in [Direction::Forward, Direction::Backward] {
        for missing in ["order-2", "order-", "Order-1"].iter().filter_map(|name| name.parse().ok())
        {
            let found = it.read_stream(&missing, Version(5), direction, 10).await.unwrap();
            assert_eq!(found, [], "{missing} has no events");
        }
    }
}

pub(super) async fn payloads_are_those_of_the_stream(it: Fixture) {
    let name = stream("order-1");
    for n in 0..5 {
        put(&*it, &name, [event("order.placed"), event("order.paid")]).await;
        put_new(&*it, &stream("order-10"), n + 1).await;
    }
    let all = read_all(&*it, &name).await;
    for above in (0..=12).chain([u64::MAX]).map(Version) {
        for limit in LIMITS {
            let expected = all.iter().filter(|event| event.version > above).take(limit);
            let expected: Vec<_> = expected.cloned().map(StoredPayload::from).collect();
            let found = it.read_payloads(&name, above, limit).await.unwrap();
            assert_eq!(found, expected, "above {above}, {limit} at most");
        }
    }
    let missing = it.read_payloads(&stream("order-2"), Version::NONE, 10).await.unwrap();
    assert_eq!(missing, []);
    // Many at once may share what they ask.
    let names: Vec<_> = (0..40).map(|n| stream(&format!("cart-{n}"))).collect();
    for (n, name) in (1..).zip(&names) {
        put_new(&*it, name, n * 5).await;
    }
    let asked = names.iter().map(|name| it.read_payloads(name, Version(1), 1_000));
    for (name, found) in names.iter().zip(futures_util::future::join_all(asked).await) {
        let expected = read_all(&*it, name).await.into_iter().skip(1).map(StoredPayload::from);
        assert_eq!(found.unwrap(), expected.collect::<Vec<_>>(), "{name}");
    }
}

pub(super) async fn pages_meet(it: Fixture) {
    let log = fill(&it).await;
    for query in queries() {
        let selected: Vec<_> = log.iter().filter(|event| query.matches(event)).cloned().collect();
        for limit in LIMITS {
            let forward = walk(&*it, &query, Position::START, Direction::Forward, limit).await;
            assert_eq!(ids(&forward), ids(&selected), "{query:?} forward by {limit}");
            let mut backward = walk(&*it, &query, Position::END, Direction::Backward, limit).await;
            backward.reverse();
            assert_eq!(ids(&backward), ids(&selected), "{query:?} backward by {limit}");
        }
    }
}

pub(super) async fn a_page_says_how_far_it_looked(it: Fixture) {
    let log = fill(&it).await;
    let places = log.iter().map(|event| event.position.0);
    let mut froms: Vec<u64> = places.flat_map(|at| [at - 1, at, at + 1]).collect();
    froms.extend([Position::START.0, Position::END.0]);
    froms.dedup();
    for query in queries() {
        for from in froms.iter().copied().map(Position) {
            for direction in [Direction::Forward, Direction::Backward] {
                for limit in [1, 4, usize::MAX] {
                    let page = it.read(&query, from, direction, limit).await.unwrap();
                    let checked = Oracle(&log).check_page(&query, from, direction, limit, &page);
                    if let Err(problem) = checked {
                        panic!("{query:?} {direction:?} from {from}, {limit} at most: {problem}");
                    }
                }
            }
        }
    }
    // Whoever reads nothing but a type that is never there still gets to the head.
    let (never, mut from) = (Query::all().types(["order.unheard_of"]), Position::START);
    loop {
        let page = it.read(&never, from, Direction::Forward, 5).await.unwrap();
        from = page.through.expect("it looked at something").position;
        if !page.more {
            break;
        }
    }
    assert_eq!(Some(from), log.last().map(|event| event.position));
}
