//! Batch append, as it goes over the wire.

use crate::{
    raw::{
        Raw,
        generated::event_store::client::{
            Uuid as WireUuid, WrongExpectedVersion, streams::*, uuid::Value,
        },
        served, stream,
    },
    support::*,
    watched::Watched,
};
use bytes::Bytes;
use prost::Message;
use quadrille::memory::MemoryStore;
use quadrille_core::{Version, store::Direction};
use quadrille_gateway::{Limits, Settings};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio_stream::{Stream, StreamExt};
use tonic::{Code, Status, Streaming};
use uuid::Uuid;

async fn answers(
    raw: &mut Raw,
    requests: impl Stream<Item = BatchAppendReq> + Send + 'static,
) -> Streaming<BatchAppendResp> {
    let path = "/event_store.client.streams.Streams/BatchAppend";
    raw.both_ways(path, requests).await.unwrap()
}

async fn batch(
    raw: &mut Raw,
    requests: Vec<BatchAppendReq>,
) -> Result<Vec<BatchAppendResp>, Status> {
    answers(raw, tokio_stream::iter(requests)).await.collect().await
}

fn text_id(id: Uuid) -> Option<WireUuid> {
    Some(WireUuid { value: Some(Value::String(id.to_string())) })
}

fn proposed() -> batch_append_req::ProposedMessage {
    batch_append_req::ProposedMessage {
        id: text_id(Uuid::new_v4()),
        metadata: HashMap::from([("type".to_owned(), "order.placed".to_owned())]),
        custom_metadata: Bytes::new(),
        data: Bytes::from_static(b"{}"),
    }
}

fn part(id: Uuid, options: Option<batch_append_req::Options>, is_final: bool) -> BatchAppendReq {
    let proposed_messages = vec![proposed(), proposed()];
    BatchAppendReq { correlation_id: text_id(id), options, proposed_messages, is_final }
}

fn no_stream(name: &'static str) -> Option<batch_append_req::Options> {
    Some(batch_append_req::Options {
        stream_identifier: stream(name),
        expected_stream_position: Some(
            batch_append_req::options::ExpectedStreamPosition::NoStream(()),
        ),
        deadline_option: None,
    })
}

#[tokio::test]
async fn a_batch_in_parts_is_one_append() {
    let (store, _gateway, mut raw) = served(Settings::default()).await;
    let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
    let parts = vec![
        part(one, no_stream("order-1"), false),
        part(other, no_stream("order-2"), true),
        part(one, None, false),
        part(one, None, true),
    ];
    let answers = batch(&mut raw, parts).await.unwrap();
    let answered: Vec<_> = answers
        .iter()
        .map(|answer| match &answer.result {
            Some(batch_append_resp::Result::Success(success)) => success.current_revision_option,
            other => panic!("{other:?}"),
        })
        .collect();
    use batch_append_resp::success::CurrentRevisionOption::CurrentRevision;
    assert_eq!(answered, [Some(CurrentRevision(1)), Some(CurrentRevision(5))]);
    assert_eq!(answers[1].correlation_id, text_id(one));
    let last = store.head().await.unwrap().unwrap();
    assert_eq!(store.event_at(last.position).await.unwrap().unwrap().version.0, 6);
}

#[tokio::test]
async fn a_batch_that_is_refused_carries_details_and_the_next_is_taken() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let id = Uuid::new_v4();
    let parts = vec![
        part(id, no_stream("order-1"), true),
        part(id, no_stream("order-1"), true),
        part(id, no_stream("orders"), true),
        part(id, no_stream("order-2"), true),
    ];
    let answers = batch(&mut raw, parts).await.unwrap();
    let error = |name: &'static str| {
        let mut errors = answers.iter().filter(|answer| answer.stream_identifier == stream(name));
        errors.find_map(|answer| match &answer.result {
            Some(batch_append_resp::Result::Error(error)) => error.details.clone(),
            _ => None,
        })
    };
    let wrong = error("order-1").unwrap();
    assert_eq!(wrong.type_url, "type.googleapis.com/event_store.client.WrongExpectedVersion");
    let wrong = WrongExpectedVersion::decode(&*wrong.value).unwrap();
    use crate::raw::generated::event_store::client::wrong_expected_version::*;
    let current = CurrentStreamRevisionOption::CurrentStreamRevision(1);
    assert_eq!(wrong.current_stream_revision_option, Some(current));
    let expected = ExpectedStreamPositionOption::ExpectedNoStream(());
    assert_eq!(wrong.expected_stream_position_option, Some(expected));
    let bad = error("orders").unwrap();
    assert_eq!(bad.type_url, "type.googleapis.com/event_store.client.BadRequest");
    assert_eq!(error("order-2"), None);
    assert_eq!(answers.len(), 4);
}

#[tokio::test]
async fn batches_that_do_not_come_in_whole_are_bounded() {
    let limits = Limits { batches: 4, ..Limits::default() };
    let (_store, _gateway, mut raw) = served(Settings::default().limits(limits)).await;
    let parts = (0..5).map(|_| part(Uuid::new_v4(), no_stream("order-1"), false)).collect();
    let refused = batch(&mut raw, parts).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
}

