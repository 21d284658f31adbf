//! Who may claim a consumer.

use super::{checkpoint, checkpoint_change, process};
use futures_util::future::join_all;
use quadrille_core::{
    EngineState, StoreError,
    state::{Claim, Consumer, Held, Lease},
};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(3600);

async fn try_lease(
    state: &dyn EngineState,
    consumer: &Consumer,
    holder: &str,
    time_to_live: Duration,
) -> Result<Claim, Held> {
    let lease = Lease { holder: holder.into(), time_to_live };
    state.lease(consumer, &lease).await.unwrap()
}

/// Others are told who holds it and for how long; the holder itself may begin anew.
pub async fn a_held_consumer_is_not_leased(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = try_lease(state, &consumer, "one", LONG).await.unwrap();
    let held = try_lease(state, &consumer, "other", LONG).await.unwrap_err();
    assert_eq!(held.holder, "one");
    assert!(held.remaining > Duration::ZERO && held.remaining <= LONG, "{held:?}");
    let reached = checkpoint(7);
    state.commit(&consumer, first.epoch, checkpoint_change(reached)).await.unwrap();
    let again = try_lease(state, &consumer, "one", LONG).await.unwrap();
    assert!(again.epoch > first.epoch, "{again:?} after {first:?}");
    assert_eq!(again.checkpoint, Some(reached));
    try_lease(state, &process("payment"), "other", LONG).await.unwrap();
}

/// To ask takes nothing over.
pub async fn who_holds_a_consumer_can_be_asked(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    assert_eq!(state.held(&consumer).await.unwrap(), None);
    let claim = try_lease(state, &consumer, "one", LONG).await.unwrap();
    let held = state.held(&consumer).await.unwrap().unwrap();
    assert_eq!(held.holder, "one");
    assert!(held.remaining > Duration::ZERO && held.remaining <= LONG, "{held:?}");
    state.renew(&consumer, claim.epoch, Duration::ZERO).await.unwrap();
    assert_eq!(state.held(&consumer).await.unwrap(), None, "it has run out");
    state.renew(&consumer, claim.epoch, LONG).await.unwrap();
    state.release(&consumer, claim.epoch).await.unwrap();
    assert_eq!(state.held(&consumer).await.unwrap(), None);
}

/// Who claims by force needs no lease, and leaves none to wait for.
pub async fn a_claim_by_force_leaves_no_lease(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = try_lease(state, &consumer, "one", LONG).await.unwrap();
    let forced = state.claim(&consumer).await.unwrap();
    assert!(forced.epoch > first.epoch, "{forced:?} after {first:?}");
    try_lease(state, &consumer, "other", LONG).await.unwrap();
}

/// A worker that was stopped wakes up too late: it can neither commit nor renew.
pub async fn a_lease_that_ran_out_is_taken_over(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let late = try_lease(state, &consumer, "late", Duration::from_millis(1)).await.unwrap();
    let next = loop {
        match try_lease(state, &consumer, "next", LONG).await {
            Ok(claim) => break claim,
            Err(held) => tokio::time::sleep(held.remaining).await,
        }
    };
    assert!(next.epoch > late.epoch, "{next:?} after {late:?}");
    let commit = state.commit(&consumer, late.epoch, checkpoint_change(checkpoint(1))).await;
    assert!(matches!(commit, Err(StoreError::Fenced { .. })), "{commit:?}");
    let renew = state.renew(&consumer, late.epoch, LONG).await;
    assert!(matches!(renew, Err(StoreError::Fenced { .. })), "{renew:?}");
    state.release(&consumer, late.epoch).await.unwrap();
    let held = try_lease(state, &consumer, "late", LONG).await.unwrap_err();
    assert_eq!(held.holder, "next");
}

/// Renewing counts from now on.
pub async fn a_renewed_lease_holds(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let claim = try_lease(state, &consumer, "one", Duration::ZERO).await.unwrap();
    state.renew(&consumer, claim.epoch, LONG).await.unwrap();
    let held = try_lease(state, &consumer, "other", LONG).await.unwrap_err();
    assert_eq!(held.holder, "one");
    state.renew(&consumer, claim.epoch, Duration::ZERO).await.unwrap();
    try_lease(state, &consumer, "other", LONG).await.unwrap();
}

/// Nobody waits for who has left, and what it did is known to the next.
pub async fn a_released_consumer_is_free(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = try_lease(state, &consumer, "one", LONG).await.unwrap();
    let reached = checkpoint(7);
    state.commit(&consumer, first.epoch, checkpoint_change(reached)).await.unwrap();
    state.release(&consumer, first.epoch).await.unwrap();
    let next = try_lease(state, &consumer, "other", LONG).await.unwrap();
    assert_eq!(next.checkpoint, Some(reached));
}

/// One is granted it, whoever asks first.
pub async fn racing_leases_have_one_holder(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let names: Vec<String> = (0..8).map(|number| format!("worker {number}")).collect();
    let tries = names.iter().map(|name| try_lease(state, &consumer, name, LONG));
    let granted = join_all(tries).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(granted, 1);
}
