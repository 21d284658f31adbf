use crate::support::{check_shown, on, request, tree, two_accounts};
use quadrille::{
    Query,
    journal::{Fact, Outcome, ReactionSettled},
    prelude::*,
    store::Direction,
};
use quadrille_book::{account::*, choreography};

async fn bank() -> App {
    let (app, _) = on([choreography::accounts(), choreography::transfers()]).await;
    two_accounts(&app).await.unwrap();
    app
}

async fn balances(app: &App) -> [i64; 2] {
    [
        app.load::<Account>("alice").await.unwrap().balance(),
        app.load::<Account>("bob").await.unwrap().balance(),
    ]
}

#[tokio::test]
async fn a_transfer_moves_money_and_leaves_a_trail() {
    let app = bank().await;
    // ANCHOR: run
    let flow = request(&app, "t1", 200).await.unwrap(); // `Request`, to the aggregate `Transfer`
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [300, 200]);
    check_shown("choreography.txt", &tree(&app, flow).await);
    // ANCHOR_END: run
}

#[tokio::test]
async fn a_declined_debit_fails_the_transfer() {
    let app = bank().await;
    let flow = request(&app, "t1", 501).await.unwrap();
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [500, 0]);
    assert!(tree(&app, flow).await.contains("transfer.failed"));
}

#[tokio::test]
async fn what_nobody_reacts_to_is_still_in_the_trail() {
    let app = bank().await;
    app.execute::<Account>("bob", AccountCommand::Close).await.unwrap();
    let flow = request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    assert_eq!(balances(&app).await, [300, 0]);
    // ANCHOR: outcomes
    let settled = Query::everything().types([ReactionSettled::TYPE]).correlation(flow);
    let page = app.store().read(&settled, quadrille::Position::START, Direction::Forward, 10);
    let last = page.await.unwrap().events.pop().unwrap();
    let fact = ReactionSettled::read(&last).unwrap().unwrap();
    let Outcome::Rejected(rejected) = &fact.settled[0].outcome else { panic!("{fact:?}") };
    assert_eq!(fact.reaction, "credit-receiver");
    assert_eq!(rejected.message, "there is no such account");
    // ANCHOR_END: outcomes
    check_shown("rejected.txt", &tree(&app, flow).await);
}
