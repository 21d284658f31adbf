//! Commands at one aggregate that come while an append is on its way: they decide on what is on its
//! way, share the next append, and decide again when it came to nothing.

use super::{domain::bank::*, rival::Rival, support::*};
use futures_util::future::join_all;
use quadrille::{
    Append, EventStore, ExecuteError, ExpectedVersion, Receipt, Version, memory::MemoryStore,
    prelude::*,
};
use std::num::NonZeroU64;
use tokio::task::JoinHandle;

type Answer = Result<Receipt, ExecuteError<InsufficientFunds>>;

/// An app on a store that lets no append through for the time being.
async fn held(store: MemoryStore) -> (App, Rival) {
    let rival = Rival::on(&store);
    let home = Home::new(store);
    let app = app_on(rival.clone(), &home).aggregate::<Account>().start().await.unwrap();
    rival.hold(true);
    (app, rival)
}

/// Sends commands to one account, each with the id after the one before. The append of the first is
/// on its way while the others decide.
async fn send(
    app: &App,
    rival: &Rival,
    commands: impl IntoIterator<Item = AccountCommand>,
) -> Vec<Answer> {
    let commands = commands.into_iter().zip(1..);
    let all = commands.map(|(command, n)| app.execute::<Account>("hot", command).command_id(id(n)));
    let (answers, ()) = tokio::join!(join_all(all), async { rival.hold(false) });
    answers
}

/// A command whose append is on its way, with the first id.
async fn begun(app: &App, rival: &Rival, command: AccountCommand) -> JoinHandle<Answer> {
    let first = tokio::spawn(app.execute::<Account>("hot", command).command_id(id(1)));
    while rival.came().is_empty() {
        tokio::task::yield_now().await;
    }
    first
}

fn refused(answer: &Answer) -> i64 {
    let error = answer.as_ref().unwrap_err();
    error.rejection().unwrap_or_else(|| panic!("{error}")).0
}

#[test]
fn what_is_decided_meanwhile_shares_the_next_append() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let answers = send(&app, &rival, (1..=10).map(deposit)).await;
        assert_eq!(rival.came(), [1, 9]);
        let events = stream(&app, "account-hot").await;
        for (n, answer) in (1..).zip(&answers) {
            let receipt = answer.as_ref().unwrap();
            assert_eq!((receipt.version, receipt.attempts), (Version(n), 1));
            let event = events.iter().find(|event| event.version == receipt.version).unwrap();
            assert_eq!(receipt.events, [event.id]);
            assert_eq!(event.metadata.command.as_ref().unwrap().id, receipt.command_id);
            assert!(receipt.position >= event.position);
        }
        assert_eq!(app.load::<Account>("hot").await.unwrap().balance, 55);
    });
}

#[test]
fn what_was_decided_on_an_append_that_failed_is_decided_again() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        rival.fail();
        let answers = send(&app, &rival, [deposit(500), withdraw(100), withdraw(1_000)]).await;
        assert!(matches!(answers[0], Err(ExecuteError::Unavailable(_))), "{:?}", answers[0]);
        assert_eq!([&answers[1], &answers[2]].map(refused), [0, 0]);
        assert_eq!(stream(&app, "account-hot").await.len(), 0);
        app.execute::<Account>("hot", deposit(1)).await.unwrap();
    });
}

#[test]
fn a_refusal_waits_for_what_it_was_decided_on() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let answers = send(&app, &rival, [deposit(500), withdraw(1_000), withdraw(500)]).await;
        assert_eq!(refused(&answers[1]), 500);
        assert_eq!(answers[2].as_ref().unwrap().version, Version(2));
    });
}

#[test]
fn commands_that_others_outrun_together_are_decided_again() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        rival.writes_before(3);
        let answers = send(&app, &rival, (0..10).map(|_| deposit(10))).await;
        let mut versions: Vec<_> =
            answers.iter().map(|answer| answer.as_ref().unwrap().version).collect();
        versions.sort_unstable();
        versions.dedup();
        assert_eq!(versions.len(), 10);
        let account = app.load::<Account>("hot").await.unwrap();
        assert_eq!((account.balance, account.events), (106, 16));
        let again = app.execute::<Account>("hot", withdraw(106)).await.unwrap();
        assert_eq!((again.version, again.attempts), (Version(17), 1), "the kept state is right");
    });
}

#[test]
fn what_no_store_accepts_harms_nobody_else() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let large = AccountCommand::Note { note: "x".repeat(2 << 20) };
        let answers = send(&app, &rival, [deposit(1), deposit(2), large, deposit(3)]).await;
        assert!(matches!(answers[2], Err(ExecuteError::Invalid(_))), "{:?}", answers[2]);
        for answer in [&answers[0], &answers[1], &answers[3]] {
            assert!(answer.is_ok(), "{answer:?}");
        }
        assert_eq!(app.load::<Account>("hot").await.unwrap().balance, 6);
    });
}

