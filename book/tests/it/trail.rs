use crate::support::{on, request, two_accounts};
use quadrille::{Position, Query, store::Direction};
use quadrille_book::choreography;
use quadrille_flow::trace::{self, Load, TraceOf};

#[tokio::test]
async fn every_event_names_its_flow_and_its_cause() {
    let (app, _) = on([choreography::accounts(), choreography::transfers()]).await;
    two_accounts(&app).await.unwrap();
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    // ANCHOR: causes
    let of_flow = Query::all().correlation(flow);
    let page = app.store().read(&of_flow, Position::START, Direction::Forward, 100).await.unwrap();
    let types: Vec<_> = page.events.iter().map(|event| event.event_type.as_str()).collect();
    let story = ["transfer.requested", "account.debited", "account.credited", "transfer.completed"];
    assert_eq!(types, story);
    for pair in page.events.windows(2) {
        assert_eq!(pair[1].metadata.causation, pair[0].id.into());
    }
    // ANCHOR_END: causes
}

#[tokio::test]
async fn a_flow_is_found_by_each_of_its_streams() {
    let (app, _) = on([choreography::accounts(), choreography::transfers()]).await;
    two_accounts(&app).await.unwrap();
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    // ANCHOR: load
    let of = TraceOf::Stream("transfer-t1".parse().unwrap());
    let (store, state) = (&**app.store(), Some(&**app.state()));
    let traces = trace::load(store, state, &of, Load::default()).await.unwrap();
    let tree = traces[0].tree(trace::TreeStyle { width: Some(100), colour: false });
    assert!(tree.contains("transfer.completed"));
    // ANCHOR_END: load
}
