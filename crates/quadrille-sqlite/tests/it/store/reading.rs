use super::support::*;
use quadrille_core::{
    Category, Envelope, EventStore, Position, Query, StreamId, Tag, Version,
    store::{Direction, Page, Place, StreamFilter},
};
use quadrille_sqlite::SqliteStore;

/// All pages of a query, in either direction, and how many there were.
async fn pages(
    store: &SqliteStore,
    query: &Query,
    direction: Direction,
    limit: usize,
) -> (Vec<Envelope>, usize) {
    let mut from = match direction {
        Direction::Forward => Position::START,
        Direction::Backward => Position::END,
    };
    let (mut events, mut count) = (Vec::new(), 0);
    loop {
        let Page { events: some, through, more } =
            store.read(query, from, direction, limit).await.unwrap();
        assert!(some.len() <= limit);
        events.extend(some);
        count += 1;
        let Some(through) = through else { return (events, count) };
        let on = match direction {
            Direction::Forward => through.position > from,
            Direction::Backward => through.position < from,
        };
        assert!(on, "a page made no progress");
        assert_eq!(store.event_at(through.position).await.unwrap().unwrap().id, through.event);
        from = through.position;
        if !more {
            return (events, count);
        }
    }
}

/// A query must select what [`Query::matches`] selects, in both directions, whatever the limit.
async fn check(store: &SqliteStore, query: Query) {
    let everything = pages(store, &Query::everything(), Direction::Forward, 1000).await.0;
    let mut wanted: Vec<_> = everything.into_iter().filter(|event| query.matches(event)).collect();
    for limit in [1, 7, 5000] {
        let found = pages(store, &query, Direction::Forward, limit).await.0;
        assert!(found == wanted, "{query:?} forward by {limit}: {} events", found.len());
    }
    wanted.reverse();
    for limit in [1, 7, 5000] {
        let found = pages(store, &query, Direction::Backward, limit).await.0;
        assert!(found == wanted, "{query:?} backward by {limit}: {} events", found.len());
    }
}

#[tokio::test]
async fn everything_comes_back() {
    let (_directory, store) = open().await;
    let tags = [("customer", "7"), ("a\"b", ""), ("customer", "7"), ("nul", "x\0y")];
    let mut sent = vec![full_event(&tags), full_event(&[]), event("order.placed")];
    sent[1].metadata.trace.as_mut().unwrap().state = None;
    sent[2].data = vec![0, 255, 10];
    store.append(any("order-søren 1-2", sent.clone())).await.unwrap();
    let name = stream("order-søren 1-2");
    let read = store.read_stream(&name, Version::NONE, Direction::Forward, 10).await.unwrap();
    assert_eq!(read.len(), 3);
    for (sent, read) in sent.iter().zip(&read) {
        assert_eq!(
            (sent.id, &sent.event_type, &sent.data),
            (read.id, &read.event_type, &read.data)
        );
        assert_eq!(sent.schema_version, read.schema_version);
        assert_eq!(sent.metadata, read.metadata);
        assert_eq!(read.stream, name);
        assert_eq!(store.event(sent.id).await.unwrap().as_ref(), Some(read));
        assert_eq!(store.event_at(read.position).await.unwrap().as_ref(), Some(read));
    }
    let by_command = sent[0].metadata.command.as_ref().unwrap().id;
    assert_eq!(store.events_of_command(&name, by_command).await.unwrap(), read[..1]);
    assert_eq!(store.events_of_command(&stream("order-9"), by_command).await.unwrap(), []);
    assert_eq!(store.events_of_command(&name, quadrille_core::CommandId::new()).await.unwrap(), []);
}

#[tokio::test]
async fn events_of_one_command_share_their_origin_and_come_back_together() {
    let (_directory, store) = open().await;
    let first = full_event(&[]);
    let mut sent = vec![event("a.b"), first.clone(), first.clone(), first.clone(), event("a.c")];
    sent[2].id = quadrille_core::EventId::new();
    sent[3].id = quadrille_core::EventId::new();
    sent[3].metadata.tags = vec![Tag::new("k", 1)];
    store.append(any("order-1", sent.clone())).await.unwrap();
    let command = first.metadata.command.unwrap().id;
    let found = store.events_of_command(&stream("order-1"), command).await.unwrap();
    let ids: Vec<_> = found.iter().map(|event| event.id).collect();
    assert_eq!(ids, [sent[1].id, sent[2].id, sent[3].id]);
    assert_eq!(found[2].metadata, sent[3].metadata);
}

