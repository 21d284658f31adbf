use crate::conformance::{Fixture, sample::*};
use quadrille_core::{AppendError, ExpectedVersion, NewEvent, Tag, store::InvalidAppend};

type IsRight = fn(&InvalidAppend) -> bool;

fn of_size(bytes: usize) -> NewEvent {
    NewEvent { data: vec![b'x'; bytes], ..event("order.placed") }
}

fn with_tags(count: usize) -> NewEvent {
    let tags: Vec<Tag> = (0..count).map(|n| Tag::new("customer", n)).collect();
    tagged("order.placed", &tags)
}

pub(super) async fn a_full_append_is_accepted(it: Fixture) {
    let limits = it.limits();
    let many = events(limits.events_per_append);
    let tags = vec![with_tags(limits.tags_per_event)];
    let mut large = vec![];
    let mut left = limits.append_bytes;
    while left > 0 && large.len() < limits.events_per_append {
        let bytes = left.min(limits.event_bytes);
        large.push(of_size(bytes));
        left -= bytes;
    }
    for (name, full) in [("order-many", many), ("order-large", large), ("order-tags", tags)] {
        let name = stream(name);
        put(&*it, &name, full.clone()).await;
        let found = read_all(&*it, &name).await;
        assert_eq!(ids(&found), new_ids(&full), "{name}");
        for (found, written) in found.iter().zip(&full) {
            assert_same(found, written, &name, found.version);
        }
    }
}

pub(super) async fn an_invalid_append_is_refused(it: Fixture) {
    let limits = it.limits();
    let name = stream("order-1");
    put_new(&*it, &name, 1).await;
    let twice = event("order.placed");
    let per_event = limits.append_bytes / limits.event_bytes + 1;
    let unnamed = NewEvent { event_type: String::new(), ..event("order.placed") };
    let long = NewEvent { event_type: "t".repeat(256), ..event("order.placed") };
    let reserved = NewEvent { event_type: "$reserved".into(), ..event("order.placed") };
    let too_large = (0..per_event).map(|_| of_size(limits.event_bytes)).collect();
    let invalid: Vec<(Vec<NewEvent>, IsRight)> = vec![
        (vec![], |e| matches!(e, InvalidAppend::Empty { .. })),
        (events(limits.events_per_append + 1), |e| matches!(e, InvalidAppend::TooMany { .. })),
        (vec![event("order.placed"), of_size(limits.event_bytes + 1)], |e| {
            matches!(e, InvalidAppend::EventTooLarge { .. })
        }),
        (too_large, |e| {
            matches!(e, InvalidAppend::TooLarge { .. } | InvalidAppend::TooMany { .. })
        }),
        (vec![with_tags(limits.tags_per_event + 1)], |e| {
            matches!(e, InvalidAppend::TooManyTags { .. })
        }),
        (vec![twice.clone(), twice], |e| matches!(e, InvalidAppend::SameIdTwice { .. })),
        (vec![unnamed], |e| matches!(e, InvalidAppend::Name(_))),
        (vec![long], |e| matches!(e, InvalidAppend::Name(_))),
        (vec![event("order.placed"), reserved], |e| matches!(e, InvalidAppend::Name(_))),
    ];
    for (events, is_right) in invalid {
        let refused = append(&name, ExpectedVersion::Any, events);
        let is_right = |error: &AppendError| match error {
            AppendError::Invalid(invalid) => is_right(invalid),
            _ => false,
        };
        assert_leaves_nothing(&*it, refused, is_right).await;
    }
}
