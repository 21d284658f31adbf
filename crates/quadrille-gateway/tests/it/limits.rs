//! What clients may ask for, and what they cost.

use crate::{raw::Raw, support::*, watched::Watched};
use eventstore::{
    Client, Error, EventData, StreamMetadata, StreamPosition, SubscribeToAllOptions,
    SubscribeToStreamOptions, SubscriptionEvent,
};
use quadrille::memory::MemoryStore;
use quadrille_gateway::{Limits, Running, Settings};
use std::{
    io::Read,
    net::TcpStream,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

fn limited(limits: Limits) -> Settings {
    Settings::default().limits(limits)
}

#[tokio::test(flavor = "multi_thread")]
async fn one_connection_too_many_is_closed_at_once() {
    let settings = limited(Limits { connections: 1, ..Limits::default() });
    let gateway = serve(Arc::new(MemoryStore::new()), settings).await;
    let first = TcpStream::connect(gateway.address()).unwrap();
    let closed = tokio::task::spawn_blocking(move || {
        let mut second = TcpStream::connect(gateway.address()).unwrap();
        let read = second.read(&mut [0; 16]);
        (gateway, read)
    });
    let (gateway, read) = closed.await.unwrap();
    assert!(matches!(read, Ok(0) | Err(_)), "{read:?}");
    drop(first);
    // It may take a moment until the first is known to have gone.
    let append = async || {
        let client = connect(gateway.address());
        let event = event("order.placed", 1);
        client.append_to_stream("order-1", &Default::default(), event).await
    };
    while append().await.is_err() {}
}

#[tokio::test]
async fn as_many_connections_as_there_can_be_are_many() {
    let settings = limited(Limits { connections: usize::MAX, ..Limits::default() });
    let gateway = serve(Arc::new(MemoryStore::new()), settings).await;
    let client = connect(gateway.address());
    let options = Default::default();
    let append = client.append_to_stream("order-1", &options, event("order.placed", 1));
    tokio::time::timeout(PATIENCE, append).await.unwrap().unwrap();
}

/// One connection, for a user with a password, who is not waited for long.
async fn impatient() -> Running {
    let first_request = Duration::from_millis(200);
    let limits = Limits { connections: 1, first_request, ..Limits::default() };
    serve(Arc::new(MemoryStore::new()), limited(limits).user("shop", "s3cr3t")).await
}

fn shop(gateway: &Running) -> Client {
    let url = format!("esdb://shop:s3cr3t@{}?tls=false&discoveryInterval=5", gateway.address());
    connect_by(&url)
}

/// Appends as soon as there is room for another connection.
async fn append_when_there_is_room(gateway: &Running) {
    let append = async || {
        let event = event("order.placed", 1);
        shop(gateway).append_to_stream("order-1", &Default::default(), event).await
    };
    let appended = async { while append().await.is_err() {} };
    tokio::time::timeout(PATIENCE, appended).await.expect("there is room for another");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_nothing_is_cut_off() {
    let gateway = impatient().await;
    let silent = TcpStream::connect(gateway.address()).unwrap();
    append_when_there_is_room(&gateway).await;
    drop(silent);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_what_everybody_is_told_or_has_no_password_is_cut_off() {
    for path in
        ["/event_store.client.gossip.Gossip/Read", "/event_store.client.streams.Streams/Delete"]
    {
        let gateway = impatient().await;
        let mut other = Raw::to(&gateway).await;
        let _ = other.unary::<(), ()>(path, ()).await;
        append_when_there_is_room(&gateway).await;
        drop(other);
    }
}

#[tokio::test]
async fn whoever_was_let_through_stays() {
    let gateway = impatient().await;
    let client = shop(&gateway);
    let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
    let mut subscription = client.subscribe_to_stream("order-1", &options).await;
    let first = subscription.next_subscription_event().await.unwrap();
    assert!(matches!(first, SubscriptionEvent::Confirmed(_)), "{first:?}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    let event = event("order.placed", 7);
    client.append_to_stream("order-1", &Default::default(), event).await.unwrap();
    assert_eq!(numbers(&next(&mut subscription, 1).await), [7]);
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused() {
    let settings = limited(Limits { message_bytes: 1_000, ..Limits::default() });
    on_every_store_with(settings, async |served| {
        let append = async |bytes: usize| {
            let event = EventData::binary("order.scanned", vec![b'x'; bytes].into());
            served.client.append_to_stream("order-1", &Default::default(), event).await
        };
        let answer = append(2_000).await;
        let Err(Error::Grpc { code, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(code, tonic::Code::OutOfRange);
        append(500).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_append_that_is_too_large_is_refused_before_it_is_all_there() {
    let gateway = serve(Arc::new(MemoryStore::new()), Settings::default()).await;
    let events: Vec<_> =
        (0..64).map(|_| EventData::binary("order.scanned", vec![b'x'; 1 << 20].into())).collect();
    let client = connect(gateway.address());
    let answer = client.append_to_stream("order-1", &Default::default(), events).await;
    let message = answer.unwrap_err().to_string();
    assert!(message.contains("Maximum Append Size Exceeded"), "{message}");
}

#[tokio::test]
async fn more_requests_than_a_connection_may_have_wait() {
    let settings = limited(Limits { requests_per_connection: 1, ..Limits::default() });
    on_every_store_with(settings, async |served| {
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
        let first = subscription.next_subscription_event().await.unwrap();
        assert!(matches!(first, SubscriptionEvent::Confirmed(_)), "{first:?}");
        let client = served.client.clone();
        let append = tokio::spawn(async move {
            let event = event("order.placed", 1);
            client.append_to_stream("order-1", &Default::default(), event).await
        });
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(!append.is_finished());
        drop(subscription);
        append.await.unwrap().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_no_more_than_it_takes() {
    const EVENTS: usize = 20_000;
    let store = Arc::new(Watched::over(Arc::new(MemoryStore::new())));
    let writer = serve(store.inner.clone(), Settings::default()).await;
    let client = connect(writer.address());
    let kilobyte = "x".repeat(1_000);
    for _ in 0..EVENTS / 1_000 {
        let json = serde_json::json!({ "text": kilobyte });
        let events: Vec<_> =
            (0..1_000).map(|_| EventData::json("order.placed", &json).unwrap()).collect();
        client.append_to_stream("order-1", &Default::default(), events).await.unwrap();
    }
    let gateway = serve(store.clone(), Settings::default()).await;
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
    let client = connect(gateway.address());
    let mut subscription = client.subscribe_to_all(&options).await;
    let first = subscription.next_subscription_event().await.unwrap();
    assert!(matches!(first, SubscriptionEvent::Confirmed(_)), "{first:?}");

    // What is buffered on the way fills, and then nothing more is read.
    let mut before = usize::MAX;
    while store.events.load(Ordering::SeqCst) != before {
        before = store.events.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    assert!(before < EVENTS / 2, "{before} of {EVENTS} events were read for nobody");
    assert_eq!(next(&mut subscription, EVENTS).await.len(), EVENTS);
}

#[tokio::test]
async fn a_page_of_a_stream_holds_few_events_since_each_may_be_large() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3_000)).await;
        let watched = Arc::new(Watched::over(served.store.clone()));
        let gateway = serve(watched.clone(), Settings::default()).await;
        let client = connect(gateway.address());
        let read = all(client.read_stream("order-1", &from_start()).await.unwrap()).await.unwrap();
        assert_eq!(read.len(), 3_000);
        let largest = watched.largest_read.load(Ordering::SeqCst);
        assert!(largest <= 64, "{largest} events at once");
    })
    .await;
}

#[tokio::test]
async fn a_read_past_old_events_reads_pages_and_not_single_events() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 3_000)).await;
        let metadata = StreamMetadata::builder().max_age(Duration::ZERO).build();
        let options = Default::default();
        served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        let watched = Arc::new(Watched::over(served.store.clone()));
        let gateway = serve(watched.clone(), Settings::default()).await;
        let client = connect(gateway.address());
        let one = from_start().max_count(1);
        let read = all(client.read_stream("order-1", &one).await.unwrap()).await.unwrap();
        assert!(read.is_empty(), "all of them are too old");
        let reads = watched.stream_reads.load(Ordering::SeqCst);
        assert!(reads < 100, "{reads} reads");
    })
    .await;
}
