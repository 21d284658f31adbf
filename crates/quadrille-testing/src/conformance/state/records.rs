//! Statuses, snapshots and rejections.

use super::{moment, process, stream};
use quadrille_core::{
    CorrelationId, EngineState, Position, Version,
    state::{Activity, Consumer, ConsumerKind, ConsumerStatus, RejectionRecord, Snapshot},
};
use uuid::Uuid;

fn status(consumer: Consumer) -> ConsumerStatus {
    ConsumerStatus {
        consumer,
        component: "sales".into(),
        activity: Activity::Running,
        position: Position(12),
        rate: 1234.5,
        handled: u64::MAX,
        unmatched: 3,
        parked: 1,
        last_error: Some("reach state.db".into()),
        updated_at: moment(1_700_000_000_000_001),
    }
}

/// In the order of the consumers.
pub async fn statuses_come_by_kind_and_name(state: &dyn EngineState) {
    let reaction = |name| Consumer::handler(ConsumerKind::Reaction, name);
    let model = |kind, version| Consumer { kind, name: "sales".into(), version, generation: 0 };
    let ordered = [
        model(ConsumerKind::Projector, 1),
        model(ConsumerKind::Projector, 2),
        model(ConsumerKind::RowProjector, 1),
        reaction("a"),
        reaction("b"),
        process("a"),
    ]
    .map(status);
    assert_eq!(state.statuses().await.unwrap(), []);
    for index in [3, 5, 1, 0, 4, 2] {
        state.set_status(&ordered[index]).await.unwrap();
    }
    assert_eq!(state.statuses().await.unwrap(), ordered);
}

/// One row a consumer.
pub async fn a_status_is_replaced(state: &dyn EngineState) {
    let first = status(process("fulfilment"));
    state.set_status(&first).await.unwrap();
    for activity in [Activity::BackingOff, Activity::Stopped, Activity::Building] {
        let next = ConsumerStatus { activity, last_error: None, rate: 0.25, ..first.clone() };
        state.set_status(&next).await.unwrap();
        assert_eq!(state.statuses().await.unwrap(), [next]);
    }
}

/// One a stream.
pub async fn a_snapshot_is_replaced(state: &dyn EngineState) {
    let (one, other) = (stream("account-ø 1"), stream("account-2"));
    let snapshot = |version, data: &[u8]| Snapshot {
        aggregate_version: 2,
        version: Version(version),
        data: data.to_vec(),
    };
    assert_eq!(state.snapshot(&one).await.unwrap(), None);
    for kept in [snapshot(100, b"{}"), snapshot(200, &[0, 255, 10])] {
        state.set_snapshot(&one, kept.clone()).await.unwrap();
        assert_eq!(state.snapshot(&one).await.unwrap(), Some(kept));
    }
    assert_eq!(state.snapshot(&other).await.unwrap(), None);
}

fn rejection(code: &str, correlation: CorrelationId) -> RejectionRecord {
    RejectionRecord {
        command: Uuid::now_v7(),
        name: "account.withdraw".into(),
        stream: stream("account-ø 1"),
        correlation,
        code: code.into(),
        message: "only 3 cents are left".into(),
        actor: Some("søren".into()),
        occurred_at: moment(1_700_000_000_000_007),
    }
}

async fn codes(state: &dyn EngineState, flow: Option<CorrelationId>, limit: usize) -> Vec<String> {
    let found = state.rejections(flow, limit).await.unwrap();
    found.into_iter().map(|rejection| rejection.code).collect()
}

/// In the order in which they were recorded, all or those of a flow.
pub async fn rejections_come_latest_first(state: &dyn EngineState) {
    let (flow, other) = (CorrelationId::new(), CorrelationId::new());
    for (code, flow) in [("a", flow), ("b", other), ("c", flow)] {
        state.record_rejection(&rejection(code, flow), 100).await.unwrap();
    }
    assert_eq!(codes(state, None, 10).await, ["c", "b", "a"]);
    assert_eq!(codes(state, None, 2).await, ["c", "b"]);
    assert_eq!(codes(state, Some(flow), 10).await, ["c", "a"]);
    assert_eq!(codes(state, Some(CorrelationId::new()), 10).await, [""; 0]);
}

/// The table is bounded by what each recording says.
pub async fn the_oldest_rejections_are_forgotten(state: &dyn EngineState) {
    let flow = CorrelationId::new();
    for code in ["a", "b", "c", "d"] {
        state.record_rejection(&rejection(code, flow), 3).await.unwrap();
    }
    assert_eq!(codes(state, None, 10).await, ["d", "c", "b"]);
    state.record_rejection(&rejection("e", flow), 1).await.unwrap();
    assert_eq!(codes(state, None, 10).await, ["e"]);
    state.record_rejection(&rejection("f", flow), usize::MAX).await.unwrap();
    assert_eq!(codes(state, None, 10).await, ["f", "e"]);
}

/// All of it.
pub async fn a_rejection_comes_back_whole(state: &dyn EngineState) {
    let known = rejection("insufficient_funds", CorrelationId::new());
    let unknown = RejectionRecord { actor: None, ..rejection("locked", CorrelationId::new()) };
    for rejection in [&known, &unknown] {
        state.record_rejection(rejection, 10).await.unwrap();
    }
    assert_eq!(state.rejections(None, 10).await.unwrap(), [unknown, known]);
}
