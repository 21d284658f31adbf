//! The chapter on testing: what must not depend on which comes first.

use crate::support::check_shown;
use quadrille::{prelude::*, sqlite::query_as};
use quadrille_book::{account::*, process::*, statements::*, transfer::*};
use quadrille_testing::{
    delivery::{self, Log, Orders},
    scenario::*,
};
use std::panic::catch_unwind;

fn opened(owner: &str) -> AccountEvent {
    AccountEvent::Opened { owner: owner.into() }
}

// ANCHOR: process
#[test]
fn money_goes_on_when_both_are_there_whichever_comes_first() {
    let requested = || {
        let (transfer, from, to) = ("t1".into(), "alice".into(), "bob".into());
        Moving::Requested { transfer, from, to, cents: 200 }
    };
    let debited = || Moving::Debited { transfer: "t1".into() };
    let accepted = || Moving::Accepted { transfer: "t1".into() };
    process::<MoveMoney>()
        .given([requested()])
        .when_in_any_order(|| vec![debited(), accepted()])
        .then_open();
}
// ANCHOR_END: process

// ANCHOR: rows
#[test]
fn balances_do_not_depend_on_which_account_was_first() {
    let deposited = |cents| AccountEvent::Deposited { cents };
    let bob = |cents| Balance { account: "bob".into(), owner: "Bob".into(), cents };
    let alice = |cents| Balance { account: "alice".into(), owner: "Alice".into(), cents };
    fold(balance)
        .given([
            recorded(opened("Alice")).stream("alice"),
            recorded(opened("Bob")).stream("bob"),
            recorded(deposited(500)).stream("alice"),
            recorded(deposited(300)).stream("bob"),
        ])
        .in_any_order()
        .then([alice(500), bob(300)]);
}
// ANCHOR_END: rows

// ANCHOR: aggregate
#[test]
fn two_deposits_are_taken_in_either_order() {
    let deposit = |cents| AccountCommand::Deposit { cents };
    given::<Account>([opened("Alice")]).when_in_any_order(|| vec![deposit(500), deposit(300)]);
}
// ANCHOR_END: aggregate

#[test]
fn a_deposit_and_a_withdrawal_are_not() {
    let failed = catch_unwind(|| {
        given::<Account>([opened("Alice")]).when_in_any_order(|| {
            vec![AccountCommand::Deposit { cents: 500 }, AccountCommand::Withdraw { cents: 300 }]
        })
    });
    let told = failed.err().expect("whoever comes first decides");
    let told = told.downcast_ref::<String>().expect("a message");
    check_shown("order.txt", &format!("{told}\n"));
}

// ANCHOR: sql
#[tokio::test]
async fn transfers_are_listed_alike_whichever_was_requested_first() {
    let requested = |transfer: &str, cents| {
        let (from, to) = ("alice".into(), "bob".into());
        recorded(TransferEvent::Requested { from, to, cents }).stream(transfer).written()
    };
    let completed = |transfer: &str| recorded(TransferEvent::Completed).stream(transfer).written();
    let events = [requested("t1", 200), requested("t2", 300), completed("t1"), completed("t2")];
    delivery::in_any_order(Orders::default(), events, async |log: Log| {
        let folder = tempfile::tempdir()?;
        let app = Quadrille::sqlite(folder.path().join("bank.db")).await?;
        let app = app.projector(Transfers).start().await?;
        log.append_to(&**app.store()).await?;
        app.settle().await?;
        let pool = app.database::<Sqlite>().expect("the app runs on SQLite").reader().await?;
        let rows: Vec<(String, i64, String)> =
            query_as("SELECT id, cents, state FROM transfers ORDER BY id").fetch_all(&pool).await?;
        app.shutdown().await;
        Ok(serde_json::to_value(rows)?)
    })
    .await;
}
// ANCHOR_END: sql
