//! The log of six claims.

use crate::{simulation, xes};
use loan_applications::replay::steps;

#[test]
fn the_small_log_keeps_all_rules_of_its_own_process() {
    let Some(cases) = xes::cases("running-example.xes", usize::MAX) else { return };
    let events = simulation::recorded(&steps(&cases).unwrap());
    assert_eq!((cases.len(), events.len()), (6, 42));
    assert!(events.iter().all(|event| event.event_type != "claim.rule_broken"));
}
