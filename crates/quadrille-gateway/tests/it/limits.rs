//! What clients may ask for, and what they cost.

use crate::{support::*, watched::Watched};
use eventstore::{
    Error, EventData, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
    SubscriptionEvent,
};
use quadrille::memory::MemoryStore;
use quadrille_gateway::{Limits, Settings};
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
