//! Events that a read model cannot take.

use super::super::{domain::bank::*, support::*};
use quadrille::{
    app::{OperateError, QueryError},
    journal::{Parked, ParkedResolved, Resolution},
    prelude::*,
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// An app whose read model does not take deposits of `bad` cents.
async fn start(home: &Home, bad: &Arc<AtomicI64>) -> App {
    let bad = bad.clone();
    let picky = move |row: &mut Balance, event: &Recorded<AccountEvent>| {
        if let AccountEvent::Deposited { cents, .. } = **event {
            assert_ne!(cents, bad.load(Ordering::SeqCst), "a bad deposit");
        }
        balance(row, event);
    };
    home.app().aggregate::<Account>().fold(picky).start().await.unwrap()
}

async fn reasons(app: &App) -> Vec<String> {
    app.parked().await.unwrap().into_iter().map(|(_, event)| event.reason).collect()
}

#[test]
fn one_stream_waits_behind_its_parked_event_while_others_go_on() {
    on_both(|store| async move {
        let (home, bad) = (Home::new(store), Arc::new(AtomicI64::new(13)));
        let app = start(&home, &bad).await;
        for (account, cents) in [("a", 1), ("a", 13), ("b", 5), ("a", 2)] {
            app.execute::<Account>(account, deposit(cents)).await.unwrap();
        }
        let error = app.row::<Balance>("a").await.unwrap_err();
        assert!(matches!(error, QueryError::Parked { .. }), "{error}");
        app.execute::<Account>("b", deposit(5)).await.unwrap();
        let row = |account| app.row::<Balance>(account);
        assert_eq!(row("b").await.unwrap().map(|row| row.cents), Some(10));
        assert_eq!(row("a").await.unwrap().map(|row| row.cents), Some(1));
        let reasons = reasons(&app).await;
        assert!(reasons[0].contains("a bad deposit"), "{reasons:?}");
        assert!(reasons[1].starts_with("waits behind account.deposited"), "{reasons:?}");
        let facts = facts::<Parked>(&app).await;
        assert_eq!((facts.len(), facts[0].consumer.as_str()), (2, "balance"));
        assert_eq!((facts[0].attempts, facts[1].attempts), (1, 0));
    });
}

#[test]
fn a_replayed_event_lets_those_behind_it_follow_in_order() {
    on_both(|store| async move {
        let (home, bad) = (Home::new(store), Arc::new(AtomicI64::new(13)));
        let app = start(&home, &bad).await;
        let parked = app.execute::<Account>("a", deposit(13)).await.unwrap().events[0];
        let behind = app.execute::<Account>("a", withdraw(3)).await.unwrap().events[0];
        app.settle().await.unwrap();
        let early = app.replay("balance", behind, "try", "ann").await.unwrap_err();
        assert!(early.to_string().contains("decide on that one first"), "{early}");
        let again = app.replay("balance", parked, "try", "ann").await.unwrap_err();
        assert!(matches!(again, OperateError::ParkedAgain { .. }), "{again}");
        bad.store(0, Ordering::SeqCst);
        app.replay("balance", parked, "fixed", "ann").await.unwrap();
        assert_eq!(app.row::<Balance>("a").await.unwrap().map(|row| row.cents), Some(10));
        assert!(app.parked().await.unwrap().is_empty());
        let facts = facts::<ParkedResolved>(&app).await;
        assert_eq!(facts.len(), 2, "and one for the event behind it");
        assert_eq!((facts[1].event, &*facts[1].actor), (behind, "app"));
        let fact = &facts[0];
        assert_eq!((fact.event, fact.resolution), (parked, Resolution::Replay));
        assert_eq!((fact.reason.as_str(), fact.actor.as_str()), ("fixed", "ann"));
        let unknown = app.replay("balance", parked, "once more", "ann").await.unwrap_err();
        assert!(matches!(unknown, OperateError::NotParked { .. }), "{unknown}");
    });
}

#[test]
fn a_discarded_event_never_counts_and_those_behind_it_do() {
    on_both(|store| async move {
        let (home, bad) = (Home::new(store), Arc::new(AtomicI64::new(13)));
        let app = start(&home, &bad).await;
        let parked = app.execute::<Account>("a", deposit(13)).await.unwrap().events[0];
        app.execute::<Account>("a", deposit(2)).await.unwrap();
        app.execute::<Account>("a", deposit(3)).await.unwrap();
        app.settle().await.unwrap();
        app.discard("balance", parked, "a typing error", "ann").await.unwrap();
        assert_eq!(app.row::<Balance>("a").await.unwrap().map(|row| row.cents), Some(5));
        let facts = facts::<ParkedResolved>(&app).await;
        assert_eq!(facts[0].resolution, Resolution::Discard);
    });
}

#[test]
fn what_is_parked_outlives_a_restart() {
    on_both(|store| async move {
        let (home, bad) = (Home::new(store), Arc::new(AtomicI64::new(13)));
        let app = start(&home, &bad).await;
        let parked = app.execute::<Account>("a", deposit(13)).await.unwrap().events[0];
        app.settle().await.unwrap();
        app.shutdown().await;
        bad.store(0, Ordering::SeqCst);
        let app = start(&home, &bad).await;
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        app.settle().await.unwrap();
        assert_eq!(app.parked().await.unwrap().len(), 2, "it still waits behind the parked one");
        app.replay("balance", parked, "fixed", "ann").await.unwrap();
        assert_eq!(app.row::<Balance>("a").await.unwrap().map(|row| row.cents), Some(14));
    });
}

#[test]
fn an_event_that_cannot_be_read_is_parked() {
    on_both(|store| async move {
        let (home, bad) = (Home::new(store), Arc::default());
        let app = start(&home, &bad).await;
        append(&app, "account-a", event("account.deposited", r#"{"cents":"many"}"#)).await;
        app.execute::<Account>("b", deposit(1)).await.unwrap();
        app.settle().await.unwrap();
        assert_eq!(app.row::<Balance>("b").await.unwrap().map(|row| row.cents), Some(1));
        assert!(reasons(&app).await[0].starts_with("decode account.deposited version 1"));
    });
}
