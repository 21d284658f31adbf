//! Deadlines.

use super::{moment, process};
use quadrille_core::{
    CorrelationId, EngineState,
    state::{Change, Deadline, DeadlineFilter},
};
use uuid::Uuid;

pub(super) fn deadline(process: &str, key: &str, due_micros: i64) -> Deadline {
    Deadline {
        id: Uuid::now_v7(),
        process: process.into(),
        key: key.into(),
        name: "PaymentOverdue".into(),
        is_command: false,
        due: moment(due_micros),
        correlation: CorrelationId::new(),
    }
}

async fn set_deadlines(state: &dyn EngineState, process_name: &str, deadlines: &[Deadline]) {
    let consumer = process(process_name);
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let mut change = Change::default();
    for deadline in deadlines {
        let same = |(_, key, _): &&mut (String, String, Vec<Deadline>)| *key == deadline.key;
        match change.deadlines.iter_mut().find(same) {
            Some((_, _, list)) => list.push(deadline.clone()),
            None => {
                let entry = (process_name.into(), deadline.key.clone(), vec![deadline.clone()]);
                change.deadlines.push(entry);
            }
        }
    }
    state.commit(&consumer, epoch, change).await.unwrap();
}

async fn check_deadlines(
    state: &dyn EngineState,
    filter: DeadlineFilter,
    limit: usize,
    expected: &[&Deadline],
) {
    let found = state.deadlines(&filter, limit).await.unwrap();
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
}

/// Over all instances and processes, and a limit takes the earliest.
pub async fn deadlines_come_earliest_first(state: &dyn EngineState) {
    let [late, early, middle] =
        [("o1", 30), ("o2", 10), ("o1", 20)].map(|(key, due)| deadline("fulfilment", key, due));
    set_deadlines(state, "fulfilment", &[late.clone(), early.clone(), middle.clone()]).await;
    let all = DeadlineFilter::default();
    check_deadlines(state, all.clone(), 10, &[&early, &middle, &late]).await;
    check_deadlines(state, all.clone(), 2, &[&early, &middle]).await;
    check_deadlines(state, all.clone(), usize::MAX, &[&early, &middle, &late]).await;
    check_deadlines(state, all, 0, &[]).await;
}

/// So that the order is the same everywhere.
pub async fn deadlines_due_at_the_same_time_come_by_id(state: &dyn EngineState) {
    let with_id = |id| Deadline { id: Uuid::from_u128(id), ..deadline("fulfilment", "o1", 10) };
    let [third, first, second] = [u128::MAX, 1, 1 << 127].map(with_id);
    set_deadlines(state, "fulfilment", &[third.clone(), first.clone(), second.clone()]).await;
    check_deadlines(state, DeadlineFilter::default(), 10, &[&first, &second, &third]).await;
}

/// By process, moment (that moment included) and flow.
pub async fn deadlines_are_filtered(state: &dyn EngineState) {
    let one = deadline("fulfilment", "o1", 10);
    let two = Deadline { is_command: true, ..deadline("fulfilment", "o2", 20) };
    let other = deadline("returns", "o1", 15);
    set_deadlines(state, "fulfilment", &[one.clone(), two.clone()]).await;
    set_deadlines(state, "returns", std::slice::from_ref(&other)).await;
    let all = DeadlineFilter::default;
    let of = DeadlineFilter { process: Some("fulfilment".into()), ..all() };
    check_deadlines(state, of.clone(), 10, &[&one, &two]).await;
    let due = DeadlineFilter { due_by: Some(moment(15)), ..all() };
    check_deadlines(state, due.clone(), 10, &[&one, &other]).await;
    check_deadlines(state, DeadlineFilter { due_by: Some(moment(9)), ..all() }, 10, &[]).await;
    let flow = DeadlineFilter { correlation: Some(two.correlation), ..all() };
    check_deadlines(state, flow, 10, &[&two]).await;
    let both = DeadlineFilter { correlation: Some(two.correlation), ..due };
    check_deadlines(state, both, 10, &[]).await;
}

/// What is not named again is gone; other instances and processes keep theirs.
pub async fn an_instances_deadlines_are_replaced_as_a_whole(state: &dyn EngineState) {
    let [gone, kept] = [10, 30].map(|due| deadline("fulfilment", "o1", due));
    let elsewhere = deadline("fulfilment", "o2", 5);
    let other = deadline("returns", "o1", 6);
    set_deadlines(state, "fulfilment", &[gone, kept.clone(), elsewhere.clone()]).await;
    set_deadlines(state, "returns", std::slice::from_ref(&other)).await;
    let moved = Deadline { due: moment(40), ..kept };
    let new = deadline("fulfilment", "o1", 35);
    set_deadlines(state, "fulfilment", &[moved.clone(), new.clone()]).await;
    let all = DeadlineFilter::default;
    check_deadlines(state, all(), 10, &[&elsewhere, &other, &new, &moved]).await;
    let consumer = process("fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let nothing = vec![("fulfilment".into(), "o1".into(), vec![])];
    let change = Change { deadlines: nothing, ..Change::default() };
    state.commit(&consumer, epoch, change).await.unwrap();
    check_deadlines(state, all(), 10, &[&elsewhere, &other]).await;
}

/// A deadline may lie before 1970 or beyond the year 9999.
pub async fn far_and_early_deadlines_keep_their_order(state: &dyn EngineState) {
    let year = 31_556_952_000_000;
    let [never, early, now] =
        [20_000 * year, -10 * year, 50 * year].map(|due| deadline("fulfilment", "o1", due));
    set_deadlines(state, "fulfilment", &[never.clone(), early.clone(), now.clone()]).await;
    check_deadlines(state, DeadlineFilter::default(), 10, &[&early, &now, &never]).await;
    let due = DeadlineFilter { due_by: Some(moment(51 * year)), ..DeadlineFilter::default() };
    check_deadlines(state, due, 10, &[&early, &now]).await;
}
