use super::{check, flaw::*};
use chrono::{SubsecRound, TimeDelta};
use quadrille::{CausationId, CorrelationId, StreamId};

#[test]
fn dropped_metadata_is_found() {
    let lost_command = Flaw { envelope: |event| event.metadata.command = None, ..SOUND };
    check(lost_command, &["everything_comes_back"]);
    let lost_actor = Flaw { envelope: |event| event.metadata.actor = None, ..SOUND };
    check(lost_actor, &["everything_comes_back"]);
    let lost_trace = Flaw { envelope: |event| event.metadata.trace = None, ..SOUND };
    check(lost_trace, &["everything_comes_back"]);
    let lost_tags = Flaw { envelope: |event| event.metadata.tags.clear(), ..SOUND };
    check(
        lost_tags,
        &["everything_comes_back", "a_full_append_is_accepted", "queries_agree_with_matches"],
    );
    let lost_component = Flaw { envelope: |event| event.metadata.component.clear(), ..SOUND };
    check(
        lost_component,
        &[
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "a_full_append_is_accepted",
        ],
    );
}

#[test]
fn changed_metadata_is_found() {
    let caused_by_its_flow = Flaw {
        envelope: |event| event.metadata.causation = CausationId(event.metadata.correlation.0),
        ..SOUND
    };
    check(caused_by_its_flow, &["everything_comes_back", "queries_agree_with_matches"]);
    let flow_by_its_cause = Flaw {
        envelope: |event| event.metadata.correlation = CorrelationId(event.metadata.causation.0),
        ..SOUND
    };
    check(flow_by_its_cause, &["everything_comes_back", "queries_agree_with_matches"]);
    let first_schema = Flaw { envelope: |event| event.schema_version = 1, ..SOUND };
    check(first_schema, &["everything_comes_back"]);
    let empty_is_none = Flaw {
        envelope: |event| {
            event.metadata.actor = event.metadata.actor.take().filter(|a| !a.is_empty())
        },
        ..SOUND
    };
    check(empty_is_none, &["everything_comes_back"]);
    let sorted_tags = Flaw { envelope: |event| event.metadata.tags.sort(), ..SOUND };
    check(sorted_tags, &["everything_comes_back"]);
    let trimmed =
        Flaw { envelope: |event| event.event_type = event.event_type.to_lowercase(), ..SOUND };
    check(trimmed, &["names_are_kept", "queries_agree_with_matches"]);
}

#[test]
fn metadata_lost_on_one_way_only_is_found() {
    let by_id = Flaw {
        by_id: |found| {
            let mut event = found?;
            event.metadata.trace = None;
            Some(event)
        },
        ..SOUND
    };
    check(by_id, &["everything_comes_back"]);
    let of_command = Flaw {
        of_command: |mut found| {
            found.iter_mut().for_each(|event| event.metadata.tags.clear());
            found
        },
        ..SOUND
    };
    check(of_command, &["everything_comes_back"]);
}

#[test]
fn payloads_written_anew_are_found() {
    let flaw = Flaw {
        envelope: |event| {
            if let Ok(json) = serde_json::from_slice::<serde_json::Value>(&event.data) {
                event.data = json.to_string().into_bytes();
            }
        },
        ..SOUND
    };
    check(flaw, &["payloads_are_kept_byte_for_byte"]);
}

#[test]
fn payloads_taken_for_text_are_found() {
    let flaw = Flaw {
        envelope: |event| event.data = String::from_utf8_lossy(&event.data).into_owned().into(),
        ..SOUND
    };
    check(flaw, &["payloads_are_kept_byte_for_byte"]);
}

#[test]
fn coarse_times_are_found() {
    let milliseconds = Flaw {
        envelope: |event| {
            event.metadata.occurred_at = event.metadata.occurred_at.trunc_subsecs(3);
        },
        ..SOUND
    };
    check(
        milliseconds,
        &[
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "a_full_append_is_accepted",
        ],
    );
}

#[test]
fn times_of_recording_that_are_too_fine_are_found() {
    let flaw = Flaw { envelope: |event| event.recorded_at += TimeDelta::nanoseconds(1), ..SOUND };
    check(
        flaw,
        &[
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "streams_are_listed",
        ],
    );
}

#[test]
fn names_that_differ_by_case_only_and_are_mixed_up_are_found() {
    let flaw = Flaw {
        stream: |stream| {
            let id = stream.id().to_lowercase();
            StreamId::new(stream.category().clone(), id).unwrap()
        },
        ..SOUND
    };
    check(
        flaw,
        &["names_are_kept", "streams_are_listed", "streams_are_selected_by_category_and_prefix"],
    );
}

#[test]
fn names_cut_at_a_length_are_found() {
    let flaw = Flaw {
        stream: |stream| {
            let id: String = stream.id().chars().take(255).collect();
            StreamId::new(stream.category().clone(), id).unwrap()
        },
        ..SOUND
    };
    check(flaw, &["names_are_kept"]);
}
