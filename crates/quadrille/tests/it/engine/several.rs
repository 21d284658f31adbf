//! Several processes on one log.

use super::{domain::bank::*, support::*};
use quadrille::{
    StoreError, Version,
    journal::{Fact, Operation, OperationAnswered, OperationRequested, Outcome, ReactionSettled},
    prelude::*,
    state::{Activity, Change, Consumer, ConsumerKind, Consumers, Lease},
};
use std::time::Duration;

#[derive(View)]
#[reads("account.withdrawn")]
struct Withdrawal {
    cents: i64,
}

fn bank(home: &Home) -> Quadrille {
    let to_the_vault =
        |event: &Recorded<Withdrawal>| send::<Account>("vault", deposit(event.cents));
    home.app()
        .aggregate::<Account>()
        .fold(balance)
        .on("vault", to_the_vault)
        .settings(|settings| settings.poll_interval = Duration::from_millis(5))
}

async fn start(home: &Home) -> App {
    bank(home).start().await.unwrap()
}

async fn cents(app: &App, account: &str) -> Option<i64> {
    app.row::<Balance>(account).await.unwrap().map(|row| row.cents)
}

/// Waits until the app works all of its consumers.
async fn takes_over(app: &App) {
    while app.stands_by() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn balance_model() -> Consumer {
    let (kind, name) = (ConsumerKind::RowProjector, "balance".into());
    Consumer { kind, name, version: 1, generation: 0 }
}

#[test]
fn one_process_works_a_consumer_and_others_see_what_it_does() {
    on_both(|store| async move {
        let home = Home::new(store);
        let (first, second) = (start(&home).await, start(&home).await);
        assert!(!first.stands_by() && second.stands_by());
        assert!(first.works("vault") && !second.works("vault") && !first.works("nobody"));
        for n in 1..=20 {
            let app = if n % 2 == 0 { &first } else { &second };
            let receipt = app.execute::<Account>("a", deposit(2)).await.unwrap();
            assert_eq!(receipt.version, Version(n));
        }
        second.execute::<Account>("a", withdraw(1)).await.unwrap();
        assert_eq!(cents(&second, "a").await, Some(39));
        assert_eq!(cents(&first, "a").await, Some(39));
        second.settle().await.unwrap();
        first.settle().await.unwrap();
        assert_eq!(cents(&second, "vault").await, Some(1));
        let statuses = second.statuses().await.unwrap();
        assert!(statuses.iter().all(|status| status.activity == Activity::Running), "{statuses:?}");
    });
}

#[test]
fn another_process_goes_on_at_once_when_one_shuts_down() {
    on_both(|store| async move {
        let home = Home::new(store);
        let patient = |home: &Home| {
            bank(home).settings(|settings| settings.lease = Duration::from_secs(3600))
        };
        let first = patient(&home).start().await.unwrap();
        let second = patient(&home)
            .settings(|settings| settings.lease = Duration::from_millis(30))
            .start()
            .await
            .unwrap();
        first.execute::<Account>("a", deposit(5)).await.unwrap();
        first.execute::<Account>("a", withdraw(2)).await.unwrap();
        first.shutdown().await;
        takes_over(&second).await;
        second.execute::<Account>("a", withdraw(1)).await.unwrap();
        second.settle().await.unwrap();
        assert_eq!(cents(&second, "a").await, Some(2));
        assert_eq!(cents(&second, "vault").await, Some(3));
    });
}

#[test]
fn another_process_takes_over_from_one_that_died() {
    on_both(|store| async move {
        let home = Home::new(store);
        let short = |home: &Home| {
            bank(home).settings(|settings| settings.lease = Duration::from_millis(50))
        };
        let dying = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let first = dying.spawn(short(&home).start()).await.unwrap().unwrap();
        let second = short(&home).start().await.unwrap();
        second.execute::<Account>("a", deposit(5)).await.unwrap();
        // Whatever runs there is dropped where it stands: nothing is given back.
        dying.shutdown_background();
        takes_over(&second).await;
        second.execute::<Account>("a", withdraw(2)).await.unwrap();
        second.settle().await.unwrap();
        assert_eq!(cents(&second, "a").await, Some(3));
        assert_eq!(cents(&second, "vault").await, Some(2));
        drop(first);
    });
}

#[test]
fn a_worker_that_was_fenced_stands_by_until_the_consumer_is_free() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = bank(&home)
            .settings(|settings| settings.lease = Duration::from_millis(30))
            .start()
            .await
            .unwrap();
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        app.settle().await.unwrap();
        // Another process takes it by force, and then holds it.
        home.state.claim(&balance_model()).await.unwrap();
        let lease = Lease { holder: "other".into(), time_to_live: Duration::from_secs(3600) };
        let other = home.state.lease(&balance_model(), &lease).await.unwrap().unwrap();
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        while !app.stands_by() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let row = home.state.progress(&balance_model()).await.unwrap().unwrap();
        assert_eq!(row.epoch, other.epoch, "what it did too late was not committed");
        home.state.release(&balance_model(), other.epoch).await.unwrap();
        takes_over(&app).await;
        assert_eq!(cents(&app, "a").await, Some(2));
        let late = home.state.renew(&balance_model(), other.epoch, Duration::ZERO).await;
        assert!(matches!(late, Err(StoreError::Fenced { .. })), "{late:?}");
    });
}

