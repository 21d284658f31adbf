use crate::support::{check_shown, id, on, printed, request, two_accounts};
use quadrille::{ManualClock, Position, Query, prelude::*, store::Direction};
use quadrille_book::{
    account::*,
    choreography,
    process::MoveMoney,
    statements::{Connection, balance},
    transfer::*,
};
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

/// The process manager of transfers, beside the aggregates of two others.
async fn bank() -> (App, ManualClock) {
    let (app, clock) = on([
        Component::new("accounts").aggregate::<Account>(),
        Component::new("transfers").aggregate::<Transfer>(),
        Component::new("moves").process::<MoveMoney>(),
    ])
    .await;
    two_accounts(&app).await.unwrap();
    (app, clock)
}

#[tokio::test]
async fn a_flow_is_drawn_as_a_sequence() {
    let (app, clock) = bank().await;
    app.execute::<Account>("bob", AccountCommand::Close).await.unwrap();
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    clock.advance(hours(3));
    let accept = app.execute::<Transfer>("t1", TransferCommand::Accept);
    accept.command_id(id(30)).correlation(flow).actor("bob").await.unwrap();
    app.settle().await.unwrap();
    let shown = printed(&app, &format!("trace {flow} --format sequence")).await;
    check_shown("sequence.txt", &shown);
    let picture = printed(&app, &format!("trace {flow} --format svg")).await;
    check_shown("../src/transfer.svg", &picture);
}

#[tokio::test]
async fn a_flow_is_drawn_on_an_axis_of_time() {
    let (app, clock) = bank().await;
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    check_shown("open.txt", &printed(&app, "flow open").await);
    clock.advance(days(1));
    app.settle().await.unwrap();
    let shown = printed(&app, &format!("trace {flow} --format timeline")).await;
    check_shown("timeline.txt", &shown);
    let states = printed(&app, &format!("trace {flow} --state")).await;
    check_shown("states.txt", &states);
    let step = |n| format!("quadrille-process-move-money/t1#{n}");
    let differs = printed(&app, &format!("events diff {} {}", step(1), step(3))).await;
    check_shown("diff.txt", &differs);
    check_shown("why.txt", &printed(&app, "why account-alice cents").await);
}

#[tokio::test]
async fn a_state_and_a_row_are_led_back_to_their_events() {
    let (app, _) = on([
        // ANCHOR: inspectable
        Component::new("accounts").inspectable_aggregate::<Account>().fold(balance),
        // ANCHOR_END: inspectable
        Component::new("transfers").aggregate::<Transfer>().rows::<Connection>(),
        Component::new("moves").process::<MoveMoney>(),
    ])
    .await;
    two_accounts(&app).await.unwrap();
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    check_shown("why-state.txt", &printed(&app, "why account-alice balance --state").await);
    let row = "why connections cents --key alice --key bob";
    check_shown("why-row.txt", &printed(&app, row).await);
    let differs = "events diff account-alice#1 account-alice#3 --state";
    check_shown("diff-state.txt", &printed(&app, differs).await);
}
