use super::*;

fn case(events: &[(&str, &str)]) -> Case {
    let event = |(minute, (activity, lifecycle)): (usize, &(&str, &str))| LogEvent {
        activity: activity.to_string(),
        lifecycle: lifecycle.to_string(),
        resource: Some("112".into()),
        time: DateTime::from_timestamp(1_317_422_324 + 60 * minute as i64, 0).unwrap(),
    };
    let events = events.iter().enumerate().map(event).collect();
    Case { name: "7".into(), euros: 5000, events }
}

/// The ids that the events of a case go to.
fn check(events: &[(&str, &str)], expected: &[&str]) {
    let steps = steps_of(0, &case(events)).unwrap();
    assert_eq!(steps.iter().map(|step| step.id.as_str()).collect::<Vec<_>>(), expected);
}

fn offers(events: &[&str], expected: &[&str]) {
    let events: Vec<_> = events.iter().map(|&event| (event, "COMPLETE")).collect();
    check(&events, expected);
}

fn calls(transitions: &[&str], expected: &[&str]) {
    let work = Work::CallAboutOffer.activity();
    let events: Vec<_> = transitions.iter().map(|&transition| (work, transition)).collect();
    check(&events, expected);
}

#[test]
fn a_cancelled_offer_is_the_one_that_the_new_one_replaces() {
    offers(
        &["O_SELECTED", "O_CREATED", "O_SENT", "O_SELECTED", "O_CANCELLED", "O_CREATED", "O_SENT"],
        &["7-1", "7-1", "7-1", "7-2", "7-1", "7-2", "7-2"],
    );
}

#[test]
fn an_offer_accepted_against_the_rules_is_the_open_one() {
    offers(
        &[
            "O_SELECTED",
            "O_CREATED",
            "O_SENT",
            "O_CANCELLED",
            "O_SELECTED",
            "O_CREATED",
            "O_SENT",
            "O_ACCEPTED",
        ],
        &["7-1", "7-1", "7-1", "7-1", "7-2", "7-2", "7-2", "7-2"],
    );
}

#[test]
fn work_scheduled_while_other_work_of_its_kind_goes_on_is_another_piece() {
    calls(
        &["SCHEDULE", "START", "SCHEDULE", "COMPLETE", "START", "COMPLETE"],
        &["7-call-1", "7-call-1", "7-call-2", "7-call-1", "7-call-2", "7-call-2"],
    );
}

#[test]
fn work_taken_up_again_is_the_latest_that_was_put_down() {
    calls(
        &[
            "SCHEDULE", "START", "COMPLETE", "SCHEDULE", "START", "COMPLETE", "START", "COMPLETE",
            "COMPLETE",
        ],
        &[
            "7-call-1", "7-call-1", "7-call-1", "7-call-2", "7-call-2", "7-call-2", "7-call-2",
            "7-call-2", "7-call-2",
        ],
    );
}

#[test]
fn kinds_of_work_are_counted_apart() {
    let (call, validate) = (Work::CallAboutOffer.activity(), Work::Validate.activity());
    check(
        &[(call, "SCHEDULE"), (validate, "SCHEDULE"), (call, "START")],
        &["7-call-1", "7-validate-1", "7-call-1"],
    );
}

#[test]
fn an_event_that_comes_before_its_beginning_is_not_dropped() {
    offers(&["O_ACCEPTED"], &["7-1"]);
    calls(&["COMPLETE"], &["7-call-1"]);
}

#[test]
fn ids_of_commands_are_stable_and_those_of_a_case_share_its_flow() {
    let case = case(&[("A_SUBMITTED", "COMPLETE"), ("A_PARTLYSUBMITTED", "COMPLETE")]);
    let (steps, again) = (steps_of(0, &case).unwrap(), steps_of(9, &case).unwrap());
    assert_eq!(steps[0].correlation, steps[1].correlation);
    assert_ne!(steps[0].command_id, steps[1].command_id);
    for (step, again) in steps.iter().zip(again) {
        assert_eq!((step.command_id, step.correlation), (again.command_id, again.correlation));
    }
}

#[test]
fn cases_are_merged_by_time_and_keep_their_own_order() {
    let first = case(&[("A_SUBMITTED", ""), ("A_PARTLYSUBMITTED", ""), ("A_DECLINED", "")]);
    let mut second = first.clone();
    second.name = "8".into();
    // The second event of this case is stamped before its first.
    second.events[1].time -= chrono::TimeDelta::hours(1);
    let steps = steps(&[first, second]).unwrap();
    let order: Vec<_> = steps.iter().map(|step| (step.case, step.ordinal)).collect();
    assert_eq!(order, [(0, 0), (1, 0), (1, 1), (0, 1), (0, 2), (1, 2)]);
}

#[test]
fn an_activity_that_nobody_knows_stops_the_replay() {
    let error = steps_of(0, &case(&[("A_SUBMITED", "COMPLETE")])).unwrap_err().to_string();
    assert!(
        error.starts_with("replay case 7: no aggregate knows the activity \"A_SUBMITED\""),
        "{error}"
    );
}
