//! The framework's own streams.

use crate::support::*;
use eventstore::{Error, StreamMetadata, StreamPosition, SubscribeToAllOptions};
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
        let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_all(&options).await;
        assert_eq!(numbers(&next(&mut subscription, 2).await), [1, 2]);
    })
    .await;
}
