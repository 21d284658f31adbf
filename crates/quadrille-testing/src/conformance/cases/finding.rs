use crate::conformance::{Fixture, sample::*};
use quadrille_core::{CommandId, CommandStamp, EventId, NewEvent, Position, StreamId};

pub(super) async fn the_head_is_the_last_event(it: Fixture) {
    assert_eq!(it.head().await.unwrap(), None, "an empty store has a head");
    let names = [stream("order-1"), StreamId::framework("control").expect("a name")];
    for count in [1, 3, 2, 1] {
        for name in &names {
            let new = put_new(&*it, name, count).await;
            let head = it.head().await.unwrap().expect("a head once there are events");
            assert_eq!(Some(head.event), new.last().map(|event| event.id));
            let last = read_all(&*it, name).await.pop().expect("an event");
            assert_eq!((head.position, head.event), (last.position, last.id));
        }
    }
}

pub(super) async fn an_event_is_found_by_its_place(it: Fixture) {
    for n in 0..5 {
        put_new(&*it, &stream(&format!("order-{n}")), 2).await;
    }
    let log = log(&*it).await;
    let taken: Vec<u64> = log.iter().map(|event| event.position.0).collect();
    for event in &log {
        assert_eq!(it.event_at(event.position).await.unwrap().as_ref(), Some(event));
        for near in [event.position.0 - 1, event.position.0 + 1] {
            if !taken.contains(&near) {
                let found = it.event_at(Position(near)).await.unwrap();
                assert_eq!(found, None, "position {near} lies in a gap");
            }
        }
    }
    assert_eq!(it.event_at(Position::START).await.unwrap(), None);
    assert_eq!(it.event_at(Position::END).await.unwrap(), None);
}

pub(super) async fn an_event_is_found_by_its_id(it: Fixture) {
    for n in 0..40 {
        put_new(&*it, &stream(&format!("order-{}", n % 7)), 3).await;
    }
    put_new(&*it, &StreamId::framework("control").expect("a name"), 1).await;
    for event in log(&*it).await {
        assert_eq!(it.event(event.id).await.unwrap(), Some(event));
    }
    assert_eq!(it.event(EventId::new()).await.unwrap(), None);
}

pub(super) async fn a_command_is_found_by_its_id(it: Fixture) {
    let (one, other) = (stream("order-1"), stream("order-2"));
    let (first, second) = (CommandId::new(), CommandId::new());
    let of = |command: CommandId, count| -> Vec<NewEvent> {
        let stamp = CommandStamp::new(command, "order.place", b"{}");
        let mut events = events(count);
        events.iter_mut().for_each(|event| event.metadata.command = Some(stamp.clone()));
        events
    };
    let mut left = of(first, 2);
    let elsewhere = of(first, 1);
    let by_second = of(second, 3);
    put(&*it, &one, left.clone()).await;
    put_new(&*it, &one, 1).await;
    put(&*it, &other, elsewhere.clone()).await;
    put(&*it, &one, by_second.clone()).await;
    let later = of(first, 1);
    put(&*it, &one, later.clone()).await;
    left.extend(later);

    let none = Vec::new();
    let expected = [
        (&one, first, &left),
        (&other, first, &elsewhere),
        (&one, second, &by_second),
        (&other, second, &none),
        (&stream("order-3"), first, &none),
        (&one, CommandId::new(), &none),
    ];
    for (name, command, events) in expected {
        let found = it.events_of_command(name, command).await.unwrap();
        assert_eq!(ids(&found), new_ids(events), "of one command in {name}");
        let all = read_all(&*it, name).await;
        assert!(found.iter().all(|event| all.contains(event)), "as the stream has them");
    }
}
