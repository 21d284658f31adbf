//! Whatever reads a log, on the same events in other orders.

use quadrille::{EventId, memory::MemoryStore, prelude::*};
use quadrille_core::{EventStore, Position, Query, error::BoxError, store::Direction};
use quadrille_testing::{
    delivery::{Log, Orders, Written, in_any_order},
    scenario::recorded,
};
use serde_json::{Value, json};
use std::panic::AssertUnwindSafe;

#[derive(Event)]
#[event(category = "account")]
enum AccountEvent {
    Opened,
    Deposited { cents: i64 },
}

/// Both accounts are opened, by the same form, and then used.
fn events() -> Vec<Written> {
    let form = EventId::new();
    let opened = |id| recorded(AccountEvent::Opened).stream(id);
    let deposited = |id, cents| recorded(AccountEvent::Deposited { cents }).stream(id);
    vec![
        opened("alice").event_id(form).written(),
        opened("bob").caused_by(form).written(),
        deposited("alice", 5).written(),
        deposited("bob", 7).written(),
    ]
}

async fn read(log: Log) -> Result<Vec<(String, String, Value)>, BoxError> {
    let store = MemoryStore::new();
    log.append_to(&store).await?;
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 100).await?;
    let told = page.events.iter().map(|event| {
        let data = serde_json::from_slice(&event.data).unwrap();
        (event.stream.to_string(), event.event_type.clone(), data)
    });
    Ok(told.collect())
}

async fn failure(run: impl AsyncFn(Log) -> Result<Value, BoxError>) -> String {
    let tried = AssertUnwindSafe(in_any_order(Orders::default(), events(), run));
    let panic = futures_util::FutureExt::catch_unwind(tried).await.expect_err("it was to fail");
    panic.downcast_ref::<String>().cloned().expect("a message")
}

#[tokio::test]
async fn what_adds_up_in_every_order_passes_and_each_order_is_kept_by_its_streams_and_causes() {
    let orders = std::cell::RefCell::new(Vec::new());
    in_any_order(Orders::default(), events(), async |log| {
        let told = read(log).await?;
        let cents: i64 = told.iter().filter_map(|(.., data)| data["cents"].as_i64()).sum();
        let short = |(stream, kind, _): &(String, String, Value)| {
            format!("{}{}", &stream[8..9], if kind.ends_with("opened") { "o" } else { "d" })
        };
        orders.borrow_mut().push(told.iter().map(short).collect::<Vec<_>>().join(" "));
        Ok(json!({ "cents": cents }))
    })
    .await;
    // The form is sent for alice before bob, and an account is opened before it is used.
    assert_eq!(orders.take(), ["ao bo ad bd", "ao bo bd ad", "ao ad bo bd"]);
}

#[tokio::test]
async fn two_orders_are_named_that_lead_to_different_results() {
    let told = failure(async |log| {
        let last = read(log).await?.pop().map(|(stream, ..)| stream);
        Ok(json!({ "last": last }))
    })
    .await;
    assert_eq!(
        told,
        r#"the result depends on which comes first, 3. account.deposited in account-alice or 4. account.deposited in account-bob (- 3 first, + 4 first)
 given   1. account.opened in account-alice
 given   2. account.opened in account-bob
 given   3. account.deposited in account-alice
 given   4. account.deposited in account-bob
  when - 1 2 3 4
       + 1 2 4 3
  then   {
       -   "last": "account-bob"
       +   "last": "account-alice"
         }"#
    );
}

#[tokio::test]
async fn a_run_that_fails_in_one_order_only_is_a_result_and_in_the_given_one_the_end() {
    let told = failure(async |log| match read(log).await?.last() {
        Some((stream, ..)) if stream == "account-alice" => Err("alice came last".into()),
        _ => Ok(json!("well")),
    })
    .await;
    assert!(told.ends_with("  then - \"well\"\n       + failed: alice came last"), "{told}");
    let told = failure(async |_| Err("it is broken".into())).await;
    assert!(
        told.starts_with("it is broken\n given   1. account.opened in account-alice"),
        "{told}"
    );
}
