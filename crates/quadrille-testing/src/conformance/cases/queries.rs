use crate::conformance::{Fixture, oracle::Oracle, sample::*};
use quadrille_core::{
    Category, CausationId, CorrelationId, Envelope, EventId, NewEvent, Position, Query, StreamId,
    Tag, store::Direction,
};
use uuid::Uuid;

fn category(name: &'static str) -> Category {
    Category::new(name).expect("a category")
}

fn flow(n: usize) -> CorrelationId {
    CorrelationId(Uuid::from_u128(0xf0 + n as u128))
}

fn cause(n: usize) -> CausationId {
    CausationId(Uuid::from_u128(0xc0 + n as u128))
}

const TYPES: [&str; 4] = ["order.placed", "order.paid", "Order.placed", "a b é"];

fn tags() -> [Tag; 5] {
    [
        Tag::new("customer", 1),
        Tag::new("customer", 12),
        Tag::new("basket", 1),
        Tag::new("customer:1", ""),
        Tag::new("note", "100% \"søren\" _x\\"),
    ]
}

/// One of each combination that matters, in an order that mixes them.
fn sample_event(n: usize) -> NewEvent {
    let mut event = event(TYPES[n % 4]);
    event.metadata.correlation = flow(n % 3);
    event.metadata.causation = cause(n % 5);
    let carried = tags().into_iter().enumerate().filter(|(at, _)| (n >> at) & 1 == 1);
    event.metadata.tags = carried.map(|(_, tag)| tag).collect();
    event
}

fn queries() -> Vec<Query> {
    let [one, twelve, basket, joined, note] = tags();
    let rare = Tag::new("customer", "unheard of");
    let order = || Query::all().category(category("order"));
    let mut queries = vec![
        Query::all(),
        Query::everything(),
        order(),
        order().category(category("invoice")),
        Query::all().category(category("ord")),
        Query::all().category(Category::FRAMEWORK),
        order().category(Category::FRAMEWORK),
        Query::all().stream(stream("order-1")),
        Query::all().stream(stream("quadrille-control")),
        Query::all().stream(stream("order-1")).category(category("invoice")),
        Query::all().types(["order.placed"]).stream(stream("order-2")),
        Query::all().types(["order.placed"]).category(category("invoice")),
        Query::all().types(TYPES),
        Query::all().types(["order."]),
        Query::all().types(["a b é"]).correlation(flow(1)),
        Query::all().correlation(flow(9)),
        Query::everything().correlation(flow(1)),
        Query::all().causation(cause(3)),
        Query::everything().causation(cause(3)).correlation(flow(1)),
        Query::all().causation(CausationId(flow(1).0)),
        Query::all().tag(one.clone()).tag(twelve.clone()),
        Query::all().tag(one.clone()).tag(twelve).tag(basket.clone()).tag(joined).tag(note),
        Query::all().tag(one.clone()).tag(one.clone()),
        Query::all().tag(rare.clone()),
        Query::all().tag(one.clone()).tag(rare),
        Query::everything().tag(basket.clone()),
        order().tag(basket).types(["order.paid"]).correlation(flow(2)),
        Query::all().stream(stream("order-1")).tag(one),
    ];
    queries.extend(TYPES.map(|name| Query::all().types([name])));
    queries.extend(tags().map(|tag| Query::all().tag(tag)));
    queries
}

async fn fill(it: &Fixture) -> Vec<Envelope> {
    let streams = ["order-1", "invoice-1", "order-2", "quadrille-control", "order-1-1"];
    for n in 0..64 {
        put(&**it, &stream(streams[n % 5]), [sample_event(n)]).await;
    }
    log(&**it).await
}

pub(super) async fn queries_agree_with_matches(it: Fixture) {
    let log = fill(&it).await;
    assert_eq!(log.len(), 64, "the log without any condition");
    for query in queries() {
        let selected: Vec<_> = log.iter().filter(|event| query.matches(event)).cloned().collect();
        for limit in [2, 100] {
            let found = walk(&*it, &query, Position::START, Direction::Forward, limit).await;
            assert_eq!(ids(&found), ids(&selected), "{query:?}, forward");
            assert_eq!(found, selected, "{query:?}, forward");
            let mut found = walk(&*it, &query, Position::END, Direction::Backward, limit).await;
            found.reverse();
            assert_eq!(ids(&found), ids(&selected), "{query:?}, backward");
        }
        let middle = log[31].position;
        for direction in [Direction::Forward, Direction::Backward] {
            let page = it.read(&query, middle, direction, 3).await.unwrap();
            let checked = Oracle(&log).check_page(&query, middle, direction, 3, &page);
            assert_eq!(checked, Ok(()), "{query:?} {direction:?} from the middle");
        }
    }
}

pub(super) async fn framework_streams_are_hidden(it: Fixture) {
    let own = StreamId::framework("process-x").expect("a name");
    let near = [stream("quadrilles-1"), stream("Quadrille-1"), stream("quadrill-1")];
    let hidden = put_new(&*it, &own, 3).await;
    let mut visible: Vec<EventId> = Vec::new();
    for name in &near {
        visible.extend(new_ids(&put_new(&*it, name, 2).await));
    }
    let more_hidden = put_new(&*it, &own, 1).await;
    let hidden: Vec<EventId> = [new_ids(&hidden), new_ids(&more_hidden)].concat();
    let walk = async |query| ids(&walk(&*it, &query, Position::START, Direction::Forward, 2).await);
    assert_eq!(walk(Query::all()).await, visible);
    assert_eq!(walk(Query::all().types(["order.placed"])).await, visible);
    assert_eq!(walk(Query::everything()).await.len(), visible.len() + hidden.len());
    assert_eq!(walk(Query::all().stream(own.clone())).await, hidden);
    assert_eq!(walk(Query::all().category(Category::FRAMEWORK)).await, hidden);
    assert_eq!(ids(&read_all(&*it, &own).await), hidden, "a stream is read by its name");
}
