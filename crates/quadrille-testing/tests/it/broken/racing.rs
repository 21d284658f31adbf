use super::{check_racing, flaw::*};
use quadrille::{
    Append, AppendError, EventStore, ExpectedVersion, Position, Query,
    store::{AppendAll, Direction},
};
use tokio::task::yield_now;

/// Lets the others run.
async fn dawdle() {
    for _ in 0..20 {
        yield_now().await;
    }
}

#[test]
fn handing_out_places_past_a_gap_that_fills_later_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let ids: Vec<_> = append.events.iter().map(|event| event.id).collect();
                it.hidden.lock().unwrap().extend(&ids);
                let receipt = it.put(append).await;
                dawdle().await;
                it.hidden.lock().unwrap().retain(|id| !ids.contains(id));
                receipt
            })
        },
        ..SOUND
    };
    check_racing(flaw, &["no_event_is_skipped", "no_event_is_skipped_across_handles"]);
}

#[test]
fn checking_the_version_before_the_write_is_found() {
    let flaw = Flaw {
        append: |it, mut append| {
            Box::pin(async move {
                let (stream, expected) = (append.stream.clone(), append.expected);
                let actual = it.version(&stream).await;
                let known = it.inner.event(
                    append.events.first().map_or_else(quadrille::EventId::new, |event| event.id),
                );
                if known.await?.is_none() && !expected.allows(actual) {
                    LIMITS.check(&append)?;
                    return it.put(append).await;
                }
                dawdle().await;
                append.expected = ExpectedVersion::Any;
                it.put(append).await
            })
        },
        ..SOUND
    };
    check_racing(flaw, &["racing_appends_have_one_winner", "racing_handles_have_one_winner"]);
}

#[test]
fn checking_a_condition_before_the_write_is_found() {
    let flaw = Flaw {
        append_all: |it, all| {
            Box::pin(async move {
                for unless in &all.unless {
                    let query = Query {
                        types: unless.types.clone(),
                        tags: unless.tags.clone(),
                        ..Query::everything()
                    };
                    let page = it.inner.read(&query, unless.after, Direction::Forward, 1).await?;
                    if !page.events.is_empty() {
                        return it.inner.append_all(all).await;
                    }
                }
                LIMITS.check_all(&all)?;
                dawdle().await;
                it.inner.append_all(AppendAll { unless: Vec::new(), ..all }).await
            })
        },
        ..SOUND
    };
    check_racing(flaw, &["a_tag_boundary_has_one_winner"]);
}

#[test]
fn writing_the_events_of_an_append_one_by_one_is_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let Append { stream, mut expected, events } = append.clone();
                let known = it.inner.event(match events.first() {
                    Some(event) => event.id,
                    None => return it.put(append).await,
                });
                if known.await?.is_some() {
                    return it.put(append).await;
                }
                let mut receipts = Vec::new();
                for event in events {
                    let one = Append { stream: stream.clone(), expected, events: vec![event] };
                    receipts.push(it.put(one).await?);
                    expected = ExpectedVersion::Any;
                    yield_now().await;
                }
                let mut receipt = receipts.pop().expect("at least one event was written");
                let first = receipts.first().unwrap_or(&receipt);
                receipt.first_version = first.first_version;
                Ok(receipt)
            })
        },
        ..SOUND
    };
    check_racing(
        flaw,
        &["an_append_is_seen_whole", "racing_appends_all_land_where_any_version_will_do"],
    );
}

#[test]
fn repeats_that_race_and_are_refused_are_found() {
    let flaw = Flaw {
        append: |it, append| {
            Box::pin(async move {
                let (stream, expected) = (append.stream.clone(), append.expected);
                let was_there = match append.events.first() {
                    Some(event) => it.inner.event(event.id).await?.is_some(),
                    None => false,
                };
                dawdle().await;
                let receipt = it.put(append).await?;
                if receipt.repeated && !was_there {
                    let actual = receipt.last_version;
                    return Err(AppendError::Conflict { stream, expected, actual });
                }
                Ok(receipt)
            })
        },
        ..SOUND
    };
    check_racing(flaw, &["racing_repeats_are_written_once"]);
}

#[test]
fn reading_one_append_behind_is_found() {
    let flaw = Flaw {
        patience: SHORT,
        page: |it, ask, mut page| {
            Box::pin(async move {
                let head = it.inner.head().await.unwrap().map(|head| head.position);
                let is_behind = |at: Position| Some(at) != head;
                page.events.retain(|event| is_behind(event.position));
                let through = page.through.filter(|through| is_behind(through.position));
                page.through = through.or(page.events.last().map(Into::into));
                page.more &= ask.direction == Direction::Backward || page.through.is_some();
                page
            })
        },
        ..SOUND
    };
    check_racing(flaw, &["an_append_is_seen_at_once", "pages_meet"]);
}