#[test]
fn what_waits_for_a_process_that_stands_by_follows_the_other() {
    on_both(|store| async move {
        let home = Home::new(store);
        let (first, second) = (start(&home).await, start(&home).await);
        let receipt = second.execute::<Account>("a", deposit(7)).await.unwrap();
        second.wait(&receipt).await.unwrap();
        assert_eq!(second.all_rows::<Balance>().await.unwrap().len(), 1);
        let elsewhere = second.rebuild("balance").await.unwrap_err().to_string();
        assert!(elsewhere.contains("another process works"), "{elsewhere}");
        // A read model that the other process builds anew is followed as well.
        first.rebuild("balance").await.unwrap();
        first.settle().await.unwrap();
        second.execute::<Account>("a", deposit(1)).await.unwrap();
        let mut seen = cents(&second, "a").await;
        while seen != Some(8) {
            tokio::time::sleep(Duration::from_millis(1)).await;
            seen = cents(&second, "a").await;
        }
    });
}

#[derive(View)]
#[reads("account.deposited")]
struct Deposit {
    #[view(id)]
    account: String,
}

/// A process that works a consumer again, after another one did, reads what that one recorded.
#[test]
fn what_another_process_recorded_meanwhile_is_not_done_again() {
    on_both(|store| async move {
        let home = Home::new(store);
        let bank = || {
            home.app()
                .aggregate::<Account>()
                .on("tithe", |event: &Recorded<Deposit>| {
                    (event.account != "vault").then(|| send::<Account>("vault", withdraw(10)))
                })
                .settings(|settings| {
                    settings.poll_interval = Duration::from_millis(5);
                    settings.lease = Duration::from_millis(200);
                })
        };
        let tithe = Consumer::handler(ConsumerKind::Reaction, "tithe");
        let first = bank().start().await.unwrap();
        first.execute::<Account>("vault", deposit(1)).await.unwrap();
        first.settle().await.unwrap();
        let second = bank().start().await.unwrap();
        // The first one is fenced, and the second one takes over.
        let by_force = home.state.claim(&tithe).await.unwrap();
        first.execute::<Account>("a", deposit(1)).await.unwrap();
        takes_over(&second).await;
        second.settle().await.unwrap();
        let settled = facts::<ReactionSettled>(&second).await;
        assert_eq!(settled.len(), 1);
        assert!(matches!(settled[0].settled[0].outcome, Outcome::Rejected(_)), "{settled:?}");
        // It dies before it commits how far it came; what was refused could be accepted now.
        let claim = home.state.claim(&tithe).await.unwrap();
        let change = Change { checkpoint: by_force.checkpoint, ..Change::default() };
        home.state.commit(&tithe, claim.epoch, change).await.unwrap();
        second.shutdown().await;
        first.execute::<Account>("vault", deposit(1_000)).await.unwrap();
        takes_over(&first).await;
        first.settle().await.unwrap();
        assert_eq!(types(&first, "account-vault").await, ["deposited"; 2]);
        assert_eq!(facts::<ReactionSettled>(&first).await.len(), 1);
    });
}

async fn request(app: &App, operation: Operation) -> quadrille::EventId {
    let metadata = OperationRequested::metadata("ann", app.clock().now());
    let request = OperationRequested { operation, actor: "ann".into() };
    let event = request.event(quadrille::EventId::new(), metadata).unwrap();
    let id = event.id;
    append(app, "quadrille-control", event).await;
    id
}

async fn answers(app: &App, request: quadrille::EventId) -> Vec<OperationAnswered> {
    let answers = facts::<OperationAnswered>(app).await;
    answers.into_iter().filter(|answer| answer.request == request).collect()
}

#[test]
fn a_request_is_carried_out_by_the_process_that_works_the_consumer() {
    on_both(|store| async move {
        let home = Home::new(store);
        let (first, second) = (start(&home).await, start(&home).await);
        second.execute::<Account>("a", deposit(5)).await.unwrap();
        let id = request(&second, Operation::Rebuild { projection: "balance".into() }).await;
        while answers(&second, id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        first.settle().await.unwrap();
        let answers = answers(&second, id).await;
        assert_eq!(answers.len(), 1);
        assert_eq!(answers[0].error, None);
    });
}

#[test]
fn a_request_for_a_consumer_that_nobody_has_waits_for_one() {
    on_both(|store| async move {
        let home = Home::new(store);
        let without = home.app().aggregate::<Account>().start().await.unwrap();
        let id = request(&without, Operation::Rebuild { projection: "balance".into() }).await;
        without.execute::<Account>("a", deposit(5)).await.unwrap();
        let app = start(&home).await;
        while answers(&app, id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(answers(&app, id).await[0].error, None);
        app.settle().await.unwrap();
        assert_eq!(cents(&app, "a").await, Some(5));
    });
}

#[test]
fn a_request_that_found_nobody_is_carried_out_by_the_next_who_starts() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        app.execute::<Account>("a", deposit(5)).await.unwrap();
        app.settle().await.unwrap();
        app.shutdown().await;
        let id = request(&app, Operation::Rebuild { projection: "balance".into() }).await;
        let next = start(&home).await;
        while answers(&next, id).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        assert_eq!(answers(&next, id).await[0].error, None);
        next.settle().await.unwrap();
        next.shutdown().await;
        // It is done once.
        let last = start(&home).await;
        last.execute::<Account>("a", deposit(5)).await.unwrap();
        last.settle().await.unwrap();
        assert_eq!(answers(&last, id).await.len(), 1);
    });
}