#[tokio::test]
async fn a_stream_reads_both_ways_in_parts() {
    let (_directory, store) = open().await;
    for _ in 0..3 {
        store.append(any("order-1", events(700))).await.unwrap();
        store.append(any("order-2", events(1))).await.unwrap();
    }
    let versions = async |from, direction, limit| -> Vec<u64> {
        let events = store.read_stream(&stream("order-1"), from, direction, limit).await.unwrap();
        events.iter().map(|event| event.version.0).collect()
    };
    let all: Vec<u64> = (1..=2100).collect();
    assert_eq!(versions(Version::NONE, Direction::Forward, usize::MAX).await, all);
    assert_eq!(versions(Version(2098), Direction::Forward, 5).await, [2099, 2100]);
    assert_eq!(versions(Version(3), Direction::Backward, 9).await, [2, 1]);
    let back = versions(Version(u64::MAX), Direction::Backward, 2050).await;
    assert_eq!(back, (51..=2100).rev().collect::<Vec<_>>());
    assert_eq!(versions(Version::NONE, Direction::Forward, 0).await, [0; 0]);
    let none = store.read_stream(&stream("order-9"), Version::NONE, Direction::Forward, 5).await;
    assert_eq!(none.unwrap(), []);
}

#[tokio::test]
async fn a_query_selects_what_it_matches_by_every_way_through_the_log() {
    let (_directory, store) = open().await;
    let flow = metadata();
    for round in 0..40 {
        let customer = (round % 3).to_string();
        let mut placed = tagged("order.placed", &[("customer", &customer), ("round", "x")]);
        let mut paid = tagged("order.paid", &[("customer", &customer)]);
        if round % 5 == 0 {
            placed.metadata.correlation = flow.correlation;
            (paid.metadata.correlation, paid.metadata.causation) =
                (flow.correlation, flow.causation);
        }
        store.append(any(&format!("order-{}", round % 4), vec![placed, paid])).await.unwrap();
        store.append(any("quadrille-manifest", vec![event("quadrille.started")])).await.unwrap();
        store.append(any("stock-1", events(2))).await.unwrap();
    }
    let order = Category::new("order").unwrap();
    let customer = Tag::new("customer", 1);
    check(&store, Query::all()).await;
    check(&store, Query::all().types(["order.paid", "no.such"])).await;
    check(&store, Query::all().types(["no.such"])).await;
    check(&store, Query::all().types(["quadrille.started"])).await;
    check(&store, Query::all().category(order.clone())).await;
    check(&store, Query::all().category(order).category(Category::FRAMEWORK)).await;
    check(&store, Query::all().category(Category::new("no").unwrap())).await;
    check(&store, Query::all().stream(stream("order-2"))).await;
    check(&store, Query::all().stream(stream("order-2")).types(["order.paid"])).await;
    check(&store, Query::all().stream(stream("quadrille-manifest"))).await;
    check(&store, Query::all().stream(stream("order-99"))).await;
    check(&store, Query::all().correlation(flow.correlation)).await;
    check(&store, Query::all().correlation(flow.correlation).types(["order.paid"])).await;
    check(&store, Query::all().causation(flow.causation)).await;
    check(&store, Query::all().tag(customer.clone())).await;
    check(&store, Query::all().tag(customer.clone()).tag(Tag::new("round", "x"))).await;
    check(&store, Query::all().tag(customer).stream(stream("order-3"))).await;
    check(&store, Query::all().tag(Tag::new("no", "such"))).await;
}

#[tokio::test]
async fn a_rare_type_is_found_without_reading_what_lies_between() {
    let (_directory, store) = open().await;
    let rare = store.append(any("rare-1", vec![event("rare.one")])).await.unwrap().position;
    for _ in 0..6 {
        store.append(any("order-1", events(5000))).await.unwrap();
    }
    let last = store.append(any("rare-1", vec![event("rare.one")])).await.unwrap().position;
    let query = Query::all().types(["rare.one"]);
    let (found, count) = pages(&store, &query, Direction::Forward, 10).await;
    assert_eq!(found.iter().map(|event| event.position).collect::<Vec<_>>(), [rare, last]);
    assert_eq!(count, 1);
    let (found, _) = pages(&store, &query, Direction::Backward, 10).await;
    assert_eq!(found.iter().map(|event| event.position).collect::<Vec<_>>(), [last, rare]);
}

