use crate::support::*;
use bytes::Bytes;
use eventstore::{
    Error, EventData, Position, ReadAllOptions, ReadEvent, ReadStreamOptions, StreamPosition,
};
use quadrille_core::{
    Append, CommandId, CommandStamp, CorrelationId, EventId, ExpectedVersion, Metadata, NewEvent,
    Tag, Version, conventions, store::Direction,
};
use serde_json::json;
use uuid::Uuid;

#[tokio::test]
async fn a_stream_reads_both_ways_from_any_revision() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 100)).await;
        let check = async |options: ReadStreamOptions, expected: Vec<u64>| {
            let read = served.read("order-1", &options).await.unwrap();
            assert_eq!(numbers(&read), expected);
        };
        let options = ReadStreamOptions::default;
        let at = StreamPosition::Position;
        check(options().position(StreamPosition::Start), (0..100).collect()).await;
        check(options().position(at(97)), vec![97, 98, 99]).await;
        check(options().position(at(40)).max_count(2), vec![40, 41]).await;
        check(options().position(at(100)), vec![]).await;
        check(options().position(StreamPosition::End).forwards(), vec![]).await;
        let back = || options().backwards();
        check(back().position(StreamPosition::End), (0..100).rev().collect()).await;
        check(back().position(StreamPosition::End).max_count(2), vec![99, 98]).await;
        check(back().position(at(2)), vec![2, 1, 0]).await;
        check(back().position(StreamPosition::Start).backwards(), vec![0]).await;
    })
    .await;
}

#[tokio::test]
async fn the_log_reads_both_ways_from_any_position() {
    on_every_store(async |served| {
        for number in 0..100 {
            served
                .append(&format!("order-{}", number % 3), vec![event("order.placed", number)])
                .await;
        }
        let read = served.read_all(&ReadAllOptions::default()).await.unwrap();
        assert_eq!(numbers(&read), (0..100).collect::<Vec<_>>());
        let at = |number: usize| -> StreamPosition<Position> {
            StreamPosition::Position(read[number].get_original_event().position)
        };
        let check = async |options: ReadAllOptions, expected: Vec<u64>| {
            let read = served.read_all(&options).await.unwrap();
            assert_eq!(numbers(&read), expected);
        };
        let options = ReadAllOptions::default;
        check(options().position(at(97)), vec![97, 98, 99]).await;
        check(options().position(at(40)).max_count(2), vec![40, 41]).await;
        check(options().position(StreamPosition::End).forwards(), vec![]).await;
        let back = || options().backwards();
        check(back().position(StreamPosition::End), (0..100).rev().collect()).await;
        // As the official server has it, the position itself is not among those before it.
        check(back().position(at(2)), vec![1, 0]).await;
        check(back().position(StreamPosition::End).max_count(1), vec![99]).await;
    })
    .await;
}

#[tokio::test]
async fn a_stream_that_is_not_there_is_not_found() {
    on_every_store(async |served| {
        for name in ["order-1", "orders", "$$order-1"] {
            let answer = served.read(name, &from_start()).await;
            assert!(matches!(answer, Err(Error::ResourceNotFound)), "{name}: {answer:?}");
        }
        let answer = served.read("$ce-order", &from_start()).await;
        let Err(Error::Grpc { message, .. }) = answer else { panic!("{answer:?}") };
        assert!(message.contains("by the prefix `order-`"), "{message}");
    })
    .await;
}

#[tokio::test]
async fn whatever_a_client_wrote_comes_back() {
    on_every_store(async |served| {
        let id = Uuid::new_v4();
        let written = EventData::binary("order.scanned", Bytes::from_static(b"\x00\xff"))
            .id(id)
            .metadata(Bytes::from_static(b" {\"$correlationId\":\"x\"} "));
        served.append("order-1", vec![written, event("order.placed", 1)]).await;
        let read = served.read("order-1", &from_start()).await.unwrap();
        let first = read[0].get_original_event();
        assert_eq!((first.id, first.event_type.as_str()), (id, "order.scanned"));
        assert_eq!(first.data, Bytes::from_static(b"\x00\xff"));
        assert_eq!(first.custom_metadata, Bytes::from_static(b" {\"$correlationId\":\"x\"} "));
        assert!(!first.is_json && first.metadata["content-type"] == "application/octet-stream");
        let second = read[1].get_original_event();
        assert_eq!(second.custom_metadata, Bytes::new());
        assert!(second.is_json);
        let age = chrono::Utc::now() - second.created;
        assert!(age < chrono::TimeDelta::hours(1), "{age}");
    })
    .await;
}

