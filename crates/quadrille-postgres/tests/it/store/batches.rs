//! Appends that share a transaction with others that are refused.

use crate::support::{database, store};
use chrono::Utc;
use futures_util::future::join_all;
use quadrille_core::{
    Append, AppendError, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent,
    Version, store::Direction,
};

fn append(stream: &str, ids: &[EventId]) -> Append {
    let flow = CorrelationId::new();
    let metadata = Metadata::new(flow, flow.0, "shop", Utc::now());
    let event = |id: &EventId| NewEvent::new(*id, "order.placed", "{}", metadata.clone()).unwrap();
    let (stream, expected) = (stream.parse().unwrap(), ExpectedVersion::NoStream);
    Append { stream, expected, events: ids.iter().map(event).collect() }
}

fn ids() -> [EventId; 3] {
    std::array::from_fn(|_| EventId::new())
}

/// What an append is answered.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Written,
    Repeated,
    Conflict,
    Taken,
}

const KINDS: [Kind; 4] = [Kind::Written, Kind::Repeated, Kind::Conflict, Kind::Taken];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_a_large_batch_each_append_gets_its_own_answer() {
    let Some(database) = database().await else { return };
    let store = store(database.url()).await;
    let there: Vec<Append> =
        (0..400).map(|number| append(&format!("there-{number}"), &ids())).collect();
    let receipts = join_all(there.iter().map(|append| store.append(append.clone()))).await;
    let tries = there.iter().enumerate().map(|(number, known)| match KINDS[number % 4] {
        Kind::Written => append(&format!("free-{number}"), &ids()),
        Kind::Repeated => known.clone(),
        Kind::Conflict => append(&format!("there-{number}"), &ids()),
        // The second of its events lies in another stream.
        Kind::Taken => {
            append(&format!("free-{number}"), &[EventId::new(), known.events[1].id, EventId::new()])
        }
    });
    let tries: Vec<Append> = tries.collect();
    let answers = join_all(tries.iter().map(|append| store.append(append.clone()))).await;

    for (number, (tried, answer)) in tries.iter().zip(answers).enumerate() {
        let kind = KINDS[number % 4];
        let there = store.read_stream(&tried.stream, Version::NONE, Direction::Forward, 10).await;
        let there: Vec<EventId> = there.unwrap().iter().map(|event| event.id).collect();
        let ours: Vec<EventId> = tried.events.iter().map(|event| event.id).collect();
        match (kind, answer) {
            (Kind::Written, Ok(receipt)) => {
                assert_eq!((receipt.repeated, receipt.last_version), (false, Version(3)));
                assert_eq!(there, ours);
            }
            (Kind::Repeated, Ok(receipt)) => {
                let first = receipts[number].as_ref().unwrap();
                assert_eq!((receipt.repeated, receipt.position), (true, first.position));
                assert_eq!(there, ours);
            }
            (Kind::Conflict, Err(AppendError::Conflict { actual, .. })) => {
                assert_eq!(actual, Version(3));
                assert!(there.len() == 3 && there != ours);
            }
            (Kind::Taken, Err(AppendError::IdReused { event, .. })) => {
                assert_eq!((event, there), (ours[1], vec![]));
            }
            (kind, answer) => panic!("{kind:?}: {answer:?}"),
        }
    }
}