#[tokio::test]
async fn a_batch_whose_deadline_has_passed_is_not_written() {
    use batch_append_req::options::DeadlineOption::{Deadline, Deadline21100};
    let (store, _gateway, mut raw) = served(Settings::default()).await;
    let at = |seconds| prost_types::Timestamp { seconds, nanos: 0 };
    let left = |seconds| prost_types::Duration { seconds, nanos: 0 };
    let deadlines = [
        ("order-1", Deadline(left(0)), false),
        ("order-2", Deadline(left(-5)), false),
        ("order-3", Deadline21100(at(1_000_000_000)), false),
        ("order-4", Deadline(left(60)), true),
        // Some clients mean a time by it: it lies decades ahead.
        ("order-5", Deadline(left(1_800_000_000)), true),
        ("order-6", Deadline(left(i64::MAX)), true),
        ("order-7", Deadline21100(at(100_000_000_000)), true),
    ];
    let parts = deadlines.iter().map(|(name, deadline, _)| {
        let options = no_stream(name).unwrap();
        let options = batch_append_req::Options { deadline_option: Some(*deadline), ..options };
        part(Uuid::new_v4(), Some(options), true)
    });
    let answers = batch(&mut raw, parts.collect()).await.unwrap();
    for (name, deadline, written) in deadlines {
        let answer = answers.iter().find(|it| it.stream_identifier == stream(name)).unwrap();
        match &answer.result {
            Some(batch_append_resp::Result::Success(_)) => assert!(written, "{deadline:?}"),
            Some(batch_append_resp::Result::Error(error)) => {
                assert!(!written, "{deadline:?}: {error:?}");
                assert_eq!(error.code, Code::DeadlineExceeded as i32);
                let details = error.details.as_ref().unwrap();
                assert_eq!(details.type_url, "type.googleapis.com/event_store.client.Timeout");
            }
            None => panic!("no result"),
        }
        let id = name.parse().unwrap();
        let events = store.read_stream(&id, Version::NONE, Direction::Forward, 9).await.unwrap();
        assert_eq!(events.len(), if written { 2 } else { 0 }, "{name}");
    }
}

/// A part of a batch with so many bytes of data.
fn large(id: Uuid, is_final: bool, bytes: usize) -> BatchAppendReq {
    let data = Bytes::from(vec![b'x'; 1 << 20]);
    let events = (0..bytes >> 20)
        .map(|_| batch_append_req::ProposedMessage { data: data.clone(), ..proposed() });
    let options = Some(batch_append_req::Options {
        expected_stream_position: Some(batch_append_req::options::ExpectedStreamPosition::Any(())),
        ..no_stream("order-1").unwrap()
    });
    BatchAppendReq {
        correlation_id: text_id(id),
        options,
        proposed_messages: events.collect(),
        is_final,
    }
}

#[tokio::test]
async fn batches_that_do_not_come_in_whole_are_bounded_in_bytes() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let parts = (0..5).map(|_| large(Uuid::new_v4(), false, 15 << 20)).collect();
    let refused = batch(&mut raw, parts).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_bytes_are_taken_in_than_the_store_takes_up() {
    const BATCHES: usize = 24;
    let store = Arc::new(Watched::over(Arc::new(MemoryStore::new())));
    let gateway = serve(store.clone(), Settings::default()).await;
    let mut raw = Raw::to(&gateway).await;
    let held = store.gate.write().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let counting = sent.clone();
    let requests = tokio_stream::iter(0..BATCHES).map(move |_| {
        counting.fetch_add(1, Ordering::SeqCst);
        large(Uuid::new_v4(), true, 10 << 20)
    });
    let answers = answers(&mut raw, requests).await;
    let mut before = usize::MAX;
    while sent.load(Ordering::SeqCst) != before {
        before = sent.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(before < BATCHES / 2, "{before} batches of {BATCHES} were taken in");
    drop(held);
    let answers: Vec<_> = answers.collect::<Result<_, _>>().await.unwrap();
    assert_eq!(answers.len(), BATCHES);
}

#[tokio::test]
async fn all_text_of_an_event_counts() {
    let (_store, _gateway, mut raw) = served(Settings::default()).await;
    let id = Uuid::new_v4();
    let part = |options, is_final| {
        let text = "x".repeat(15 << 20);
        let mut event = proposed();
        event.metadata.insert("type".to_owned(), text);
        BatchAppendReq {
            correlation_id: text_id(id),
            options,
            proposed_messages: vec![event],
            is_final,
        }
    };
    let parts = vec![part(no_stream("order-1"), false), part(None, false), part(None, true)];
    let answers = batch(&mut raw, parts).await.unwrap();
    let Some(batch_append_resp::Result::Error(error)) = &answers[0].result else {
        panic!("{:?}", answers[0].result)
    };
    assert!(error.message.contains("Maximum Append Size Exceeded"), "{}", error.message);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_taken_on_before_a_wrong_message_is_answered_first() {
    let store = Arc::new(Watched::over(Arc::new(MemoryStore::new())));
    let gateway = serve(store.clone(), Settings::default()).await;
    let mut raw = Raw::to(&gateway).await;
    let held = store.gate.write().await;
    let wrong = BatchAppendReq { correlation_id: None, ..part(Uuid::new_v4(), None, true) };
    let parts = vec![
        part(Uuid::new_v4(), no_stream("order-1"), true),
        part(Uuid::new_v4(), no_stream("order-1"), true),
        part(Uuid::new_v4(), no_stream("order-2"), true),
        wrong,
    ];
    let mut answers = answers(&mut raw, tokio_stream::iter(parts)).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(held);
    };
    let (first, ()) = tokio::join!(answers.message(), release);
    assert!(first.unwrap().is_some());
    for _ in 0..2 {
        assert!(answers.message().await.unwrap().is_some());
    }
    let error = answers.message().await.unwrap_err();
    assert_eq!(error.message(), "a batch's correlation id is missing");
}
