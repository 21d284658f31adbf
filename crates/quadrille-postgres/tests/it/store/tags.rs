//! Conditions on tags, by many processes at once.

use crate::support::{database, store};
use chrono::Utc;
use futures_util::future::join_all;
use quadrille_core::{
    Append, AppendError, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent,
    Position, StreamId, Tag,
    store::{AppendAll, Unless},
};

fn booking(number: usize, seat: &str, after: Position) -> AppendAll {
    let flow = CorrelationId::new();
    let mut metadata = Metadata::new(flow, flow.0, "booking", Utc::now());
    metadata.tags = vec![Tag::new("seat", seat), Tag::new("customer", number)];
    let event = NewEvent::new(EventId::new(), "seat.booked", "{}", metadata).unwrap();
    let stream: StreamId = format!("booking-{number}").parse().unwrap();
    let append = Append { stream, expected: ExpectedVersion::NoStream, events: vec![event] };
    let unless =
        Unless { types: vec!["seat.booked".into()], tags: vec![Tag::new("seat", seat)], after };
    AppendAll { appends: vec![append], unless: vec![unless] }
}

/// The conditions are disjoint sets of tags for several seats, on eight handles with connections
/// of their own.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_appends_that_race_for_a_tag_one_wins() {
    let Some(database) = database().await else { return };
    let handles = join_all((0..8).map(|_| store(database.url()))).await;
    for round in 0..20 {
        let seat = format!("{round}");
        let tries = (0..16).map(|number| {
            let store = handles[number % handles.len()].clone();
            let all = booking(round * 16 + number, &seat, Position::START);
            tokio::spawn(async move { store.append_all(all).await })
        });
        let mut won = 0;
        for tried in join_all(tries).await {
            match tried.unwrap() {
                Ok(_) => won += 1,
                Err(AppendError::ConditionFailed { .. }) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(won, 1, "round {round}");
    }
}
