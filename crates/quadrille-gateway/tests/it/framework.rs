//! The framework's own streams.

use crate::support::*;
use eventstore::{
    Error, StreamMetadata, StreamPosition, SubscribeToAllOptions, SubscriptionEvent,
    SubscriptionFilter,
};
use quadrille_gateway::Settings;

#[tokio::test]
async fn the_frameworks_streams_are_hidden_and_refused() {
    on_every_store(async |served| {
        let answer = served
            .client
            .append_to_stream("quadrille-x", &Default::default(), event("order.placed", 1))
            .await;
        assert!(matches!(answer, Err(Error::AccessDenied)), "{answer:?}");
        for name in ["quadrille-x", "$$quadrille-x"] {
            let answer = served.read(name, &from_start()).await;
            assert!(matches!(answer, Err(Error::AccessDenied)), "{name}: {answer:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_filter_that_names_them_does_not_show_them() {
    on_every_store(async |served| {
        served.append("order-1", vec![event("order.placed", 1)]).await;
        let metadata = StreamMetadata::builder().max_count(2).build();
        let options = Default::default();
        served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        served.append("order-1", vec![event("order.placed", 2)]).await;
        let check = async |prefixes: &[&str], expected: &[u64]| {
            let filter = SubscriptionFilter::on_stream_name();
            let filter = prefixes.iter().fold(filter, |filter, prefix| filter.add_prefix(*prefix));
            let options =
                SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
            let mut subscription = served.client.subscribe_to_all(&options).await;
            let mut followed = Vec::new();
            loop {
                let next = subscription.next_subscription_event();
                match tokio::time::timeout(PATIENCE, next).await.unwrap().unwrap() {
                    SubscriptionEvent::EventAppeared(event) => followed.push(number(&event)),
                    SubscriptionEvent::CaughtUp => break,
                    _ => {}
                }
            }
            assert_eq!(followed, expected, "{prefixes:?}");
        };
        check(&["quadrille-"], &[]).await;
        check(&["quadrille-stream-metadata-"], &[]).await;
        check(&["quadrille-", "order-"], &[1, 2]).await;
        check(&["order-", "quadrille"], &[1, 2]).await;
    })
    .await;
}

#[tokio::test]
async fn they_are_shown_to_quadrille_itself() {
    let settings = Settings::default().framework_streams(true);
    on_every_store_with(settings, async |served| {
        served.append("quadrille-x", vec![event("quadrille.parked", 1)]).await;
        served.append("order-1", vec![event("order.placed", 2)]).await;
        assert_eq!(numbers(&served.read("quadrille-x", &from_start()).await.unwrap()), [1]);
        let metadata = StreamMetadata::builder().max_count(2).build();
        let options = Default::default();
        served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        let log = served.read_all(&Default::default()).await.unwrap();
        let streams: Vec<_> =
            log.iter().map(|event| event.get_original_stream_id().to_owned()).collect();
        assert_eq!(streams, ["quadrille-x", "order-1", "$$order-1"]);
        let filter = SubscriptionFilter::on_stream_name().add_prefix("quadrille-x");
        let options =
            SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
        let mut subscription = served.client.subscribe_to_all(&options).await;
        assert_eq!(numbers(&next(&mut subscription, 1).await), [1]);
        let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_all(&options).await;
        assert_eq!(numbers(&next(&mut subscription, 2).await), [1, 2]);
    })
    .await;
}
