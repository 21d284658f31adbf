//! Metadata of streams, deletion and tombstones.

use crate::{support::*, watched::Watched};
use eventstore::{
    CurrentRevision, DeleteStreamOptions, Error, EventData, ExpectedRevision, StreamMetadata,
    StreamPosition, SubscribeToStreamOptions, TombstoneStreamOptions,
};
use quadrille_core::{Append, CorrelationId, EventId, ExpectedVersion, Metadata, NewEvent};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};

fn deletion(expected: ExpectedRevision) -> DeleteStreamOptions {
    DeleteStreamOptions::default().expected_revision(expected)
}

fn tombstone(expected: ExpectedRevision) -> TombstoneStreamOptions {
    TombstoneStreamOptions::default().expected_revision(expected)
}

async fn numbers_of(served: &Served, stream: &str) -> Vec<u64> {
    numbers(&served.read(stream, &from_start()).await.unwrap())
}

#[tokio::test]
async fn a_deleted_stream_is_not_found_and_begins_again_behind_what_it_had() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let deleted = served
            .client
            .delete_stream("order-1", &deletion(ExpectedRevision::Exact(2)))
            .await
            .unwrap();
        assert!(deleted.is_some());
        let answer = served.read("order-1", &from_start()).await;
        assert!(matches!(answer, Err(Error::ResourceNotFound)), "{answer:?}");

        let exists = expecting(ExpectedRevision::StreamExists);
        let answer =
            served.client.append_to_stream("order-1", &exists, event("order.placed", 3)).await;
        assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}");

        let none = expecting(ExpectedRevision::NoStream);
        let receipt = served
            .client
            .append_to_stream("order-1", &none, event("order.placed", 3))
            .await
            .unwrap();
        assert_eq!(receipt.next_expected_version, 3);
        assert_eq!(numbers_of(&served, "order-1").await, [3]);
        let answer =
            served.client.append_to_stream("order-1", &none, event("order.placed", 4)).await;
        let Err(Error::WrongExpectedVersion { current, expected }) = answer else {
            panic!("{answer:?}")
        };
        assert_eq!(current, CurrentRevision::Current(3));
        assert_eq!(expected, ExpectedRevision::NoStream);
    })
    .await;
}

