//! What every [`EngineState`](quadrille_core::EngineState) must do, one claim a case. Each case wants a fresh, empty one.
//!
//! [`engine_state_conformance!`](crate::engine_state_conformance) makes a test of each.

mod deadlines;
mod leases;
mod progress;
mod records;

pub use deadlines::*;
pub use leases::*;
pub use progress::*;
pub use records::*;

use chrono::{DateTime, Utc};
use quadrille_core::{
    CorrelationId, EventId, Position, StoreId, StreamId,
    state::{Change, Checkpoint, Consumer, ConsumerKind, ParkedEvent},
    store::Place,
};

/// Makes a test of every case of [`conformance::state`](crate::conformance::state): give it a
/// closure that opens a fresh [`EngineState`](quadrille_core::EngineState), such as
/// `|| async { MemoryState::new() }`, and where it needs a server a condition as
/// [`conformance!`](crate::conformance!) takes it.
#[macro_export]
macro_rules! engine_state_conformance {
    (if $available:expr => $open:expr $(,)?) => {
        $crate::__state_cases!(
            state, $available, $open;
            every_claim_raises_the_epoch
            a_consumer_that_nobody_claimed_has_no_progress
            a_checkpoint_comes_back_as_it_was_committed
            a_change_without_a_checkpoint_leaves_it
            consumers_do_not_share_progress
            only_the_last_claim_commits
            a_fenced_commit_writes_nothing
            a_commit_without_a_claim_is_fenced
            a_held_consumer_is_not_leased
            who_holds_a_consumer_can_be_asked
            a_claim_by_force_leaves_no_lease
            a_lease_that_ran_out_is_taken_over
            a_renewed_lease_holds
            a_released_consumer_is_free
            racing_leases_have_one_holder
            parked_events_come_in_the_order_of_the_log
            a_parked_event_is_replaced_and_removed
            an_event_parked_again_stays_parked
            deadlines_come_earliest_first
            deadlines_due_at_the_same_time_come_by_id
            deadlines_are_filtered
            an_instances_deadlines_are_replaced_as_a_whole
            far_and_early_deadlines_keep_their_order
            statuses_come_by_kind_and_name
            a_status_is_replaced
            a_snapshot_is_replaced
            rejections_come_latest_first
            the_oldest_rejections_are_forgotten
            a_rejection_comes_back_whole
        );
    };
    ($open:expr $(,)?) => {
        $crate::engine_state_conformance! { if true => $open }
    };
}

/// A test of each case that is named.
#[doc(hidden)]
#[macro_export]
macro_rules! __state_cases {
    ($suite:ident, $available:expr, $open:expr; $($case:ident)*) => { $(
        #[tokio::test]
        async fn $case() {
            if !$available {
                return;
            }
            let open = $open;
            $crate::conformance::$suite::$case(&open().await).await;
        }
    )* };
}

pub(super) fn moment(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).expect("the test's moments are within range")
}

fn stream(name: &str) -> StreamId {
    name.parse().expect("the test's streams are well formed")
}

pub(super) fn checkpoint(position: u64) -> Checkpoint {
    let place = Place { position: Position(position), event: EventId::new() };
    Checkpoint { store: StoreId::new(), place }
}

pub(super) fn checkpoint_change(checkpoint: Checkpoint) -> Change {
    Change { checkpoint: Some(checkpoint), ..Change::default() }
}

pub(super) fn parked_event(position: u64) -> ParkedEvent {
    ParkedEvent {
        event: EventId::new(),
        position: Position(position),
        event_type: "order.placed".into(),
        stream: stream("order-ø 1"),
        correlation: CorrelationId::new(),
        key: "order-ø 1".into(),
        reason: "decode order.placed: it's \"odd\"".into(),
        attempts: 3,
        subject: Some(EventId::new().0),
        parked_at: moment(1_700_000_000_123_456),
    }
}

fn process(name: &str) -> Consumer {
    Consumer::handler(ConsumerKind::Process, name)
}
