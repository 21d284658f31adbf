use super::following::follow_traffic;
use crate::conformance::{Fixture, race::race, sample::*};
use quadrille_core::{AppendError, ExpectedVersion, Version};

pub(super) async fn what_was_acknowledged_survives_reopening(it: Fixture) {
    let id = it.id();
    let mut last = None;
    for n in 0..10 {
        let new = append(&stream(&format!("order-{}", n % 3)), ExpectedVersion::Any, events(n + 1));
        let receipt = it.append(new.clone()).await.unwrap();
        last = Some((new, receipt));
    }
    let (last, receipt) = last.expect("something was appended");
    let (before, head) = (log(&*it).await, it.head().await.unwrap());

    let it = it.reopened().await;
    assert_eq!(it.id(), id, "the store's identity changed");
    assert_eq!(log(&*it).await, before, "the log changed");
    assert_eq!(it.head().await.unwrap(), head, "the head changed");
    let again = it.append(last.clone()).await.unwrap();
    assert!(again.repeated, "an append from before is written again");
    assert_eq!((again.last_version, again.position), (receipt.last_version, receipt.position));
    let next = put(&*it, &last.stream, events(1)).await;
    assert_eq!(next.first_version, receipt.last_version.next());
    assert!(next.position > receipt.position, "positions begin anew");
}

pub(super) async fn handles_share_one_store(it: Fixture) {
    let second = it.second().await;
    assert_eq!(it.id(), second.id());
    let name = stream("order-1");
    for n in 0..10 {
        let (writer, reader) = if n % 2 == 0 { (&*it, &*second) } else { (&*second, &*it) };
        let new = append(&name, ExpectedVersion::at(Version(n)), events(1));
        writer.append(new.clone()).await.expect("the version that the other handle left");
        let found = read_all(reader, &name).await;
        assert_eq!(found.last().map(|event| event.id), Some(new.events[0].id));
        assert!(reader.append(new).await.expect("a receipt").repeated, "ids are shared too");
    }
}

pub(super) async fn racing_handles_have_one_winner(it: Fixture) {
    let handles = [it.handle(), it.second().await];
    for round in 0..10 {
        let name = stream(&format!("order-{round}"));
        let results = race(8, |n| {
            let (store, name) = (handles[n % 2].clone(), name.clone());
            async move { store.append(append(&name, ExpectedVersion::NoStream, events(2))).await }
        })
        .await;
        let won = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(won, 1, "of 8 racing appends from two handles");
        let lost = |result: &Result<_, _>| matches!(result, Err(AppendError::Conflict { .. }));
        assert_eq!(results.iter().filter(|result| lost(result)).count(), 7, "{results:?}");
        assert_eq!(read_all(&*it, &name).await.len(), 2);
    }
}

pub(super) async fn no_event_is_skipped_across_handles(it: Fixture) {
    let (second, third) = (it.second().await, it.second().await);
    follow_traffic(&it, vec![it.handle(), second, third]).await;
}
