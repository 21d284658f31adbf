use super::{check, check_model, flaw::*};
use quadrille::{
    Append, AppendError, Appended, EventStore, ExpectedVersion, Version,
    store::{AppendAll, Capabilities, InvalidAppend},
};

#[test]
fn ignoring_the_expected_version_is_found() {
    let flaw = Flaw {
        append: |it, append| it.put(Append { expected: ExpectedVersion::Any, ..append }),
        ..SOUND
    };
    check(
        flaw,
        &[
            "a_refused_append_leaves_nothing",
            "expected_version_is_checked",
            "names_are_kept",
            "racing_handles_have_one_winner",
            "racing_appends_have_one_winner",
        ],
    );
    check_model(flaw);
}

#[test]
fn taking_exists_for_any_is_found() {
    let flaw = Flaw {
        append: |it, mut append| {
            if append.expected == ExpectedVersion::Exists {
                append.expected = ExpectedVersion::Any;
            }
            it.put(append)
        },
        ..SOUND
    };
    check(flaw, &["a_refused_append_leaves_nothing", "expected_version_is_checked"]);
}

#[test]
fn appending_half_a_refused_batch_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let half = append.events[..append.events.len() / 2].to_vec();
                let result = it.put(append.clone()).await;
                if let (Err(AppendError::Conflict { .. }), false) = (&result, half.is_empty()) {
                    let expected = ExpectedVersion::Any;
                    let half = Append { stream: append.stream, expected, events: half };
                    it.put(half).await?;
                }
                result
            })
        },
        ..SOUND
    };
    check(
        flaw,
        &[
            "a_refused_append_leaves_nothing",
            "expected_version_is_checked",
            "racing_handles_have_one_winner",
            "racing_appends_have_one_winner",
        ],
    );
    check_model(flaw);
}

#[test]
fn leaving_out_ids_that_are_taken_is_found() {
    let flaw = Flaw {
        append: |it, mut append| {
            Box::pin(async move {
                let result = it.put(append.clone()).await;
                if !matches!(result, Err(AppendError::IdReused { .. })) {
                    return result;
                }
                let mut new = Vec::new();
                for event in append.events {
                    if it.inner.event(event.id).await?.is_none() {
                        new.push(event);
                    }
                }
                append.events = new;
                it.put(append).await
            })
        },
        ..SOUND
    };
    check(flaw, &["a_refused_append_leaves_nothing", "a_reused_id_is_refused"]);
    check_model(flaw);
}

#[test]
fn forgetting_what_was_appended_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let (stream, expected) = (append.stream.clone(), append.expected);
                let receipt = it.put(append).await?;
                if receipt.repeated {
                    let actual = it.version(&stream).await;
                    return Err(AppendError::Conflict { stream, expected, actual });
                }
                Ok(receipt)
            })
        },
        ..SOUND
    };
    check(
        flaw,
        &[
            "handles_share_one_store",
            "what_was_acknowledged_survives_reopening",
            "racing_repeats_are_written_once",
            "the_same_append_twice_is_written_once",
        ],
    );
}

#[test]
fn looking_at_the_version_before_the_ids_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let actual = it.version(&append.stream).await;
                if !append.expected.allows(actual) && !append.events.is_empty() {
                    let (stream, expected) = (append.stream, append.expected);
                    return Err(AppendError::Conflict { stream, expected, actual });
                }
                it.put(append).await
            })
        },
        ..SOUND
    };
    check(
        flaw,
        &[
            "handles_share_one_store",
            "racing_repeats_are_written_once",
            "the_same_append_twice_is_written_once",
        ],
    );
    check_model(flaw);
}

#[test]
fn receipts_that_do_not_say_repeated_are_found() {
    let flaw = Flaw { receipt: |receipt| receipt.repeated = false, ..SOUND };
    check(
        flaw,
        &[
            "handles_share_one_store",
            "what_was_acknowledged_survives_reopening",
            "racing_repeats_are_written_once",
            "the_same_append_twice_is_written_once",
            "a_condition_on_tags_is_checked",
            "several_streams_twice_are_written_once",
        ],
    );
}