#[test]
fn one_command_twice_at_once_is_carried_out_once() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let one = |cents, n| app.execute::<Account>("hot", deposit(cents)).command_id(id(n));
        let all = join_all([one(1, 1), one(5, 2), one(5, 2), one(7, 3)]);
        let (answers, ()) = tokio::join!(all, async { rival.hold(false) });
        let repeated = answers.iter().filter(|answer| answer.as_ref().unwrap().repeated);
        assert_eq!(repeated.count(), 1);
        let (first, second) = (answers[1].as_ref().unwrap(), answers[2].as_ref().unwrap());
        assert_eq!((first.version, &first.events), (second.version, &second.events));
        assert_eq!(app.load::<Account>("hot").await.unwrap().balance, 13);
    });
}

#[test]
fn a_refusal_of_what_is_on_its_way_already_is_its_receipt() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        rival.hold(false);
        app.execute::<Account>("hot", deposit(100)).await.unwrap();
        rival.hold(true);
        let one = || app.execute::<Account>("hot", withdraw(100)).command_id(id(7));
        let all = join_all([one(), one()]);
        let (answers, ()) = tokio::join!(all, async { rival.hold(false) });
        let repeated = answers.iter().map(|answer| answer.as_ref().unwrap().repeated);
        assert_eq!(repeated.collect::<Vec<_>>(), [false, true]);
    });
}

#[test]
fn a_panic_beside_an_append_leaves_the_aggregate_sound() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let first = begun(&app, &rival, deposit(5)).await;
        let panics = tokio::spawn(app.execute::<Account>("hot", AccountCommand::Panic));
        assert!(panics.await.unwrap_err().is_panic());
        // Decides on what was read anew, without the deposit.
        let others = join_all([deposit(1), deposit(2)].map(|c| app.execute::<Account>("hot", c)));
        let (others, ()) = tokio::join!(others, async { rival.hold(false) });
        assert!(others.iter().all(Result::is_ok), "{others:?}");
        first.await.unwrap().unwrap();
        assert_eq!(refused(&app.execute::<Account>("hot", withdraw(9)).await), 8);
        assert_eq!(app.load::<Account>("hot").await.unwrap().balance, 8);
    });
}

/// As after a failover that lost the last commits.
#[test]
fn a_log_that_was_set_back_counts_more_than_what_was_kept_of_it() {
    let copy = || async {
        let (copy, stream) = (MemoryStore::new(), "account-hot".parse().unwrap());
        let events = vec![event("account.deposited", r#"{"cents":1,"note":""}"#)];
        let expected = ExpectedVersion::NoStream;
        copy.append(Append { stream, expected, events }).await.unwrap();
        copy
    };
    on_both(|store| async move {
        let (rival, home) = (Rival::on(&store), Home::new(store));
        let app = app_on(rival.clone(), &home);
        let every = NonZeroU64::new(2).unwrap();
        let app = app.aggregate_with_snapshots::<Account>(every).start().await.unwrap();
        for cents in [1, 2, 4] {
            app.execute::<Account>("hot", deposit(cents)).await.unwrap();
        }
        rival.set_back_to(copy().await);
        assert_eq!(refused(&app.execute::<Account>("hot", withdraw(100)).await), 1);
        for cents in [2, 4] {
            app.execute::<Account>("hot", deposit(cents)).await.unwrap();
        }
        rival.set_back_to(copy().await);
        assert_eq!(refused(&app.execute::<Account>("hot", withdraw(5)).await), 1);
        let receipt = app.execute::<Account>("hot", withdraw(1)).await.unwrap();
        assert_eq!(receipt.version, Version(2));
    });
}

#[test]
fn a_command_that_is_dropped_while_it_waits_is_not_carried_out_later() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let first = begun(&app, &rival, deposit(1)).await;
        let mut dropped = Box::pin(app.execute::<Account>("hot", deposit(500)));
        tokio::select! {
            biased;
            answer = &mut dropped => panic!("{answer:?}"),
            () = std::future::ready(()) => {}
        }
        let last = app.execute::<Account>("hot", withdraw(100));
        let all = async {
            drop(dropped);
            rival.hold(false);
        };
        let (last, ()) = tokio::join!(last, all);
        assert_eq!(refused(&last), 1, "the other deposit never came to be");
        first.await.unwrap().unwrap();
        app.execute::<Account>("hot", withdraw(1)).await.unwrap();
        assert_eq!(types(&app, "account-hot").await, ["deposited", "withdrawn"]);
    });
}

#[test]
fn whoever_appends_for_others_may_be_dropped() {
    on_both(|store| async move {
        let (app, rival) = held(store).await;
        let first = begun(&app, &rival, deposit(5)).await;
        let second = app.execute::<Account>("hot", withdraw(5)).command_id(id(2));
        let dropped = async {
            first.abort();
            assert!(first.await.unwrap_err().is_cancelled());
            rival.hold(false);
        };
        let (answer, ()) = tokio::join!(second, dropped);
        assert_eq!(answer.unwrap().version, Version(2), "what it was decided on was on its way");
        let first = app.execute::<Account>("hot", deposit(5)).command_id(id(1)).await.unwrap();
        assert!(first.repeated);
        assert_eq!(types(&app, "account-hot").await, ["deposited", "withdrawn"]);
    });
}
