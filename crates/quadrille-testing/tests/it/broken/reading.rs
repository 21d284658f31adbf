use super::{check, flaw::*};
use futures_util::FutureExt;
use quadrille::{
    Envelope, EventStore, Position, Query, Version,
    store::{Direction, Place, StreamFilter},
};

const PAYLOADS: &str = "payloads_are_those_of_the_stream";

fn last(events: &[Envelope]) -> Option<Place> {
    events.last().map(Place::from)
}

#[test]
fn streams_read_from_the_wrong_place_are_found() {
    let inclusive = Flaw {
        bounds: |from, direction, limit| match direction {
            Direction::Forward => (from, limit),
            Direction::Backward => (Version(from.0.saturating_add(1)), limit),
        },
        ..SOUND
    };
    check(inclusive, &["a_stream_reads_both_ways"]);
    let signed = Flaw {
        bounds: |from, _, limit| (Version(from.0.cast_signed().max(0).cast_unsigned()), limit),
        ..SOUND
    };
    check(
        signed,
        &[
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "a_stream_reads_both_ways",
            PAYLOADS,
        ],
    );
    let narrow = Flaw { bounds: |from, _, limit| (from, limit.wrapping_add(1) & 0xffff), ..SOUND };
    check(
        narrow,
        &[
            "positions_rise",
            "versions_are_dense",
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "a_command_is_found_by_its_id",
            "the_head_is_the_last_event",
            "handles_share_one_store",
            "racing_handles_have_one_winner",
            "a_full_append_is_accepted",
            "a_stream_reads_both_ways",
            PAYLOADS,
            "framework_streams_are_hidden",
            "racing_appends_all_land_where_any_version_will_do",
            "racing_appends_have_one_winner",
            "racing_repeats_are_written_once",
            "several_streams_or_none",
            "streams_are_listed",
        ],
    );
    let bounded = Flaw { bounds: |from, _, limit| (from, limit.min(100)), ..SOUND };
    check(
        bounded,
        &[
            "a_full_append_is_accepted",
            PAYLOADS,
            "racing_appends_all_land_where_any_version_will_do",
        ],
    );
}

#[test]
fn payloads_that_are_not_those_of_the_stream_are_found() {
    let without_the_last = Flaw { payloads: |events| drop(events.pop()), ..SOUND };
    check(without_the_last, &[PAYLOADS]);
    let of_one_type = Flaw {
        payloads: |events| {
            let first = events.first().map(|event| event.event_type.clone());
            events.iter_mut().for_each(|event| event.event_type = first.clone().unwrap());
        },
        ..SOUND
    };
    check(of_one_type, &[PAYLOADS]);
    let shuffled = Flaw { payloads: |events| events.reverse(), ..SOUND };
    check(shuffled, &[PAYLOADS]);
}

#[test]
fn a_wrong_head_is_found() {
    let lagging = Flaw {
        head: |it, head| {
            async move {
                let from = head?.position;
                let before =
                    it.inner.read(&Query::everything(), from, Direction::Backward, 1).await;
                last(&before.unwrap().events)
            }
            .boxed()
        },
        ..SOUND
    };
    check(
        lagging,
        &["an_append_is_seen_at_once", "the_head_is_the_last_event", "a_waiting_reader_is_woken"],
    );
    let without_framework = Flaw {
        head: |it, _| {
            async move {
                let end = Position::END;
                let page = it.inner.read(&Query::all(), end, Direction::Backward, 1).await;
                last(&page.unwrap().events)
            }
            .boxed()
        },
        ..SOUND
    };
    check(without_framework, &["the_head_is_the_last_event"]);
}

#[test]
fn finding_the_next_event_instead_of_none_is_found() {
    let flaw = Flaw {
        event_at: |it, at| {
            async move {
                let from = Position(at.0.saturating_sub(1));
                let page = it.inner.read(&Query::everything(), from, Direction::Forward, 1).await;
                page.unwrap().events.pop()
            }
            .boxed()
        },
        ..SOUND
    };
    check(flaw, &["an_event_is_found_by_its_place"]);
}

#[test]
fn forgetting_commands_is_found() {
    check(
        Flaw { of_command: |_| Vec::new(), ..SOUND },
        &["an_append_is_seen_at_once", "everything_comes_back", "a_command_is_found_by_its_id"],
    );
    let first_only = Flaw {
        of_command: |mut found| {
            found.truncate(1);
            found
        },
        ..SOUND
    };
    check(first_only, &["everything_comes_back", "a_command_is_found_by_its_id"]);
    let backward = Flaw {
        of_command: |mut found| {
            found.reverse();
            found
        },
        ..SOUND
    };
    check(backward, &["a_command_is_found_by_its_id"]);
}

#[test]
fn a_store_that_finds_no_ids_is_found() {
    let flaw = Flaw { by_id: |_| None, ..SOUND };
    check(
        flaw,
        &[
            "a_refused_append_leaves_nothing",
            "an_append_is_seen_at_once",
            "everything_comes_back",
            "names_are_kept",
            "payloads_are_kept_byte_for_byte",
            "times_are_kept_to_the_microsecond",
            "an_event_is_found_by_its_id",
            "a_reused_id_is_refused",
        ],
    );
}

#[test]
fn wrong_lists_of_streams_are_found() {
    let unsorted = Flaw { listed: |_, _, listed| listed.reverse(), ..SOUND };
    check(unsorted, &["streams_are_listed", "streams_are_selected_by_category_and_prefix"]);
    let with_framework =
        Flaw { filter: |filter| StreamFilter { framework: true, ..filter.clone() }, ..SOUND };
    check(with_framework, &["streams_are_selected_by_category_and_prefix"]);
    let any_prefix = Flaw {
        filter: |filter| StreamFilter { id_prefix: String::new(), ..filter.clone() },
        ..SOUND
    };
    check(any_prefix, &["streams_are_selected_by_category_and_prefix"]);
    let any_case = Flaw {
        filter: |filter| StreamFilter {
            id_prefix: filter.id_prefix.to_lowercase(),
            ..filter.clone()
        },
        ..SOUND
    };
    check(any_case, &["streams_are_selected_by_category_and_prefix"]);
    let stale = Flaw {
        listed: |_, _, listed| listed.iter_mut().for_each(|info| info.version = Version(1)),
        ..SOUND
    };
    check(stale, &["an_append_is_seen_at_once", "streams_are_listed"]);
}

#[test]
fn a_reader_that_is_never_woken_is_found() {
    check(
        Flaw { patience: SHORT, wakes: |_| std::future::pending().boxed(), ..SOUND },
        &["a_waiting_reader_is_woken"],
    );
}
