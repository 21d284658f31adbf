use crate::support::*;
use eventstore::{CurrentRevision, Error, ExpectedRevision};
use uuid::Uuid;

#[tokio::test]
async fn revisions_count_from_zero_and_positions_are_those_of_the_store() {
    on_every_store(async |served| {
        let options = expecting(ExpectedRevision::NoStream);
        let receipt = served
            .client
            .append_to_stream("order-1", &options, events("order.placed", 3))
            .await
            .unwrap();
        assert_eq!(receipt.next_expected_version, 2);
        let head = served.store.head().await.unwrap().unwrap();
        assert_eq!(receipt.position.commit, head.position.0);
        assert_eq!(receipt.position.prepare, head.position.0);
    })
    .await;
}

#[tokio::test]
async fn a_wrong_expectation_is_told_with_what_was_found() {
    on_every_store(async |served| {
        let check = async |expected, found: Option<CurrentRevision>| {
            let answer = served
                .client
                .append_to_stream("order-1", &expecting(expected), event("order.placed", 1))
                .await;
            match (answer, found) {
                (Ok(_), None) => {}
                (Err(Error::WrongExpectedVersion { expected: wanted, current }), Some(found)) => {
                    assert_eq!((wanted, current), (expected, found));
                }
                (answer, found) => panic!("{expected:?}: {answer:?}, not {found:?}"),
            }
        };
        check(ExpectedRevision::StreamExists, Some(CurrentRevision::NoStream)).await;
        check(ExpectedRevision::Exact(0), Some(CurrentRevision::NoStream)).await;
        check(ExpectedRevision::NoStream, None).await;
        check(ExpectedRevision::NoStream, Some(CurrentRevision::Current(0))).await;
        check(ExpectedRevision::Exact(0), None).await;
        check(ExpectedRevision::Exact(0), Some(CurrentRevision::Current(1))).await;
        check(ExpectedRevision::Exact(1_000), Some(CurrentRevision::Current(1))).await;
        check(ExpectedRevision::StreamExists, None).await;
        check(ExpectedRevision::Any, None).await;
        assert_eq!(served.read("order-1", &from_start()).await.unwrap().len(), 4);
    })
    .await;
}

#[tokio::test]
async fn the_same_append_twice_is_written_once() {
    on_every_store(async |served| {
        let options = expecting(ExpectedRevision::NoStream);
        let batch = vec![
            event("order.placed", 1).id(Uuid::new_v4()),
            event("order.paid", 2).id(Uuid::new_v4()),
        ];
        let append = || served.client.append_to_stream("order-1", &options, batch.clone());
        let (first, again) = (append().await.unwrap(), append().await.unwrap());
        assert_eq!(first.next_expected_version, again.next_expected_version);
        assert_eq!(first.position, again.position);
        assert_eq!(served.read("order-1", &from_start()).await.unwrap().len(), 2);
    })
    .await;
}

#[tokio::test]
async fn many_batches_are_on_their_way_at_a_time_and_each_is_answered() {
    on_every_store(async |served| {
        let batches = served.client.batch_append(&Default::default()).await.unwrap();
        let append = async |number: u64| {
            let stream = format!("order-{}", number % 7);
            let batch = events("order.placed", 2);
            batches.append_to_stream(stream, ExpectedRevision::Any, batch).await.unwrap()
        };
        let written = futures_util::future::join_all((0..300).map(append)).await;
        assert!(written.iter().all(|receipt| receipt.current_position().is_some()));
        assert_eq!(served.read_all(&Default::default()).await.unwrap().len(), 600);
    })
    .await;
}

#[tokio::test]
async fn the_batches_of_one_stream_are_appended_as_they_came() {
    on_every_store(async |served| {
        let batches = served.client.batch_append(&Default::default()).await.unwrap();
        let append = |number: u64| {
            let expected = match number.checked_sub(1) {
                None => ExpectedRevision::NoStream,
                Some(revision) => ExpectedRevision::Exact(revision),
            };
            batches.append_to_stream("order-1", expected, vec![event("order.placed", number)])
        };
        let written = futures_util::future::join_all((0..100).map(append)).await;
        let revisions = written.into_iter().map(|receipt| receipt.unwrap().current_revision());
        assert!(revisions.eq((0..100).map(Some)));
    })
    .await;
}

#[tokio::test]
async fn a_batch_that_expected_something_else_says_what_was_found() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 2)).await;
        let batches = served.client.batch_append(&Default::default()).await.unwrap();
        let batch = events("order.placed", 1);
        let answer = batches.append_to_stream("order-1", ExpectedRevision::NoStream, batch).await;
        let Err(Error::Grpc { message, .. }) = answer else { panic!("{answer:?}") };
        let told = "WrongExpectedVersion. Stream: order-1, Expected version: -1, Actual version: 1";
        assert!(message.contains(told), "{message}");
    })
    .await;
}

#[tokio::test]
async fn what_quadrille_cannot_keep_is_refused_with_what_to_do() {
    on_every_store(async |served| {
        let check = async |stream: &str, event_type: &str, part: &str| {
            let answer = served
                .client
                .append_to_stream(stream, &Default::default(), event(event_type, 1))
                .await;
            let Err(Error::Grpc { code, message }) = answer else { panic!("{answer:?}") };
            assert_eq!(code, tonic::Code::InvalidArgument, "{message}");
            assert!(message.contains(part), "{message}");
        };
        check("orders", "order.placed", "such as order-4711").await;
        check("order-1", "$placed", "name your event types otherwise").await;
        check("$ce-order", "order.placed", "filter on stream names").await;
        let large = event("order.placed", 1).metadata(vec![b'x'; 2_001].into());
        let answer = served.client.append_to_stream("order-1", &Default::default(), large).await;
        assert!(answer.unwrap_err().to_string().contains("the limit is 2000"));
        let large = vec![b' '; served.store.limits().event_bytes + 1];
        let large = eventstore::EventData::binary("order.placed", large.into());
        let answer = served.client.append_to_stream("order-1", &Default::default(), large).await;
        assert!(answer.unwrap_err().to_string().contains("keep large data elsewhere"));
    })
    .await;
}
