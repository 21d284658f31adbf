//! Checkpoints, epochs and parked events.

use super::{checkpoint, checkpoint_change, deadlines::deadline, parked_event, process};
use quadrille_core::{
    EngineState, EventId, Position, StoreError,
    state::{Change, Consumer, ConsumerKind, DeadlineFilter, Epoch, ParkedEvent},
};

/// A worker's epoch only rises, and the second knows what the first has done.
pub async fn every_claim_raises_the_epoch(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = state.claim(&consumer).await.unwrap();
    assert_eq!(first.checkpoint, None);
    let reached = checkpoint(7);
    state.commit(&consumer, first.epoch, checkpoint_change(reached)).await.unwrap();
    let second = state.claim(&consumer).await.unwrap();
    assert!(second.epoch > first.epoch, "{second:?} after {first:?}");
    assert_eq!(second.checkpoint, Some(reached));
}

/// Looking at a consumer does not claim it.
pub async fn a_consumer_that_nobody_claimed_has_no_progress(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    assert_eq!(state.progress(&consumer).await.unwrap(), None);
    assert_eq!(state.parked(&consumer).await.unwrap(), []);
    let claim = state.claim(&consumer).await.unwrap();
    assert_eq!(state.progress(&consumer).await.unwrap(), Some(claim));
    assert_eq!(state.progress(&consumer).await.unwrap(), Some(claim));
}

/// Store, position and event are kept, up to the last position of a log.
pub async fn a_checkpoint_comes_back_as_it_was_committed(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let claim = state.claim(&consumer).await.unwrap();
    for position in [1, 4711, Position::END.0] {
        let reached = checkpoint(position);
        state.commit(&consumer, claim.epoch, checkpoint_change(reached)).await.unwrap();
        let progress = state.progress(&consumer).await.unwrap().unwrap();
        assert_eq!(progress.checkpoint, Some(reached));
        assert_eq!(progress.epoch, claim.epoch);
    }
}

/// A commit of parked events alone does not move the consumer.
pub async fn a_change_without_a_checkpoint_leaves_it(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let reached = checkpoint(3);
    state.commit(&consumer, epoch, checkpoint_change(reached)).await.unwrap();
    let change = Change { park: vec![parked_event(2)], ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    let progress = state.progress(&consumer).await.unwrap().unwrap();
    assert_eq!(progress.checkpoint, Some(reached));
}

/// Kind and name make a consumer.
pub async fn consumers_do_not_share_progress(state: &dyn EngineState) {
    let one = process("orders");
    let others = [process("payments"), Consumer::handler(ConsumerKind::Reaction, "orders")];
    let epoch = state.claim(&one).await.unwrap().epoch;
    let mut change = checkpoint_change(checkpoint(3));
    change.park.push(parked_event(2));
    state.commit(&one, epoch, change).await.unwrap();
    for other in others {
        assert_eq!(state.progress(&other).await.unwrap(), None);
        assert_eq!(state.claim(&other).await.unwrap().checkpoint, None);
        assert_eq!(state.parked(&other).await.unwrap(), []);
    }
}

fn assert_fenced(result: Result<(), StoreError>, epoch: Epoch) {
    match result {
        Err(StoreError::Fenced { epoch: named, .. }) => assert_eq!(named, epoch.0),
        other => panic!("epoch {epoch:?} should be fenced: {other:?}"),
    }
}

/// A worker that was replaced can no longer commit; the one that replaced it can.
pub async fn only_the_last_claim_commits(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = state.claim(&consumer).await.unwrap().epoch;
    let second = state.claim(&consumer).await.unwrap().epoch;
    let reached = checkpoint(5);
    assert_fenced(state.commit(&consumer, first, checkpoint_change(reached)).await, first);
    state.commit(&consumer, second, checkpoint_change(reached)).await.unwrap();
    assert_fenced(state.commit(&consumer, first, Change::default()).await, first);
}

/// Nothing of a refused change is kept: no checkpoint, parked event or deadline.
pub async fn a_fenced_commit_writes_nothing(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let first = state.claim(&consumer).await.unwrap().epoch;
    let (kept, due) = (parked_event(1), deadline("fulfilment", "o1", 10));
    let change = Change {
        checkpoint: Some(checkpoint(1)),
        park: vec![kept.clone()],
        deadlines: vec![("fulfilment".into(), "o1".into(), vec![due.clone()])],
        ..Change::default()
    };
    state.commit(&consumer, first, change.clone()).await.unwrap();
    state.claim(&consumer).await.unwrap();
    let refused = Change {
        checkpoint: Some(checkpoint(2)),
        park: vec![parked_event(2)],
        unpark: vec![kept.event],
        deadlines: vec![("fulfilment".into(), "o1".into(), vec![])],
    };
    assert_fenced(state.commit(&consumer, first, refused).await, first);
    let progress = state.progress(&consumer).await.unwrap().unwrap();
    assert_eq!(progress.checkpoint, change.checkpoint);
    assert_eq!(state.parked(&consumer).await.unwrap(), [kept]);
    let deadlines = state.deadlines(&DeadlineFilter::default(), 10).await.unwrap();
    assert_eq!(deadlines, [due]);
}

/// There is no epoch to begin with.
pub async fn a_commit_without_a_claim_is_fenced(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    for epoch in [Epoch(0), Epoch(1)] {
        let change = checkpoint_change(checkpoint(1));
        assert_fenced(state.commit(&consumer, epoch, change).await, epoch);
    }
    assert_eq!(state.progress(&consumer).await.unwrap(), None);
}

/// By position, whatever the order in which they were put aside.
pub async fn parked_events_come_in_the_order_of_the_log(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let events = [parked_event(9), parked_event(2), parked_event(u32::MAX.into())];
    for event in &events {
        let change = Change { park: vec![event.clone()], ..Change::default() };
        state.commit(&consumer, epoch, change).await.unwrap();
    }
    let [nine, two, large] = events;
    assert_eq!(state.parked(&consumer).await.unwrap(), [two, nine, large]);
}

/// Parked again, an event is there once, as it was parked last; unparking what is not there is
/// nothing.
pub async fn a_parked_event_is_replaced_and_removed(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let first = parked_event(1);
    let again = ParkedEvent { attempts: 4, reason: "again".into(), ..first.clone() };
    let other = parked_event(2);
    let change = Change { park: vec![first.clone(), other.clone()], ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    let change = Change { park: vec![again.clone()], ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    assert_eq!(state.parked(&consumer).await.unwrap(), [again, other.clone()]);
    let change = Change { unpark: vec![first.event, EventId::new()], ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    assert_eq!(state.parked(&consumer).await.unwrap(), [other]);
}

/// A replay takes an event out and, when it fails again, puts it back in the same commit.
pub async fn an_event_parked_again_stays_parked(state: &dyn EngineState) {
    let consumer = process("fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let first = parked_event(1);
    let change = Change { park: vec![first.clone()], ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    let again = ParkedEvent { attempts: 9, ..first.clone() };
    let (park, unpark) = (vec![again.clone()], vec![first.event]);
    let change = Change { park, unpark, ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    assert_eq!(state.parked(&consumer).await.unwrap(), [again]);
}
