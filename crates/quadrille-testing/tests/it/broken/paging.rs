use super::{check, check_model, flaw::*};
use futures_util::FutureExt;
use quadrille::{
    EventStore, Position, Query,
    store::{Direction, Place},
};

/// A flaw of the pages that are read from the log.
macro_rules! page {
    (|$it:ident, $ask:ident, $page:ident| $change:expr) => {
        Flaw {
            page: |$it, $ask, mut $page| {
                async move {
                    let _ = (&$it, &$ask);
                    $change;
                    $page
                }
                .boxed()
            },
            ..SOUND
        }
    };
}

#[test]
fn pages_in_the_wrong_order_are_found() {
    let flaw = page!(|it, ask, page| page.events.reverse());
    check(
        flaw,
        &[
            "positions_rise",
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
            "several_streams_or_none",
        ],
    );
    check_model(flaw);
}

#[test]
fn backward_pages_in_forward_order_are_found() {
    let flaw = page!(|it, ask, page| if ask.direction == Direction::Backward {
        page.events.reverse();
    });
    check(flaw, &["a_page_says_how_far_it_looked", "pages_meet", "queries_agree_with_matches"]);
}

#[test]
fn events_repeated_between_pages_are_found() {
    let flaw = page!(|it, ask, page| if page.more && page.events.len() > 1 {
        page.through = page.events.iter().rev().nth(1).map(Place::from);
    });
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
    check_model(flaw);
}

#[test]
fn events_lost_between_pages_are_found() {
    let flaw = page!(|it, ask, page| if page.more && page.events.len() > 1 {
        page.events.pop();
    });
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
}

#[test]
fn stopping_at_a_full_page_is_found() {
    let flaw = page!(|it, ask, page| page.more = false);
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
    check_model(flaw);
}

#[test]
fn saying_more_without_a_way_on_is_found() {
    let flaw = page!(|it, ask, page| if page.more && page.events.len() == 1 {
        page.through = None;
    });
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
        ],
    );
}

#[test]
fn looking_no_further_than_what_is_selected_is_found() {
    let flaw = page!(|it, ask, page| if !page.more {
        page.through = page.events.last().map(Place::from);
    });
    check(flaw, &["a_page_says_how_far_it_looked", "queries_agree_with_matches"]);
    check_model(flaw);
}

#[test]
fn looking_past_what_was_returned_is_found() {
    let flaw = page!(|it, ask, page| if page.more && ask.direction == Direction::Forward {
        page.through = it.inner.head().await.unwrap();
    });
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
}

#[test]
fn more_events_than_asked_for_are_found() {
    let flaw = page!(|it, ask, page| if page.more {
        let (query, limit) = ((ask.query).clone(), ask.limit + 1);
        page = it.inner.read(&query, ask.from, ask.direction, limit).await.unwrap();
    });
    check(flaw, &["a_page_says_how_far_it_looked", "queries_agree_with_matches"]);
}

#[test]
fn places_beyond_which_nothing_was_read_are_found() {
    let flaw = page!(|it, ask, page| if let Some(through) = &mut page.through {
        through.position = Position(through.position.0 + 1);
    });
    check(
        flaw,
        &[
            "no_event_is_skipped",
            "no_event_is_skipped_across_handles",
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
}

#[test]
fn queries_that_are_read_wrongly_are_found() {
    let check_query = |query| check(Flaw { query, ..SOUND }, &["queries_agree_with_matches"]);
    check_query(|query| Query { causation: None, ..query.clone() });
    check_query(|query| Query { correlation: None, ..query.clone() });
    check_query(|query| Query { types: first(&query.types), ..query.clone() });
    check_query(|query| Query { categories: first(&query.categories), ..query.clone() });
    check_query(|query| Query { tags: first(&query.tags), ..query.clone() });
    check_query(|query| match &query.stream {
        Some(stream) => Query::all().stream(stream.clone()),
        None => query.clone(),
    });
}

fn first<T: Clone>(all: &[T]) -> Vec<T> {
    all.iter().take(1).cloned().collect()
}

#[test]
fn hiding_nothing_is_found() {
    let flaw = Flaw { query: |query| Query { framework: true, ..query.clone() }, ..SOUND };
    check(
        flaw,
        &[
            "a_page_says_how_far_it_looked",
            "pages_meet",
            "framework_streams_are_hidden",
            "queries_agree_with_matches",
        ],
    );
    check_model(flaw);
}

#[test]
fn hiding_too_much_is_found() {
    let named = page!(|it, ask, page| if !ask.query.framework {
        page.events.retain(|event| !event.stream.category().is_framework());
    });
    check(named, &["framework_streams_are_hidden", "queries_agree_with_matches"]);
    let by_prefix = page!(|it, ask, page| if ask.query.hides_framework() {
        page.events.retain(|event| !event.stream.to_string().starts_with("quadrille"));
    });
    check(by_prefix, &["framework_streams_are_hidden"]);
    let empty = page!(|it, ask, page| page.events.retain(|event| !event.data.is_empty()));
    check(empty, &["payloads_are_kept_byte_for_byte"]);
}