#[tokio::test]
async fn a_clients_correlation_is_the_flow_of_its_event() {
    on_every_store(async |served| {
        let (flow, cause) = (Uuid::now_v7(), Uuid::now_v7());
        let metadata = json!({ "$correlationId": flow, "$causationId": cause, "shop": 7 });
        let written = event("order.placed", 1).metadata_as_json(&metadata).unwrap();
        served.append("order-1", vec![written]).await;
        let stream = "order-1".parse().unwrap();
        let stored =
            served.store.read_stream(&stream, Version::NONE, Direction::Forward, 1).await.unwrap();
        let stored = &stored[0].metadata;
        assert_eq!((stored.correlation.0, stored.causation.0), (flow, cause));
        assert_eq!(stored.component, conventions::EXTERNAL);
    })
    .await;
}

#[tokio::test]
async fn quadrilles_own_metadata_goes_through_and_comes_back() {
    on_every_store(async |served| {
        let at = "2026-05-01T10:00:00.123456Z".parse().unwrap();
        let mut metadata = Metadata::new(CorrelationId::new(), CommandId::new(), "orders", at);
        metadata.command = Some(CommandStamp::new(CommandId::new(), "order.place", b"{}"));
        metadata.tags = vec![Tag::new("customer", "4711")];
        let json = conventions::to_json(&metadata, 3);

        let written = event("order.placed", 1).metadata(json.clone().into());
        served.append("order-1", vec![written]).await;
        let stream = "order-1".parse().unwrap();
        let stored =
            served.store.read_stream(&stream, Version::NONE, Direction::Forward, 1).await.unwrap();
        assert_eq!((stored[0].schema_version, &stored[0].metadata), (3, &metadata));

        let event = NewEvent::new(EventId::new(), "order.paid", "{}", metadata.clone()).unwrap();
        let append = Append { stream, expected: ExpectedVersion::Any, events: vec![event] };
        served.store.append(append).await.unwrap();
        let read = served.read("order-1", &from_start()).await.unwrap();
        let custom = |at: usize| &read[at].get_original_event().custom_metadata;
        assert_eq!(*custom(0), json);
        assert_eq!(*custom(1), conventions::to_json(&metadata, 1));
    })
    .await;
}

#[tokio::test]
async fn metadata_that_adds_to_quadrilles_own_is_kept_whole() {
    on_every_store(async |served| {
        let metadata =
            Metadata::new(CorrelationId::new(), CommandId::new(), "orders", chrono::Utc::now());
        let json = String::from_utf8(conventions::to_json(&metadata, 1)).unwrap();
        let json = json.replacen('{', "{\"shop\":7,", 1);
        let written = event("order.placed", 1).metadata(json.clone().into());
        served.append("order-1", vec![written]).await;
        let read = served.read("order-1", &from_start()).await.unwrap();
        assert_eq!(read[0].get_original_event().custom_metadata, json);
    })
    .await;
}

#[tokio::test]
async fn metadata_like_quadrilles_own_is_kept_whole_or_refused() {
    on_every_store(async |served| {
        let mut metadata =
            Metadata::new(CorrelationId::new(), CommandId::new(), "orders", chrono::Utc::now());
        let append = async |json: Vec<u8>| {
            let written = event("order.placed", 1).metadata(json.into());
            served.client.append_to_stream("order-1", &Default::default(), written).await
        };
        metadata.tags = vec![Tag::new(conventions::CUSTOM_METADATA, "{\"shop\":7}")];
        let json = conventions::to_json(&metadata, 3);
        append(json.clone()).await.unwrap();
        let read = served.read("order-1", &from_start()).await.unwrap();
        assert_eq!(read[0].get_original_event().custom_metadata, json);

        for tag in [Tag::new("customer", "x".repeat(2_050)), Tag::new("x".repeat(2_050), "")] {
            metadata.tags = vec![tag];
            let refused = append(conventions::to_json(&metadata, 3)).await.unwrap_err();
            assert!(refused.to_string().contains("the limit is 2048"), "{refused}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_read_of_a_stream_tells_its_last_revision() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 5)).await;
        let options = from_start().max_count(2);
        let mut read = served.client.read_stream("order-1", &options).await.unwrap();
        let mut last = None;
        while let Some(event) = read.next_read_event().await.unwrap() {
            if let ReadEvent::LastStreamPosition(revision) = event {
                last = Some(revision);
            }
        }
        assert_eq!(last, Some(4));
    })
    .await;
}