#[tokio::test]
async fn a_page_looks_only_so_far_and_says_how_far() {
    let (_directory, store) = open().await;
    let none = store.read(&Query::all(), Position::START, Direction::Forward, 10).await.unwrap();
    assert_eq!(none, Page::default());
    for _ in 0..5 {
        store.append(any("quadrille-busy", events(5000))).await.unwrap();
    }
    let last = store.append(any("order-1", events(1))).await.unwrap().position;
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 10).await.unwrap();
    assert!(page.events.is_empty() && page.more);
    assert!(page.through.unwrap().position < last);
    let (found, count) = pages(&store, &Query::all(), Direction::Forward, 10).await;
    assert_eq!((found.len(), found[0].position), (1, last));
    assert!((2..=4).contains(&count), "{count} pages");

    let end = store.read(&Query::all(), last, Direction::Forward, 10).await.unwrap();
    assert_eq!(end, Page::default());
    let head = store.head().await.unwrap();
    assert_eq!(head, Some(Place { position: last, event: found[0].id }));
    let start = store.read(&Query::all(), Position::START, Direction::Backward, 10).await.unwrap();
    assert_eq!(start, Page::default());
    let beyond =
        store.read(&Query::all(), Position(u64::MAX), Direction::Forward, 10).await.unwrap();
    assert_eq!(beyond, Page::default());
}

#[tokio::test]
async fn a_page_ends_early_when_its_events_are_large() {
    let (_directory, store) = open().await;
    for _ in 0..20 {
        let mut large = event("a.b");
        large.data = vec![b'1'; 1 << 20];
        store.append(any("large-1", vec![large])).await.unwrap();
    }
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 100).await.unwrap();
    assert_eq!((page.events.len(), page.more), (16, true));
    assert_eq!(pages(&store, &Query::all(), Direction::Forward, 100).await.0.len(), 20);
}

#[tokio::test]
async fn streams_are_listed_in_the_order_of_their_names() {
    let (_directory, store) = open().await;
    let mut names: Vec<StreamId> =
        ["b-2", "b-10", "B-1", "a-ä", "a-z", "a.b-1", "a-Z", "quadrille-x", "z-1", "a-zz"]
            .map(stream)
            .into();
    for name in &names {
        store.append(any(&name.to_string(), events(2))).await.unwrap();
        store.append(any(&name.to_string(), events(1))).await.unwrap();
    }
    names.sort();
    let category = |name: &'static str| Some(Category::new(name).unwrap());
    let filters = [
        StreamFilter::default(),
        StreamFilter { framework: true, ..StreamFilter::default() },
        StreamFilter { category: category("a"), ..StreamFilter::default() },
        StreamFilter { category: category("quadrille"), ..StreamFilter::default() },
        StreamFilter { category: category("a"), id_prefix: "z".into(), framework: false },
        StreamFilter { category: None, id_prefix: "1".into(), framework: false },
        StreamFilter { category: category("none"), ..StreamFilter::default() },
    ];
    for filter in filters {
        let wanted: Vec<_> = names.iter().filter(|name| filter.matches(name)).cloned().collect();
        for after in 0..=wanted.len() {
            let behind = after.checked_sub(1).map(|at| &wanted[at]);
            let found = store.streams(&filter, behind, 2).await.unwrap();
            let found: Vec<_> = found.into_iter().map(|info| info.stream).collect();
            let rest = &wanted[after..];
            assert_eq!(found, rest[..rest.len().min(2)], "{filter:?} after {behind:?}");
        }
    }
    let all = store.streams(&StreamFilter::default(), Some(&stream("a-ää")), 100).await.unwrap();
    assert_eq!(all[0].stream, stream("a.b-1"));
    let head =
        store.read_stream(&stream("a.b-1"), Version(2), Direction::Forward, 1).await.unwrap();
    assert_eq!((all[0].version, all[0].position), (Version(3), head[0].position));
    assert_eq!(all[0].recorded_at, head[0].recorded_at);
}