#[test]
fn receipts_that_count_from_zero_are_found() {
    let flaw = Flaw {
        receipt: |receipt| {
            receipt.first_version = Version(receipt.first_version.0 - 1);
            receipt.last_version = Version(receipt.last_version.0 - 1);
        },
        ..SOUND
    };
    check(
        flaw,
        &[
            "an_append_is_seen_at_once",
            "expected_version_is_checked",
            "versions_are_dense",
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "racing_appends_all_land_where_any_version_will_do",
            "racing_appends_have_one_winner",
            "the_same_append_twice_is_written_once",
            "several_streams_or_none",
        ],
    );
    check_model(flaw);
}

#[test]
fn accepting_nothing_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let stream = append.stream.clone();
                match it.put(append).await {
                    Err(AppendError::Invalid(InvalidAppend::Empty { .. })) => {
                        let version = it.version(&stream).await;
                        let head = it.inner.head().await?.expect("the case appended something");
                        Ok(Appended {
                            first_version: version,
                            last_version: version,
                            position: head.position,
                            repeated: true,
                        })
                    }
                    result => result,
                }
            })
        },
        ..SOUND
    };
    check(flaw, &["an_invalid_append_is_refused"]);
}

#[test]
fn cutting_large_appends_is_found() {
    let flaw = Flaw {
        append: |it, mut append| {
            append.events.truncate(100);
            it.put(append)
        },
        ..SOUND
    };
    check(flaw, &["a_full_append_is_accepted", "an_invalid_append_is_refused"]);
}

#[test]
fn ignoring_conditions_is_found() {
    let flaw = Flaw {
        append_all: |it, all| it.inner.append_all(AppendAll { unless: Vec::new(), ..all }),
        ..SOUND
    };
    check(flaw, &["a_condition_on_tags_is_checked", "a_tag_boundary_has_one_winner"]);
}

#[test]
fn conditions_that_forget_their_types_are_found() {
    let flaw = Flaw {
        append_all: |it, mut all| {
            all.unless.iter_mut().for_each(|unless| unless.types.clear());
            it.inner.append_all(all)
        },
        ..SOUND
    };
    check(flaw, &["a_condition_on_tags_is_checked"]);
}

#[test]
fn conditions_that_look_at_the_first_tag_only_are_found() {
    let flaw = Flaw {
        append_all: |it, mut all| {
            all.unless.iter_mut().for_each(|unless| unless.tags.truncate(1));
            it.inner.append_all(all)
        },
        ..SOUND
    };
    check(flaw, &["a_condition_on_tags_is_checked"]);
}

#[test]
fn appending_to_several_streams_one_by_one_is_found() {
    let flaw = Flaw {
        append_all: |it, all| {
            Box::pin(async move {
                LIMITS.check_all(&all)?;
                let mut receipts = Vec::new();
                for append in all.appends {
                    let (appends, unless) = (vec![append], all.unless.clone());
                    receipts.extend(it.inner.append_all(AppendAll { appends, unless }).await?);
                }
                Ok(receipts)
            })
        },
        ..SOUND
    };
    check(flaw, &["several_streams_or_none", "several_streams_twice_are_written_once"]);
}

#[test]
fn doing_what_is_not_offered_is_found() {
    let flaw = Flaw { capabilities: Capabilities::BASE, ..SOUND };
    check(flaw, &["what_is_not_offered_is_refused"]);
}

#[test]
fn losing_what_was_acknowledged_is_found() {
    let flaw = Flaw { reopen: |_| Broken::new(SOUND), ..SOUND };
    check(
        flaw,
        &[
            "handles_share_one_store",
            "no_event_is_skipped_across_handles",
            "racing_handles_have_one_winner",
            "what_was_acknowledged_survives_reopening",
        ],
    );
}
