use crate::conformance::{Fixture, sample::*};
use quadrille_core::{
    Category, StreamId,
    store::{StreamFilter, StreamInfo},
};

const NAMES: [&str; 20] = [
    "order-10",
    "order-1",
    "order-2",
    "order-a",
    "order-A",
    "order-a b",
    "order-é",
    "order-e\u{301}",
    "order-z",
    "order-%x",
    "order-_x",
    "order-x",
    "order-🦀",
    "order-a-b",
    "orders-1",
    "Order-1",
    "order.new-1",
    "invoice-1",
    "éclair-1",
    "quadrille-control",
];

async fn fill(it: &Fixture) -> Vec<StreamId> {
    for (n, name) in NAMES.iter().enumerate() {
        put_new(&**it, &stream(name), 1 + n % 3).await;
    }
    for name in ["order-1", "order-é"] {
        put_new(&**it, &stream(name), 2).await;
    }
    let mut names: Vec<StreamId> = NAMES.iter().map(|name| stream(name)).collect();
    names.sort();
    names
}

fn names(listed: Vec<StreamInfo>) -> Vec<StreamId> {
    listed.into_iter().map(|info| info.stream).collect()
}

pub(super) async fn streams_are_listed(it: Fixture) {
    let sorted = fill(&it).await;
    let everywhere = StreamFilter { framework: true, ..StreamFilter::default() };
    let listed = it.streams(&everywhere, None, usize::MAX).await.unwrap();
    assert_eq!(names(listed.clone()), sorted);
    for info in listed {
        let last = read_all(&*it, &info.stream).await.pop().expect("an event");
        assert_eq!(
            (info.version, info.position, info.recorded_at),
            (last.version, last.position, last.recorded_at),
            "{} in the list is not as its last event",
            info.stream
        );
    }
    for limit in [1, 3, 100] {
        let (mut after, mut found) = (None, Vec::new());
        loop {
            let page = names(it.streams(&everywhere, after.as_ref(), limit).await.unwrap());
            assert!(page.len() <= limit, "{} streams, the limit is {limit}", page.len());
            let Some(last) = page.last() else { break };
            after = Some(last.clone());
            found.extend(page);
        }
        assert_eq!(found, sorted, "page by page, {limit} at most");
    }
    for missing in ["a-1", "order-1x", "order-b", "zz-1", "order-\u{10ffff}"].map(stream) {
        let behind: Vec<_> = sorted.iter().filter(|name| **name > missing).cloned().collect();
        let found = names(it.streams(&everywhere, Some(&missing), 100).await.unwrap());
        assert_eq!(found, behind, "behind {missing}, which is not there");
    }
}

pub(super) async fn streams_are_selected_by_category_and_prefix(it: Fixture) {
    let sorted = fill(&it).await;
    let categories = [None, Some("order"), Some("Order"), Some("ord"), Some("quadrille")];
    let prefixes = ["", "1", "a", "A", "%", "_", "é", "e", "🦀", "a b", "control", "10x"];
    for category in categories {
        for prefix in prefixes {
            for framework in [false, true] {
                let category = category.map(|name| Category::new(name).expect("a category"));
                let filter = StreamFilter { category, id_prefix: prefix.into(), framework };
                let selected: Vec<_> =
                    sorted.iter().filter(|name| filter.matches(name)).cloned().collect();
                let found = names(it.streams(&filter, None, 100).await.unwrap());
                assert_eq!(found, selected, "{filter:?}");
                if let [first, behind @ ..] = &selected[..] {
                    let found = names(it.streams(&filter, Some(first), 1).await.unwrap());
                    assert_eq!(found, behind[..behind.len().min(1)], "{filter:?} behind {first}");
                }
            }
        }
    }
}
