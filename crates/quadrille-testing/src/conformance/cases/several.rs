use crate::conformance::{Fixture, race::race, sample::*};
use quadrille_core::{
    Append, AppendError, ExpectedVersion, NewEvent, Position, StoreError, StreamId, Tag,
    store::{AppendAll, Unless},
};

fn pair(expected: [ExpectedVersion; 2]) -> Vec<Append> {
    let names = ["order-1", "invoice-1"].into_iter().zip(expected);
    names.map(|(name, expected)| append(&stream(name), expected, events(2))).collect()
}

fn unless(types: &[&str], tags: &[Tag], after: Position) -> Unless {
    let types = types.iter().map(|name| (*name).to_owned()).collect();
    Unless { types, tags: tags.to_vec(), after }
}

/// One event in a stream of its own, under a condition.
fn guarded(event: NewEvent, unless: Vec<Unless>) -> AppendAll {
    let name = stream(&format!("order-{}", event.id));
    AppendAll { appends: vec![append(&name, ExpectedVersion::NoStream, [event])], unless }
}

async fn assert_all_refused(it: &Fixture, all: AppendAll, is_right: impl Fn(&AppendError) -> bool) {
    let before = log(&**it).await;
    let error = it.append_all(all).await.expect_err("an append that is to be refused");
    assert!(is_right(&error), "refused for another reason than expected: {error:?}");
    assert_eq!(log(&**it).await, before, "a refused append changed the log");
}

pub(super) async fn several_streams_or_none(it: Fixture) {
    use ExpectedVersion::{Any, Exists, NoStream};
    let all = AppendAll { appends: pair([NoStream, NoStream]), unless: vec![] };
    let receipts = it.append_all(all.clone()).await.unwrap();
    assert_eq!(receipts.len(), 2);
    for (receipt, append) in receipts.iter().zip(&all.appends) {
        let found = read_all(&*it, &append.stream).await;
        assert_eq!(ids(&found), new_ids(&append.events));
        assert_eq!((receipt.first_version.0, receipt.last_version.0), (1, 2));
        assert_eq!(receipt.position, found[1].position);
        assert!(!receipt.repeated);
    }
    let written = all.appends.iter().flat_map(|append| new_ids(&append.events));
    assert_eq!(ids(&log(&*it).await), written.collect::<Vec<_>>(), "in the order of the appends");
    let conflict = |error: &AppendError| matches!(error, AppendError::Conflict { .. });
    for expected in [[Any, NoStream], [NoStream, Any]] {
        let all = AppendAll { appends: pair(expected), unless: vec![] };
        assert_all_refused(&it, all, conflict).await;
    }
    let mut appends = pair([Exists, Exists]);
    appends.push(append(&stream("order-missing"), Exists, events(1)));
    assert_all_refused(&it, AppendAll { appends, unless: vec![] }, conflict).await;

    let invalid = |error: &AppendError| matches!(error, AppendError::Invalid(_));
    assert_all_refused(&it, AppendAll::default(), invalid).await;
    let mut appends = pair([Any, Any]);
    appends[1].stream = appends[0].stream.clone();
    assert_all_refused(&it, AppendAll { appends, unless: vec![] }, invalid).await;
    let mut appends = pair([Any, Any]);
    appends[1].events.clear();
    assert_all_refused(&it, AppendAll { appends, unless: vec![] }, invalid).await;
}

pub(super) async fn several_streams_twice_are_written_once(it: Fixture) {
    use ExpectedVersion::{Any, NoStream};
    let all = AppendAll { appends: pair([NoStream, NoStream]), unless: vec![] };
    let first = it.append_all(all.clone()).await.unwrap();
    put_new(&*it, &all.appends[0].stream, 1).await;
    let before = log(&*it).await;
    let again = it.append_all(all.clone()).await.unwrap();
    for (again, first) in again.iter().zip(&first) {
        assert!(again.repeated, "a receipt says that it is the first");
        assert_eq!((again.last_version, again.position), (first.last_version, first.position));
    }
    assert_eq!(log(&*it).await, before, "a repeated append was written again");

    let reused = |error: &AppendError| matches!(error, AppendError::IdReused { .. });
    for old in 0..2 {
        let mut appends = pair([Any, Any]);
        appends[old].events.clone_from(&all.appends[old].events);
        assert_all_refused(&it, AppendAll { appends, unless: vec![] }, reused).await;
    }
}

