use crate::support::*;
use eventstore::{
    StreamMetadata, StreamPosition, SubscribeToAllOptions, SubscribeToStreamOptions,
    SubscriptionEvent, SubscriptionFilter,
};

#[tokio::test]
async fn a_subscription_to_the_log_goes_from_the_past_into_the_present() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 200)).await;
        let options = SubscribeToAllOptions::default().position(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_all(&options).await;
        assert_eq!(numbers(&next(&mut subscription, 200).await), (0..200).collect::<Vec<_>>());
        for number in 200..210 {
            served.append("order-2", vec![event("order.placed", number)]).await;
            assert_eq!(numbers(&next(&mut subscription, 1).await), [number]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_subscription_to_a_stream_goes_from_the_past_into_the_present() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 200)).await;
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
        assert_eq!(numbers(&next(&mut subscription, 200).await), (0..200).collect::<Vec<_>>());
        for number in 200..210 {
            served.append("order-2", vec![event("order.placed", 1_000)]).await;
            served.append("order-1", vec![event("order.placed", number)]).await;
            assert_eq!(numbers(&next(&mut subscription, 1).await), [number]);
        }
    })
    .await;
}

#[tokio::test]
async fn a_subscription_begins_behind_the_place_that_it_names() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 5)).await;
        let read = served.read_all(&Default::default()).await.unwrap();
        let at = read[2].get_original_event().position;
        let options = SubscribeToAllOptions::default().position(StreamPosition::Position(at));
        let mut log = served.client.subscribe_to_all(&options).await;
        assert_eq!(numbers(&next(&mut log, 2).await), [3, 4]);
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Position(2));
        let mut stream = served.client.subscribe_to_stream("order-1", &options).await;
        assert_eq!(numbers(&next(&mut stream, 2).await), [3, 4]);
    })
    .await;
}

#[tokio::test]
async fn a_subscription_from_the_end_gets_what_comes_after_its_confirmation() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 5)).await;
        let options = SubscribeToAllOptions::default().position(StreamPosition::End);
        let mut log = served.client.subscribe_to_all(&options).await;
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::End);
        let mut stream = served.client.subscribe_to_stream("order-1", &options).await;
        for subscription in [&mut log, &mut stream] {
            let first = subscription.next_subscription_event().await.unwrap();
            assert!(matches!(first, SubscriptionEvent::Confirmed(_)), "{first:?}");
            let second = subscription.next_subscription_event().await.unwrap();
            assert!(matches!(second, SubscriptionEvent::CaughtUp), "{second:?}");
        }
        served.append("order-1", vec![event("order.placed", 5)]).await;
        assert_eq!(numbers(&next(&mut log, 1).await), [5]);
        assert_eq!(numbers(&next(&mut stream, 1).await), [5]);
    })
    .await;
}

#[tokio::test]
async fn a_subscription_to_a_stream_waits_until_there_is_one() {
    on_every_store(async |served| {
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
        let first = subscription.next_subscription_event().await.unwrap();
        assert!(matches!(first, SubscriptionEvent::Confirmed(_)), "{first:?}");
        served.append("order-1", vec![event("order.placed", 7)]).await;
        assert_eq!(numbers(&next(&mut subscription, 1).await), [7]);
    })
    .await;
}

#[tokio::test]
async fn a_filter_leaves_what_it_names() {
    on_every_store(async |served| {
        for number in 0..50 {
            served.append("order-1", vec![event("order.placed", number)]).await;
            served.append("orderly-1", vec![event("queue.joined", number)]).await;
            served.append("payment-1", vec![event("payment.taken", number)]).await;
        }
        let check = async |filter: SubscriptionFilter, expected: &[&str]| {
            let options =
                SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
            let mut subscription = served.client.subscribe_to_all(&options).await;
            let read = next(&mut subscription, 50 * expected.len()).await;
            for event in &read {
                let stream = &event.get_original_event().stream_id;
                assert!(expected.contains(&stream.as_str()), "{stream}");
            }
        };
        let by_stream = SubscriptionFilter::on_stream_name;
        let by_type = SubscriptionFilter::on_event_type;
        check(by_stream().add_prefix("order-"), &["order-1"]).await;
        check(by_stream().add_prefix("order"), &["order-1", "orderly-1"]).await;
        check(by_stream().add_prefix("order-").add_prefix("pay"), &["order-1", "payment-1"]).await;
        check(by_stream().regex("^.*ly-"), &["orderly-1"]).await;
        check(by_type().add_prefix("payment."), &["payment-1"]).await;
        check(by_type().regex("^(order\\.placed|payment\\.taken)$"), &["order-1", "payment-1"])
            .await;
        check(by_type().exclude_system_events(), &["order-1", "orderly-1", "payment-1"]).await;
    })
    .await;
}

#[tokio::test]
async fn a_filtered_subscription_hears_how_far_it_is_where_nothing_matches() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 100)).await;
        let filter = SubscriptionFilter::on_event_type().add_prefix("payment.").max(10);
        let options =
            SubscribeToAllOptions::default().position(StreamPosition::Start).filter(filter);
        let mut subscription = served.client.subscribe_to_all(&options).await;
        let mut reached = 0;
        while reached < served.store.head().await.unwrap().unwrap().position.0 {
            match subscription.next_subscription_event().await.unwrap() {
                SubscriptionEvent::Checkpoint(position) => {
                    assert!(position.commit > reached);
                    reached = position.commit;
                }
                SubscriptionEvent::EventAppeared(event) => panic!("{event:?}"),
                _ => {}
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_live_subscription_to_a_stream_gets_all_that_comes() {
    on_every_store(async |served| {
        served.append("order-1", events("order.placed", 2)).await;
        let metadata = StreamMetadata::builder().max_count(1).build();
        let options = Default::default();
        served.client.set_stream_metadata("order-1", &options, &metadata).await.unwrap();
        let options = SubscribeToStreamOptions::default().start_from(StreamPosition::Start);
        let mut subscription = served.client.subscribe_to_stream("order-1", &options).await;
        let mut seen = Vec::new();
        loop {
            match subscription.next_subscription_event().await.unwrap() {
                SubscriptionEvent::EventAppeared(event) => seen.push(number(&event)),
                SubscriptionEvent::CaughtUp => break,
                _ => {}
            }
        }
        assert_eq!(seen, [1]);
        served.append("order-1", events("order.placed", 5)).await;
        assert_eq!(numbers(&next(&mut subscription, 5).await), [0, 1, 2, 3, 4]);
    })
    .await;
}
