use crate::conformance::{Fixture, sample::*};
use quadrille_core::{
    AppendError, CommandId, CommandStamp, ExpectedVersion, Position, Query, Version,
    store::{Direction, StreamFilter},
};

pub(super) async fn versions_are_dense(it: Fixture) {
    let (one, other) = (stream("order-1"), stream("order-2"));
    let mut written = 0;
    for count in [1, 3, 2, 5] {
        let receipt = put(&*it, &one, events(count)).await;
        assert_eq!(receipt.first_version, Version(written + 1));
        assert_eq!(receipt.last_version, Version(written + count as u64));
        assert!(!receipt.repeated, "a first append is said to be repeated");
        put_new(&*it, &other, 2).await;
        written += count as u64;
    }
    let versions: Vec<u64> = read_all(&*it, &one).await.iter().map(|e| e.version.0).collect();
    assert_eq!(versions, (1..=written).collect::<Vec<_>>());
}

pub(super) async fn positions_rise(it: Fixture) {
    let (one, other) = (stream("order-1"), stream("order-2"));
    let mut written = Vec::new();
    let mut last = Position::START;
    for count in [3, 1, 4] {
        for name in [&one, &other] {
            let new = events(count);
            let receipt = put(&*it, name, new.clone()).await;
            assert!(receipt.position > last, "{} came after {last}", receipt.position);
            assert!(receipt.position < Position::END);
            last = receipt.position;
            let found = read_all(&*it, name).await;
            assert_eq!(found.last().map(|event| event.position), Some(last));
            written.extend(new_ids(&new));
        }
    }
    let log = log(&*it).await;
    assert_eq!(ids(&log), written, "the log is not in the order of the appends");
    assert!(log.is_sorted_by(|a, b| a.position < b.position), "positions do not rise");
    assert!(log[0].position > Position::START, "nothing lies at the start itself");
}

pub(super) async fn expected_version_is_checked(it: Fixture) {
    use ExpectedVersion::{Any, Exact, Exists, NoStream};
    let all = [
        NoStream,
        Exact(Version(0)),
        Exact(Version(1)),
        Exact(Version(2)),
        Exact(Version(3)),
        Exact(Version(u64::MAX)),
        Exists,
        Any,
    ];
    for (n, expected) in all.into_iter().enumerate() {
        for actual in [0, 2] {
            let name = stream(&format!("order-{n}-{actual}"));
            if actual > 0 {
                put_new(&*it, &name, actual).await;
            }
            let actual = Version(actual as u64);
            let new = append(&name, expected, events(2));
            if expected.allows(actual) {
                let receipt = it.append(new).await;
                let receipt = receipt.unwrap_or_else(|e| panic!("{expected} at {actual}: {e:?}"));
                assert_eq!(receipt.last_version, actual.after(2));
                continue;
            }
            let is_right = |error: &AppendError| match error {
                AppendError::Conflict { stream, expected: e, actual: a } => {
                    (stream, *e, *a) == (&name, expected, actual)
                }
                _ => false,
            };
            assert_leaves_nothing(&*it, new, is_right).await;
        }
    }
}

pub(super) async fn a_refused_append_leaves_nothing(it: Fixture) {
    let name = stream("order-1");
    let taken = put_new(&*it, &name, 2).await;
    put_new(&*it, &stream("order-2"), 1).await;
    let conflict = |error: &AppendError| matches!(error, AppendError::Conflict { .. });
    let stale = ExpectedVersion::Exact(Version(1));
    assert_leaves_nothing(&*it, append(&name, stale, events(3)), conflict).await;
    let missing = stream("order-3");
    assert_leaves_nothing(&*it, append(&missing, ExpectedVersion::Exists, events(3)), conflict)
        .await;

    let reused = |error: &AppendError| matches!(error, AppendError::IdReused { .. });
    for place in 0..3 {
        let mut new = events(2);
        new.insert(place, taken[0].clone());
        assert_leaves_nothing(&*it, append(&name, ExpectedVersion::Any, new), reused).await;
    }

    let invalid = |error: &AppendError| matches!(error, AppendError::Invalid(_));
    let mut new = events(3);
    new[2].event_type = "$reserved".into();
    assert_leaves_nothing(&*it, append(&name, ExpectedVersion::Any, new), invalid).await;
}

pub(super) async fn an_append_is_seen_at_once(it: Fixture) {
    let name = stream("order-1");
    for n in 0..20 {
        let command = CommandStamp::new(CommandId::new(), "order.place", b"{}");
        let mut new = event("order.placed");
        new.metadata.command = Some(command.clone());
        let receipt = put(&*it, &name, [new.clone()]).await;
        let (last, start) = (Version(n), Position(receipt.position.0 - 1));
        let by_stream = it.read_stream(&name, last, Direction::Forward, 9).await.unwrap();
        let by_log = it.read(&Query::all(), start, Direction::Forward, 9).await.unwrap();
        let by_command = it.events_of_command(&name, command.id).await.unwrap();
        for (how, found) in [("stream", by_stream), ("log", by_log.events), ("command", by_command)]
        {
            assert_eq!(ids(&found), [new.id], "read by {how} right after append {n}");
        }
        assert_eq!(it.head().await.unwrap().map(|head| head.event), Some(new.id));
        assert!(it.event(new.id).await.unwrap().is_some(), "found by its id");
        assert!(it.event_at(receipt.position).await.unwrap().is_some(), "found by its position");
        let listed = it.streams(&StreamFilter::default(), None, 9).await.unwrap();
        assert_eq!(listed[0].version, receipt.last_version);
    }
}
