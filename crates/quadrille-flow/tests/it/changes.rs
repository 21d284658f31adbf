//! What steps change in the states of their instances.

use crate::log::{FLOW, Log, command, raw, step};
use quadrille_core::{
    CorrelationId, EventId,
    journal::{Cause, ProcessStepped},
};
use quadrille_flow::trace::{Input, Trace, TreeStyle, What};
use uuid::Uuid;

fn left(input: &str, cause: EventId, state: &str) -> ProcessStepped {
    ProcessStepped { state: raw(state), ..step(input, Cause::Event(cause)) }
}

fn changes(input: &Input) -> Vec<Vec<String>> {
    let trace = Trace::build(input);
    let steps = trace.nodes.iter().filter_map(|node| match &node.what {
        What::Step(step) => Some(step.changes.iter().map(ToString::to_string).collect()),
        _ => None,
    });
    steps.collect()
}

#[test]
fn each_step_tells_what_it_changed() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    let first = log.step(left("Placed", placed, r#"{"cents":100,"paid":false}"#), placed);
    log.step(left("Paid", first, r#"{"cents":100,"paid":true}"#), placed);
    log.step(left("Looked", EventId::new(), r#"{"cents":100,"paid":true}"#), placed);
    let input = Input::new(FLOW, log.events);
    assert_eq!(
        changes(&input),
        [vec!["cents = 100", "paid = false"], vec!["paid: false → true"], vec![]]
    );
    let tree = Trace::build(&input).tree_with_states(TreeStyle::default());
    let body: Vec<&str> = tree.lines().skip(3).map(|line| line.trim_end()).collect();
    let expected = [
        "                          ▶ order.place → order-o1  by alice",
        "           0              └─● order.placed  #1",
        "           0           0    ├─◆ fulfilment o1: Placed",
        "                            │ │   cents = 100",
        "                            │ │   paid = false",
        "           0           0    │ └─◆ fulfilment o1: Paid",
        "                            │       paid: false → true",
        "           0           0    └─◆ fulfilment o1: Looked",
    ];
    assert_eq!(body, expected, "\n{tree}");
    let plain = Trace::build(&input).tree(TreeStyle::default());
    assert!(!plain.contains("cents"), "{plain}");
}

#[test]
fn a_step_is_compared_with_the_one_before_it_whatever_its_flow() {
    let mut log = Log::default();
    let placed = log.event("order-o1", "order.placed", "order.place", command(1), None);
    log.flow = Some(CorrelationId(Uuid::from_u128(2)));
    log.step(left("Placed", placed, r#"{"n":1}"#), placed);
    log.flow = None;
    log.step(left("Again", EventId::new(), r#"{"n":2}"#), placed);
    let mut input = Input::new(FLOW, log.events);
    let elsewhere = input.events.remove(1);
    assert_eq!(changes(&input), [["n = 2"]]);
    input.context = vec![elsewhere];
    assert_eq!(changes(&input), [["n: 1 → 2"]]);
}
