use crate::conformance::{Fixture, race::race, sample::*};
use quadrille_core::{AppendError, Appended, ExpectedVersion, Version};
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};
use tokio::task::yield_now;

const RACERS: usize = 16;

pub(super) async fn racing_appends_have_one_winner(it: Fixture) {
    let name = stream("order-1");
    for round in 0..20 {
        let expected = ExpectedVersion::at(Version(round * 3));
        let results = race(RACERS, |_| {
            let (store, new) = (it.handle(), append(&name, expected, events(3)));
            async move { (new_ids(&new.events), store.append(new).await) }
        })
        .await;
        let won: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).collect();
        assert_eq!(won.len(), 1, "winners of {RACERS} appends that expect {expected}");
        for (_, result) in &results {
            match result {
                Ok(receipt) => assert_eq!(receipt.last_version, Version(round * 3 + 3)),
                Err(AppendError::Conflict { actual, .. }) => {
                    assert_eq!(*actual, Version(round * 3 + 3));
                }
                Err(error) => panic!("an append that lost says {error:?}"),
            }
        }
        let found = read_all(&*it, &name).await;
        assert_eq!(ids(&found)[round as usize * 3..], won[0].0, "the events are the winner's");
    }
}

pub(super) async fn racing_appends_all_land_where_any_version_will_do(it: Fixture) {
    let name = stream("order-1");
    let results = race(RACERS, |n| {
        let (store, name) = (it.handle(), name.clone());
        async move {
            let mut receipts: Vec<(Vec<_>, Appended)> = Vec::new();
            for _ in 0..10 {
                let new = events(1 + n % 3);
                receipts.push((new_ids(&new), put(&*store, &name, new).await));
            }
            receipts
        }
    })
    .await;
    let found = read_all(&*it, &name).await;
    let dense = found.iter().zip(1..).all(|(event, version)| event.version == Version(version));
    assert!(dense, "versions are not dense");
    assert!(found.is_sorted_by(|a, b| a.position < b.position), "positions do not rise");
    let mut count = 0;
    for (written, receipt) in results.into_iter().flatten() {
        count += written.len();
        let (first, last) = (receipt.first_version.0 as usize, receipt.last_version.0 as usize);
        assert_eq!(ids(&found[first - 1..last]), written, "an append's events lie together");
        assert_eq!(found[last - 1].position, receipt.position);
    }
    assert_eq!(found.len(), count, "every append landed once");
}

pub(super) async fn racing_repeats_are_written_once(it: Fixture) {
    let name = stream("order-1");
    for round in 0..10 {
        let new = append(&name, ExpectedVersion::at(Version(round * 2)), events(2));
        let receipts = race(RACERS, |_| {
            let (store, new) = (it.handle(), new.clone());
            async move { store.append(new).await }
        })
        .await;
        let receipts: Vec<Appended> =
            receipts.into_iter().map(|receipt| receipt.expect("a receipt")).collect();
        let first = receipts.iter().filter(|receipt| !receipt.repeated).count();
        assert_eq!(first, 1, "first receipts of {RACERS} repeats");
        let same = |receipt: &Appended| Appended { repeated: false, ..receipt.clone() };
        assert!(receipts.iter().all(|receipt| same(receipt) == same(&receipts[0])));
        assert_eq!(read_all(&*it, &name).await.len() as u64, round * 2 + 2);
    }
}

pub(super) async fn an_append_is_seen_whole(it: Fixture) {
    let name = stream("order-1");
    let is_over = Arc::new(AtomicBool::new(false));
    let readers = (0..4).map(|_| {
        let (store, name, is_over) = (it.handle(), name.clone(), is_over.clone());
        tokio::spawn(async move {
            while !is_over.load(Ordering::SeqCst) {
                let seen = read_all(&*store, &name).await.len();
                if !seen.is_multiple_of(5) {
                    return Some(seen);
                }
                yield_now().await;
            }
            None
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut written = Ok(());
    for _ in 0..60 {
        let receipt = it.append(append(&name, ExpectedVersion::Any, events(5))).await;
        written = written.and(receipt.map(drop));
    }
    is_over.store(true, Ordering::SeqCst);
    written.expect("an append that expects nothing is accepted");
    for reader in readers {
        let torn = reader.await.expect("the reader does not panic");
        assert_eq!(torn, None, "a reader saw a part of an append of 5");
    }
}