#[tokio::test]
async fn a_deletion_is_refused_where_something_else_was_expected() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let check = async |stream: &str, expected, actual: &str| {
            let answer = served.client.delete_stream(stream, &deletion(expected)).await;
            let Err(Error::Grpc { code, message }) = answer else { panic!("{answer:?}") };
            assert_eq!(code, tonic::Code::FailedPrecondition);
            assert!(
                message.contains("WrongExpectedVersion") && message.ends_with(actual),
                "{message}"
            );
            let answer = served.client.tombstone_stream(stream, &tombstone(expected)).await;
            assert!(matches!(answer, Err(Error::Grpc { .. })), "{answer:?}");
        };
        check("order-1", ExpectedRevision::Exact(1), "Actual version: 2").await;
        check("order-1", ExpectedRevision::NoStream, "Actual version: 2").await;
        check("order-2", ExpectedRevision::Exact(0), "Actual version: -1").await;
        check("order-2", ExpectedRevision::StreamExists, "Actual version: -1").await;
        assert_eq!(numbers_of(&served, "order-1").await, [0, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_deletion_may_be_repeated_and_followed_by_a_tombstone() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let exact = deletion(ExpectedRevision::Exact(2));
        for _ in 0..2 {
            served.client.delete_stream("order-1", &exact).await.unwrap();
        }
        let exists = deletion(ExpectedRevision::StreamExists);
        assert!(served.client.delete_stream("order-1", &exists).await.is_err());
        let any = tombstone(ExpectedRevision::Any);
        served.client.tombstone_stream("order-1", &any).await.unwrap();
        let answer = served.read("order-1", &from_start()).await;
        assert!(matches!(answer, Err(Error::ResourceDeleted)), "{answer:?}");
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_never_was_can_be_deleted_and_begins_with_its_first_event() {
    on_every_store(async |served| {
        for expected in [ExpectedRevision::Any, ExpectedRevision::NoStream] {
            served.client.delete_stream("order-1", &deletion(expected)).await.unwrap();
        }
        let answer = served.read("order-1", &from_start()).await;
        assert!(matches!(answer, Err(Error::ResourceNotFound)), "{answer:?}");
        let none = expecting(ExpectedRevision::NoStream);
        let appended =
            served.client.append_to_stream("order-1", &none, event("order.placed", 0)).await;
        assert_eq!(appended.unwrap().next_expected_version, 0);
        assert_eq!(numbers_of(&served, "order-1").await, [0]);
    })
    .await;
}

#[tokio::test]
async fn a_tombstone_is_for_ever() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let any = tombstone(ExpectedRevision::Any);
        assert!(served.client.tombstone_stream("order-1", &any).await.unwrap().is_some());
        let gone = |error: Error| assert!(matches!(error, Error::ResourceDeleted), "{error:?}");
        gone(served.read("order-1", &from_start()).await.unwrap_err());
        gone(served.read("$$order-1", &from_start()).await.unwrap_err());
        for expected in [ExpectedRevision::Any, ExpectedRevision::NoStream] {
            let append = event("order.placed", 3);
            let answer =
                served.client.append_to_stream("order-1", &expecting(expected), append).await;
            gone(answer.unwrap_err());
        }
        gone(served.client.tombstone_stream("order-1", &any).await.unwrap_err());
        let deletion = deletion(ExpectedRevision::Any);
        gone(served.client.delete_stream("order-1", &deletion).await.unwrap_err());
        let metadata = StreamMetadata::builder().max_count(1).build();
        let options = Default::default();
        gone(served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap_err());
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
        gone(subscription.next().await.unwrap_err());
        // History stays: whoever reads the whole log sees what happened.
        let log = served.read_all(&Default::default()).await.unwrap();
        assert_eq!(numbers(&log), [0, 1, 2]);
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_never_was_can_be_closed_for_ever() {
    on_every_store(async |served| {
        for (stream, expected) in
            [("order-1", ExpectedRevision::NoStream), ("order-2", ExpectedRevision::Any)]
        {
            served.client.tombstone_stream(stream, &tombstone(expected)).await.unwrap();
            let any = expecting(ExpectedRevision::Any);
            let answer =
                served.client.append_to_stream(stream, &any, event("order.placed", 1)).await;
            assert!(matches!(answer, Err(Error::ResourceDeleted)), "{answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_says_which_events_of_a_stream_are_shown() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 10)).await;
        let check = async |metadata: StreamMetadata, expected: &[u64]| {
            let options = Default::default();
            served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
            assert_eq!(numbers_of(&served, "order-1").await, expected);
            let back = from_start().position(StreamPosition::End);
            let back = numbers(&served.read("order-1", &back).await.unwrap());
            assert!(back.iter().rev().eq(expected), "{back:?}");
            let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
            let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
            let followed = next(&mut subscription, expected.len()).await;
            assert_eq!(numbers(&followed), expected);
        };
        let metadata = StreamMetadata::builder;
        check(metadata().max_count(2).build(), &[8, 9]).await;
        check(metadata().truncate_before(7).build(), &[7, 8, 9]).await;
        check(metadata().truncate_before(7).max_count(2).build(), &[8, 9]).await;
        check(
            metadata().max_age(Duration::from_secs(3_600)).build(),
            &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        )
        .await;
        served.append("order-1", vec![event("order.placed", 10)]).await;
        check(metadata().max_count(3).build(), &[8, 9, 10]).await;
    })
    .await;
}

#[tokio::test]
async fn metadata_reads_back_as_it_was_written_with_versions_of_its_own() {
    on_every_store(async |served| {
        let written = json!({ "$maxCount": 5, "$acl": { "$r": "$all" }, "colour": "red" });
        let written = serde_json::to_vec(&written).unwrap();
        let append = async |expected, data: Vec<u8>| {
            let event = EventData::binary("$metadata", data.into());
            served.client.append_to_stream("$$order-1", &expecting(expected), event).await
        };
        let receipt = append(ExpectedRevision::NoStream, written.clone()).await.unwrap();
        assert_eq!(receipt.next_expected_version, 0);
        let answer = append(ExpectedRevision::NoStream, written.clone()).await;
        assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}");
        append(ExpectedRevision::Exact(0), b"{}".to_vec()).await.unwrap();
        let read = served.read("$$order-1", &from_start()).await.unwrap();
        let first = read[0].get_original_event();
        assert_eq!(first.event_type, "$metadata");
        assert_eq!((first.stream_id.as_str(), first.revision), ("$$order-1", 0));
        assert_eq!(first.data, written);
        assert_eq!(read.len(), 2);
        let log = served.read_all(&Default::default()).await.unwrap();
        assert_eq!(log.len(), 0, "it is hidden from those who read the whole log");
    })
    .await;
}

#[tokio::test]
async fn a_deletion_keeps_what_was_known_of_a_stream() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let metadata = StreamMetadata::builder().max_count(2).build();
        let options = Default::default();
        served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        served.client.delete_stream("order-1", &deletion(ExpectedRevision::Any)).await.unwrap();
        let read = served.read("$$order-1", &from_start()).await.unwrap();
        let last: Value = read[1].get_original_event().as_json().unwrap();
        assert_eq!(last, json!({ "$maxCount": 2, "$tb": 3 }));
        served.append("order-1", events("order.placed", 3)).await;
        assert_eq!(numbers_of(&served, "order-1").await, [1, 2]);
    })
    .await;
}

