use crate::support::{id, morning, two_accounts};
use quadrille::{CorrelationId, ExecuteError, Quadrille, prelude::*, store::Direction};
use quadrille_book::account::*;
use std::{num::NonZeroU64, time::Duration};

async fn bank() -> App {
    let app = Quadrille::in_memory().aggregate::<Account>().start().await.unwrap();
    two_accounts(&app).await.unwrap();
    app
}

// ANCHOR: pure
#[test]
fn decisions_need_neither_a_store_nor_a_runtime() {
    let mut account = Account::default();
    account.evolve(&AccountEvent::Opened { owner: "Alice".into() });
    account.evolve(&AccountEvent::Deposited { cents: 500 });
    let refused = account.decide(AccountCommand::Withdraw { cents: 501 }).err();
    assert_eq!(refused, Some(Refused::InsufficientFunds(500)));
}
// ANCHOR_END: pure

#[tokio::test]
async fn a_refusal_comes_back_as_a_type_and_is_kept_beside_the_log() {
    let app = bank().await;
    // ANCHOR: rejected
    match app.execute::<Account>("alice", AccountCommand::Withdraw { cents: 501 }).await {
        Err(ExecuteError::Rejected(Refused::InsufficientFunds(left))) => assert_eq!(left, 500),
        Err(other) => panic!("the bank cannot work: {other}"),
        Ok(receipt) => panic!("nobody should get {:?}", receipt.events),
    }
    let kept = app.state().rejections(None, 10).await.unwrap();
    assert_eq!(
        (kept[0].name.as_str(), kept[0].code.as_str()),
        ("account.withdraw", "insufficient_funds")
    );
    // ANCHOR_END: rejected
    assert_eq!(app.load::<Account>("alice").await.unwrap().balance(), 500);
}

#[tokio::test]
async fn the_same_command_twice_is_carried_out_once() {
    let app = bank().await;
    // ANCHOR: idempotent
    let deposit = |cents| {
        let command = AccountCommand::Deposit { cents };
        app.execute::<Account>("alice", command).command_id(id(77))
    };
    let first = deposit(100).await.unwrap();
    let second = deposit(100).await.unwrap();
    assert!(!first.repeated && second.repeated);
    assert_eq!(first.events, second.events);
    assert_eq!(app.load::<Account>("alice").await.unwrap().balance(), 600);
    // ANCHOR_END: idempotent
    // ANCHOR: other_payload
    assert!(matches!(deposit(999).await, Err(ExecuteError::Invalid(_))));
    // ANCHOR_END: other_payload
}

#[tokio::test]
async fn what_changes_nothing_leaves_no_event() {
    let app = bank().await;
    // ANCHOR: unchanged
    let again = AccountCommand::Open { owner: "Alice".into() };
    let receipt = app.execute::<Account>("alice", again).await.unwrap();
    assert!(receipt.events.is_empty());
    // ANCHOR_END: unchanged
}

#[tokio::test]
async fn commands_at_one_aggregate_at_once_are_all_carried_out() {
    let app = bank().await;
    // ANCHOR: hot
    let tellers: Vec<_> = (0..100)
        .map(|_| {
            let deposit = AccountCommand::Deposit { cents: 1 };
            tokio::spawn(app.execute::<Account>("bob", deposit))
        })
        .collect();
    for teller in tellers {
        teller.await.unwrap().unwrap();
    }
    assert_eq!(app.load::<Account>("bob").await.unwrap().balance(), 100);
    // ANCHOR_END: hot
}

#[tokio::test]
async fn a_command_carries_who_when_and_which_flow() {
    let app = bank().await;
    let flow = CorrelationId::new();
    // ANCHOR: options
    let receipt = app
        .execute::<Account>("alice", AccountCommand::Deposit { cents: 5 })
        .command_id(id(5)) // sent again with it, it is not carried out again
        .actor("teller-7")
        .correlation(flow) // without it the command begins a flow of its own
        .occurred_at(morning()) // for history that is replayed; otherwise the app's clock says
        .within(Duration::from_secs(5))
        .await
        .unwrap();
    // ANCHOR_END: options
    let last = quadrille::Version(u64::MAX);
    let read = app.store().read_stream(&receipt.stream, last, Direction::Backward, 1).await;
    let metadata = read.unwrap().remove(0).metadata;
    assert_eq!(metadata.actor.as_deref(), Some("teller-7"));
    assert_eq!((metadata.correlation, metadata.occurred_at), (flow, morning()));
}

#[tokio::test]
async fn long_streams_are_read_from_a_snapshot() {
    // ANCHOR: snapshots
    const EVERY: NonZeroU64 = NonZeroU64::new(100).unwrap();
    let app = Quadrille::in_memory().aggregate_with_snapshots::<Account>(EVERY);
    // ANCHOR_END: snapshots
    let app = app.start().await.unwrap();
    two_accounts(&app).await.unwrap();
    for _ in 0..120 {
        let deposit = AccountCommand::Deposit { cents: 1 };
        app.execute::<Account>("bob", deposit).await.unwrap();
    }
    let kept = app.state().snapshot(&"account-bob".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!((kept.aggregate_version, kept.version.0), (Account::VERSION, 100));
    assert_eq!(app.load::<Account>("bob").await.unwrap().balance(), 120);
}
