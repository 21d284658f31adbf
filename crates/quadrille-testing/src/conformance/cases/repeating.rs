use crate::conformance::{Fixture, sample::*};
use quadrille_core::{AppendError, ExpectedVersion, Version};

pub(super) async fn the_same_append_twice_is_written_once(it: Fixture) {
    let (name, other) = (stream("order-1"), stream("order-2"));
    put_new(&*it, &name, 1).await;
    let new = append(&name, ExpectedVersion::Exact(Version(1)), events(3));
    let first = it.append(new.clone()).await.unwrap();
    assert!(!first.repeated);
    for later in 0..3 {
        let before = log(&*it).await;
        for expected in [
            new.expected,
            ExpectedVersion::NoStream,
            ExpectedVersion::Exact(Version(77)),
            ExpectedVersion::Exists,
            ExpectedVersion::Any,
        ] {
            let again = it.append(append(&name, expected, new.events.clone())).await;
            let again = again.unwrap_or_else(|error| panic!("again, {expected}: {error:?}"));
            assert!(again.repeated, "a receipt says that it is the first");
            assert_eq!((again.first_version, again.last_version), (Version(2), Version(4)));
            assert_eq!(again.position, first.position);
        }
        for (part, versions) in [(0..1, (2, 2)), (1..3, (3, 4)), (2..3, (4, 4))] {
            let part = append(&name, ExpectedVersion::NoStream, &new.events[part]);
            let again = it.append(part).await.expect("a part of what was appended");
            assert!(again.repeated);
            assert_eq!((again.first_version.0, again.last_version.0), versions);
            let found = it.event_at(again.position).await.unwrap().expect("an event");
            assert_eq!((found.stream, found.version), (name.clone(), again.last_version));
        }
        assert_eq!(log(&*it).await, before, "a repeated append was written again ({later})");
        put_new(&*it, &name, 2).await;
        put_new(&*it, &other, 2).await;
    }
    // Two appends that lie next to each other are not distinguished from one.
    let (a, b) = (put_new(&*it, &other, 1).await, put_new(&*it, &other, 1).await);
    let both = append(&other, ExpectedVersion::NoStream, [a, b].concat());
    assert!(it.append(both).await.expect("both are there").repeated);
}

pub(super) async fn a_reused_id_is_refused(it: Fixture) {
    let name = stream("order-1");
    let taken = put_new(&*it, &name, 3).await;
    put_new(&*it, &name, 1).await;
    let [a, b, c] = [taken[0].clone(), taken[1].clone(), taken[2].clone()];
    let new = || event("order.placed");
    let reused = [
        vec![a.clone(), new()],
        vec![new(), a.clone()],
        vec![new(), b.clone(), new()],
        vec![b.clone(), a.clone()],
        vec![a.clone(), c.clone()],
        vec![c.clone(), b.clone(), a.clone()],
        vec![a.clone(), b.clone(), c.clone(), new()],
        vec![new(), a, b, c],
    ];
    for events in reused {
        let is_right = |error: &AppendError| match error {
            AppendError::IdReused { stream, event } => {
                *stream == name && new_ids(&taken).contains(event)
            }
            _ => false,
        };
        assert_leaves_nothing(&*it, append(&name, ExpectedVersion::Any, events), is_right).await;
    }
}