pub(super) async fn a_condition_on_tags_is_checked(it: Fixture) {
    let (alice, bob) = (Tag::new("user", "alice"), Tag::new("user", "bob"));
    let claim = |tags: &[Tag]| tagged("name.claimed", tags);
    let one = put(&*it, &stream("name-1"), [claim(std::slice::from_ref(&alice))]).await.position;
    let both = put(&*it, &stream("name-2"), [claim(&[alice.clone(), bob.clone()])]).await.position;
    let own = StreamId::framework("control").expect("a name");
    let hidden = put(&*it, &own, [tagged("control.asked", &[Tag::new("user", "carol")])]).await;

    let (a, ab) = (std::slice::from_ref(&alice), [alice.clone(), bob.clone()]);
    let failing = [
        (unless(&[], a, Position::START), vec![one, both]),
        (unless(&["name.claimed"], a, Position::START), vec![one, both]),
        (unless(&["other", "name.claimed"], a, one), vec![both]),
        (unless(&[], &ab, Position::START), vec![both]),
        (unless(&[], &[Tag::new("user", "carol")], Position::START), vec![hidden.position]),
    ];
    for (condition, matching) in failing {
        let is_right = |error: &AppendError| match error {
            AppendError::ConditionFailed { found } => matching.contains(found),
            _ => false,
        };
        let harmless = unless(&[], &[Tag::new("user", "nobody")], Position::START);
        let all = guarded(claim(a), vec![harmless, condition]);
        assert_all_refused(&it, all, is_right).await;
    }
    let passing = [
        unless(&[], a, both),
        unless(&["other"], a, Position::START),
        unless(&[], &[alice, Tag::new("user", "nobody")], Position::START),
        unless(&[], &[Tag::new("user", "ALICE")], Position::START),
        unless(&[], &[Tag::new("alice", "user")], Position::START),
    ];
    for condition in passing {
        let all = guarded(event("name.released"), vec![condition.clone()]);
        let first = it.append_all(all.clone()).await;
        let first = first.unwrap_or_else(|error| panic!("under {condition:?}: {error:?}"));
        let again = it.append_all(all).await.expect("the first receipt");
        assert_eq!((again[0].repeated, again[0].position), (true, first[0].position));
    }
    let invalid = |error: &AppendError| matches!(error, AppendError::Invalid(_));
    let untagged = guarded(event("name.claimed"), vec![unless(&[], &[], Position::START)]);
    assert_all_refused(&it, untagged, invalid).await;
}

pub(super) async fn a_tag_boundary_has_one_winner(it: Fixture) {
    for round in 0..10 {
        let seat = Tag::new("seat", round);
        let after = it.head().await.unwrap().map_or(Position::START, |head| head.position);
        let results = race(16, |_| {
            let taken = tagged("seat.taken", std::slice::from_ref(&seat));
            let condition = unless(&["seat.taken"], std::slice::from_ref(&seat), after);
            let (store, all) = (it.handle(), guarded(taken, vec![condition]));
            async move { store.append_all(all).await }
        })
        .await;
        let won = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "winners of 16 racing appends on one tag");
        let lost = |r: &Result<_, _>| matches!(r, Err(AppendError::ConditionFailed { .. }));
        assert_eq!(results.iter().filter(|result| lost(result)).count(), 15, "{results:?}");
    }
    assert_eq!(log(&*it).await.len(), 10, "losers left events");
}

pub(super) async fn what_is_not_offered_is_refused(it: Fixture) {
    let unsupported =
        |error: &AppendError| matches!(error, AppendError::Store(StoreError::Unsupported { .. }));
    if !it.capabilities().several_streams {
        let appends = pair([ExpectedVersion::Any, ExpectedVersion::Any]);
        assert_all_refused(&it, AppendAll { appends, unless: vec![] }, unsupported).await;
    }
    if !it.capabilities().tag_conditions {
        let condition = unless(&[], &[Tag::new("user", "alice")], Position::START);
        assert_all_refused(&it, guarded(event("name.claimed"), vec![condition]), unsupported).await;
    }
}