#[tokio::test]
async fn metadata_may_delete_a_stream_as_the_official_server_does() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        let data = format!("{{\"$tb\":{}}}", i64::MAX);
        let event_data = EventData::binary("$metadata", data.into());
        served.append("$$order-1", vec![event_data]).await;
        let answer = served.read("order-1", &from_start()).await;
        assert!(matches!(answer, Err(Error::ResourceNotFound)), "{answer:?}");
        let none = expecting(ExpectedRevision::NoStream);
        served.client.append_to_stream("order-1", &none, event("order.placed", 3)).await.unwrap();
        assert_eq!(numbers_of(&served, "order-1").await, [3]);
    })
    .await;
}

#[tokio::test]
async fn metadata_does_not_bring_back_what_was_deleted() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3)).await;
        served.client.delete_stream("order-1", &deletion(ExpectedRevision::Any)).await.unwrap();
        let describe = async |metadata: StreamMetadata| {
            let options = Default::default();
            served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        };
        let metadata = StreamMetadata::builder;
        describe(metadata().max_count(100).build()).await;
        // As with the official server there is a stream again, and it is empty.
        assert!(numbers_of(&served, "order-1").await.is_empty());
        let read = served.read("$$order-1", &from_start()).await.unwrap();
        let last: Value = read[1].get_original_event().as_json().unwrap();
        assert_eq!(last, json!({ "$maxCount": 100, "$tb": 3 }));
        let none = expecting(ExpectedRevision::NoStream);
        let answer =
            served.client.append_to_stream("order-1", &none, event("order.placed", 3)).await;
        assert!(matches!(answer, Err(Error::WrongExpectedVersion { .. })), "{answer:?}");
        served.append("order-1", vec![event("order.placed", 3)]).await;
        describe(metadata().max_count(99).build()).await;
        assert_eq!(numbers_of(&served, "order-1").await, [3]);
        describe(metadata().truncate_before(1).build()).await;
        assert_eq!(numbers_of(&served, "order-1").await, [1, 2, 3]);
    })
    .await;
}

/// A fact about a stream that somebody else writes.
fn fact(stream: &str, event_type: &str) -> Append {
    let id = EventId::new();
    let metadata = Metadata::new(CorrelationId(id.0), id, "gateway", chrono::Utc::now());
    Append {
        stream: format!("quadrille-stream-metadata-{stream}").parse().unwrap(),
        expected: ExpectedVersion::Any,
        events: vec![NewEvent::new(id, event_type, "{}", metadata).unwrap()],
    }
}

#[tokio::test]
async fn metadata_that_races_with_a_tombstone_does_not_undo_it() {
    on_every_store(async |served| {
        for expected in [ExpectedRevision::Any, ExpectedRevision::StreamExists] {
            let watched = Arc::new(Watched::over(served.store.clone()));
            let gateway = serve(watched.clone(), Default::default()).await;
            let client = connect(gateway.address());
            let stream = format!("order-{expected:?}");
            let tombstone = fact(&stream, "quadrille.stream.tombstoned");
            *watched.between.lock().unwrap() = Some(tombstone);
            let metadata = StreamMetadata::builder().max_count(1).build();
            let options = expecting(expected);
            let answer = client.set_stream_metadata(&*stream, &options, &metadata).await;
            assert!(answer.is_err(), "{stream}");
            let answer = served.read(&stream, &from_start()).await;
            assert!(matches!(answer, Err(Error::ResourceDeleted)), "{stream}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn metadata_that_races_with_other_metadata_is_written_behind_it() {
    on_every_store(async |served| {
        let watched = Arc::new(Watched::over(served.store.clone()));
        let gateway = serve(watched.clone(), Default::default()).await;
        *watched.between.lock().unwrap() = Some(fact("order-1", "quadrille.stream.described"));
        let client = connect(gateway.address());
        let id = uuid::Uuid::new_v4();
        let append = async |expected| {
            let event = EventData::binary("$metadata", b"{}".as_slice().into()).id(id);
            client.append_to_stream("$$order-1", &expecting(expected), event).await
        };
        let first = append(ExpectedRevision::Any).await.unwrap();
        assert_eq!(first.next_expected_version, 1);
        for expected in [ExpectedRevision::Any, ExpectedRevision::NoStream] {
            let again = append(expected).await.unwrap();
            assert_eq!((again.next_expected_version, again.position), (1, first.position));
        }
    })
    .await;
}
