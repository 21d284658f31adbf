//! Flows held against how they are expected to go.
//!
//! ```
//! use quadrille_core::{CorrelationId, EventStore};
//! use quadrille_testing::flow::assert_flow;
//!
//! # async fn test(store: &dyn EventStore, flow: CorrelationId) {
//! let order = "flow order { order.placed order.paid within 3d }".parse().unwrap();
//! assert_flow(store, &order, flow).await;
//! # }
//! ```

use quadrille_core::{CorrelationId, Envelope, EventStore, Position, Query, store::Direction};
use quadrille_flow::expected::{ExpectedFlow, FlowCheck, Status};

const PAGE: usize = 1_000;

/// Fails unless a flow went as expected and may be over. Wait for it to end before.
///
/// # Panics
/// With what differs, and the flow beside its specification. When the flow has no events, or the store
/// cannot be read.
pub async fn assert_flow(store: &dyn EventStore, expected: &ExpectedFlow, flow: CorrelationId) {
    let check = expected.check_whole(&events(store, flow).await);
    assert_status(&check, flow, &[Status::AsExpected]);
}

/// Fails unless a flow has gone as expected so far, whether or not it is over.
///
/// # Panics
/// As [`assert_flow`] does.
pub async fn assert_flow_so_far(
    store: &dyn EventStore,
    expected: &ExpectedFlow,
    flow: CorrelationId,
) {
    let check = expected.check(&events(store, flow).await);
    assert_status(&check, flow, &[Status::AsExpected, Status::Open]);
}

fn assert_status(check: &FlowCheck, flow: CorrelationId, allowed: &[Status]) {
    assert!(!check.steps.is_empty(), "no events of the flow {flow} were found that mean something");
    assert!(
        allowed.contains(&check.verdict.status),
        "the flow {flow} did not go as expected\n{check}"
    );
}

/// The events of a flow, without the framework's own facts.
async fn events(store: &dyn EventStore, flow: CorrelationId) -> Vec<Envelope> {
    let query = Query { correlation: Some(flow), ..Query::all() };
    let (mut events, mut from) = (Vec::new(), Position::START);
    loop {
        let page = store.read(&query, from, Direction::Forward, PAGE).await;
        let page = page.unwrap_or_else(|error| panic!("read the flow {flow}: {error}"));
        events.extend(page.events);
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => return events,
        }
    }
}
