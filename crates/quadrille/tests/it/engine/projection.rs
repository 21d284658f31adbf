//! Read models: what queries see, how they are built anew, and what becomes of events that cannot
//! be projected.

mod parking;
mod sql;

use super::{domain::bank::*, support::*};
use quadrille::{StartError, app::QueryError, memory::MemoryStore, prelude::*, read_model::Stage};

async fn start(home: &Home) -> App {
    home.app().aggregate::<Account>().fold(balance).start().await.unwrap()
}

async fn cents(app: &App, account: &str) -> Option<i64> {
    app.row::<Balance>(account).await.unwrap().map(|row| row.cents)
}

#[test]
fn a_query_sees_what_this_app_wrote() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        for n in 1..=20 {
            app.execute::<Account>("a", deposit(1)).await.unwrap();
            assert_eq!(cents(&app, "a").await, Some(n));
        }
        assert_eq!(cents(&app, "nobody").await, None);
        app.execute::<Account>("b", deposit(3)).await.unwrap();
        let all: Vec<_> = app.all_rows::<Balance>().await.unwrap();
        let all: Vec<_> = all.iter().map(|row| (row.account.as_str(), row.cents)).collect();
        assert_eq!(all, [("a", 20), ("b", 3)]);
    });
}

#[test]
fn waiting_for_a_receipt_waits_for_every_read_model() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = home.app().aggregate::<Account>().fold(balance).rows::<Movements>();
        let app = app.start().await.unwrap();
        let other = home.app().aggregate::<Account>().start().await.unwrap();
        let receipt = other.execute::<Account>("a", deposit(5)).await.unwrap();
        app.wait(&receipt).await.unwrap();
        assert_eq!(cents(&app, "a").await, Some(5));
        assert_eq!(app.row::<Movements>(true).await.unwrap().map(|row| row.count), Some(1));
    });
}

/// How many movements there were, in and out; those that went out are forgotten at a close.
#[derive(Debug, PartialEq, Row)]
pub(super) struct Movements {
    #[row(key)]
    inward: bool,
    count: i64,
    forgotten: bool,
}

impl RowProjector for Movements {
    type Event = AccountEvent;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = bool> {
        match **event {
            AccountEvent::Deposited { .. } => vec![true],
            AccountEvent::Withdrawn { .. } => vec![false],
            AccountEvent::Closed => vec![true, false],
        }
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.count += 1;
        self.forgotten = matches!(**event, AccountEvent::Closed) && !self.inward;
    }

    fn is_gone(&self) -> bool {
        self.forgotten
    }
}

#[test]
fn rows_have_keys_of_their_own_and_can_go() {
    on_both(|store| async move {
        let app = Home::new(store).app().aggregate::<Account>().rows::<Movements>();
        let app = app.start().await.unwrap();
        for command in [deposit(5), deposit(5), withdraw(1)] {
            app.execute::<Account>("a", command).await.unwrap();
        }
        assert_eq!(app.row::<Movements>(false).await.unwrap().map(|row| row.count), Some(1));
        app.execute::<Account>("a", AccountCommand::Close).await.unwrap();
        assert_eq!(app.row::<Movements>(true).await.unwrap().map(|row| row.count), Some(3));
        assert_eq!(app.row::<Movements>(false).await.unwrap(), None);
    });
}

#[test]
fn a_read_model_that_is_not_registered_says_so() {
    run(async {
        let app = start(&Home::new(MemoryStore::new())).await;
        let error = app.row::<Movements>(true).await.unwrap_err();
        assert!(matches!(&error, QueryError::Unknown(name) if name == "movements"), "{error}");
    });
}

#[test]
fn a_new_version_is_built_beside_the_old_and_takes_its_place() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        for n in 0..100 {
            app.execute::<Account>(n, deposit(1)).await.unwrap();
        }
        app.settle().await.unwrap();
        app.shutdown().await;
        let next = home.app().aggregate::<Account>().fold(doubled).start().await.unwrap();
        // Nothing was appended by this app, and still it does not show a half-built table.
        assert_eq!(next.all_rows::<Doubled>().await.unwrap().len(), 100);
        assert_eq!(next.row::<Doubled>("7").await.unwrap().map(|row| row.cents), Some(2));
        next.settle().await.unwrap();
        assert_eq!(stages(&home).await, [(1, 0, Stage::Retired), (2, 0, Stage::Live)]);
    });
}

#[test]
fn a_rebuilt_read_model_is_the_same_once_more() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        for n in 0..100 {
            app.execute::<Account>(n % 10, deposit(1)).await.unwrap();
        }
        app.rebuild("balance").await.unwrap();
        assert_eq!(cents(&app, "3").await, Some(10));
        app.execute::<Account>(3, deposit(1)).await.unwrap();
        assert_eq!(cents(&app, "3").await, Some(11));
        app.settle().await.unwrap();
        assert_eq!(stages(&home).await, [(1, 0, Stage::Retired), (1, 1, Stage::Live)]);
        app.shutdown().await;
        let again = start(&home).await;
        assert_eq!(cents(&again, "3").await, Some(11), "the next start finds the rebuilt one");
        let error = again.rebuild("nothing").await.unwrap_err();
        assert_eq!(error.to_string(), "operate nothing: no such consumer runs in this app");
    });
}

#[test]
fn a_read_model_does_not_go_on_as_another_one() {
    run(async {
        let home = Home::new(MemoryStore::new());
        let renamed = home.app().aggregate::<Account>().fold(balance).was("accounts").start().await;
        let Err(StartError::Invalid(why)) = renamed else { panic!("it started") };
        assert!(why.starts_with("read model `balance` cannot go on as another one"), "{why}");
    });
}

#[test]
fn a_checkpoint_of_another_store_is_refused_with_advice() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        app.settle().await.unwrap();
        app.shutdown().await;
        let foreign = Home { store: MemoryStore::new(), ..home.clone() };
        let other = foreign.app().aggregate::<Account>().fold(balance).start().await;
        let Err(StartError::Invalid(why)) = other else { panic!("it started") };
        assert!(why.contains("belongs to event store"), "{why}");
        assert!(why.contains("remove the read models' folder to build anew"), "{why}");
    });
}
