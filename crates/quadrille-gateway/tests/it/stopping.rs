//! Ends and new beginnings.

use crate::support::*;
use eventstore::{
    Error, RetryOptions, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
    SubscriptionEvent,
};
use quadrille::memory::MemoryStore;
use quadrille_core::EventStore;
use quadrille_gateway::{Gateway, Limits, Settings};
use quadrille_testing::proxy::Proxy;
use std::{net::TcpListener, sync::Arc, time::Duration};

#[tokio::test]
async fn an_orderly_stop_ends_subscriptions_with_unavailable() {
    on_every_store(async |served| {
        let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
        let mut log = served.client.subscribe_to_all(&options).await;
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut stream = served.client.subscribe_to_stream("order-1", &options).await;
        for subscription in [&mut log, &mut stream] {
            subscription.next_subscription_event().await.unwrap();
        }
        served.gateway.stop().await;
        for mut subscription in [log, stream] {
            let answer = loop {
                match subscription.next_subscription_event().await {
                    Ok(SubscriptionEvent::CaughtUp) => {}
                    other => break other,
                }
            };
            let Err(Error::ServerError(message)) = answer else { panic!("{answer:?}") };
            assert!(message.contains("the gateway stops"), "{message}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_whoever_does_not_read() {
    let limits = Limits { grace: Duration::from_millis(100), ..Limits::default() };
    let settings = Settings::default().limits(limits);
    let gateway = serve(Arc::new(MemoryStore::new()), settings).await;
    let client = connect(gateway.address());
    let large = || eventstore::EventData::binary("order.scanned", vec![b'x'; 1_000_000].into());
    for _ in 0..20 {
        client.append_to_stream("order-1", &Default::default(), large()).await.unwrap();
    }
    let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
    let mut subscription = client.subscribe_to_all(&options).await;
    subscription.next_subscription_event().await.unwrap();
    tokio::time::timeout(PATIENCE, gateway.stop()).await.expect("it stops");
    // What was on its way may still come, and then the end.
    while subscription.next().await.is_ok() {}
}

/// A gateway that is cut off and begins again at the same address, while somebody appends and
/// somebody follows.
#[tokio::test(flavor = "multi_thread")]
async fn a_restart_loses_nothing_and_repeats_nothing() {
    let store: Arc<dyn EventStore> = Arc::new(MemoryStore::new());
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let start =
        async || Gateway::new(store.clone(), Settings::default()).bind(address).await.unwrap();
    let mut gateway = start().await;
    let retry = RetryOptions::default().retry_delay(Duration::from_millis(20)).retry_forever();
    let options =
        SubscribeToAllOptions::default().position(StreamPosition::Start).retry_options(retry);
    let mut subscription = connect(address).subscribe_to_all(&options).await;
    for round in 0..5 {
        for number in 10 * round..10 * round + 10 {
            append_until_it_is_known(address, number).await;
        }
        let followed = numbers(&next(&mut subscription, 10).await);
        assert_eq!(followed, (10 * round..10 * round + 10).collect::<Vec<_>>());
        gateway.cut().await;
        gateway = start().await;
    }
}

/// The same append until it is answered: its id makes it safe.
async fn append_until_it_is_known(address: std::net::SocketAddr, number: u64) {
    let event = event("order.placed", number).id(uuid::Uuid::new_v4());
    let append = async || {
        let client = connect(address);
        client.append_to_stream("order-1", &Default::default(), event.clone()).await
    };
    while append().await.is_err() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_break_lose_nothing_and_repeat_nothing() {
    let gateway = serve(Arc::new(MemoryStore::new()), Settings::default()).await;
    let proxy = Proxy::to(gateway.address()).await.unwrap();
    let retry = RetryOptions::default().retry_delay(Duration::from_millis(20)).retry_forever();
    let options =
        SubscribeToAllOptions::default().position(StreamPosition::Start).retry_options(retry);
    let mut subscription = connect(proxy.address()).subscribe_to_all(&options).await;
    for number in 0..20 {
        proxy.swallow_answers(number % 2 == 0);
        let append = append_until_it_is_known(proxy.address(), number);
        let cut = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            proxy.swallow_answers(false);
            proxy.cut();
        };
        tokio::join!(append, cut);
        assert_eq!(numbers(&next(&mut subscription, 1).await), [number]);
    }
}
