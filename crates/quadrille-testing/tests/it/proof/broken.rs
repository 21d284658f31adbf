use crate::broken::flaw::{Broken, Flaw, SHORT, SOUND};
use quadrille::{
    Append, EventStore, ExpectedVersion, Position,
    store::{AppendAll, Place},
};
use quadrille_testing::conformance::{Findings, Fixture, Proof};
use std::time::Duration;
use tokio::time::sleep;

fn findings(flaw: Flaw) -> Findings {
    let open = || async {
        let store = Broken::new(flaw);
        let same = store.clone();
        let fixture = Fixture::new(store).patience(flaw.patience);
        fixture.reopened_by(move || std::future::ready(same.clone()))
    };
    Proof::new().events(4_000).seeds(1..11).findings(open)
}

/// The proof finds this flaw, and says so in these words.
fn check(flaw: Flaw, words: &str) -> Findings {
    let found = findings(flaw);
    let says_so = found.problems.iter().any(|problem| problem.contains(words));
    assert!(says_so, "{words:?} is not in {:?}", found.problems);
    found
}

#[test]
fn the_store_below_the_flaws_is_sound() {
    let found = findings(SOUND);
    assert!(found.problems.is_empty(), "{:?}", found.problems);
}

/// Events that take their place now and are seen later, in the page and at the head.
const LATE: Flaw = Flaw {
    append: |it, append| {
        Box::pin(async move {
            let ids: Vec<_> = append.events.iter().map(|event| event.id).collect();
            if it.inner.event(ids[0]).await?.is_none() {
                it.hidden.lock().unwrap().extend(&ids);
            }
            let receipt = it.put(append).await;
            sleep(Duration::from_millis(1)).await;
            it.hidden.lock().unwrap().retain(|id| !ids.contains(id));
            receipt
        })
    },
    ..SOUND
};

#[test]
fn reading_past_a_gap_that_fills_later_is_found() {
    assert!(check(LATE, "skipped").skipped > 0);
}

#[test]
fn a_head_above_what_commits_later_is_found() {
    check(LATE, "was the head, and from");
}

#[test]
fn an_append_below_what_was_handed_out_is_found() {
    let flaw = Flaw {
        head: |_, head| {
            let ahead = |at: Place| Place { position: Position(at.position.0 + 5), ..at };
            Box::pin(std::future::ready(head.map(ahead)))
        },
        ..SOUND
    };
    check(flaw, "and readers were at");
}

#[test]
fn a_page_in_another_order_is_found() {
    let flaw = Flaw {
        page: |_, ask, mut page| {
            if ask.limit < 10 {
                page.events.reverse();
            }
            Box::pin(std::future::ready(page))
        },
        ..SOUND
    };
    check(flaw, "in another order");
}

#[test]
fn a_page_that_ends_before_the_head_is_found() {
    let flaw = Flaw {
        patience: SHORT,
        page: |_, ask, mut page| {
            Box::pin(async move {
                // Only what was selected counts as looked at.
                if !ask.query.types.is_empty() {
                    page.through = page.events.last().map(Into::into);
                    page.more &= page.through.is_some();
                }
                page
            })
        },
        ..SOUND
    };
    check(flaw, "and the log ends at");
}

#[test]
fn an_event_that_comes_twice_is_found() {
    let flaw = Flaw {
        page: |it, ask, mut page| {
            Box::pin(async move {
                let again = it.inner.event_at(ask.from).await.unwrap();
                if ask.limit > 1 && ask.query == &quadrille::Query::all() {
                    page.events.splice(..0, again.filter(|event| ask.query.matches(event)));
                }
                page
            })
        },
        ..SOUND
    };
    check(flaw, "events again");
}

#[test]
fn an_append_that_is_acknowledged_and_lost_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let lost = append.events[0].id;
                let receipt = it.put(append).await?;
                if receipt.last_version.0 == 20 {
                    it.hidden.lock().unwrap().insert(lost);
                }
                Ok(receipt)
            })
        },
        ..SOUND
    };
    check(flaw, "is lost");
}

#[test]
fn a_part_of_a_refused_append_is_found() {
    let flaw = Flaw {
        append_all: |it, all| {
            Box::pin(async move {
                let first = all.appends[0].clone();
                let answer = it.inner.append_all(all).await;
                if answer.is_err() && it.inner.event(first.events[0].id).await?.is_none() {
                    it.put(Append { expected: ExpectedVersion::Any, ..first }).await?;
                }
                answer
            })
        },
        ..SOUND
    };
    check(flaw, "was refused and left");
}

#[test]
fn a_lost_answer_that_is_tried_under_another_name_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let again = AppendAll { appends: vec![append.clone()], unless: vec![] };
                let receipt = it.put(append).await?;
                if receipt.last_version.0.is_multiple_of(10) && !receipt.repeated {
                    let mut other = again.appends.into_iter().next().expect("there is one");
                    other.events.iter_mut().for_each(|event| event.id = quadrille::EventId::new());
                    other.expected = ExpectedVersion::Any;
                    it.put(other).await?;
                }
                Ok(receipt)
            })
        },
        ..SOUND
    };
    check(flaw, "nobody appended");
}

#[test]
fn a_receipt_for_another_place_is_found() {
    let flaw =
        Flaw { receipt: |receipt| receipt.position = Position(receipt.position.0 + 1), ..SOUND };
    check(flaw, "its receipt is");
}
