//! Stateless reactions: every command of theirs leaves its outcome in the log.

use super::{domain::bank::*, support::*};
use quadrille::{
    StartError,
    journal::{Outcome, ReactionSettled},
    memory::MemoryStore,
    prelude::*,
};
use std::sync::{Arc, Mutex};

#[derive(View)]
#[reads("account.withdrawn")]
struct Withdrawal {
    #[view(id)]
    account: String,
    cents: i64,
}

fn to_the_vault(event: &Recorded<Withdrawal>) -> quadrille::Messages {
    send::<Account>("vault", deposit(event.cents))
}

fn vault(app: Quadrille) -> Quadrille {
    app.aggregate::<Account>().on("vault", to_the_vault)
}

async fn move_cents(app: &App, account: &str, cents: i64) -> quadrille::Receipt {
    app.execute::<Account>(account, deposit(cents)).await.unwrap();
    app.execute::<Account>(account, withdraw(cents)).await.unwrap()
}

#[test]
fn what_follows_on_an_event_is_in_the_log_with_its_cause() {
    on_both(|store| async move {
        let app = vault(Home::new(store).app()).start().await.unwrap();
        let receipt = move_cents(&app, "a", 7).await;
        app.settle().await.unwrap();
        let vault = stream(&app, "account-vault").await;
        assert_eq!(vault[0].metadata.causation, receipt.events[0].into());
        assert_eq!(vault[0].metadata.correlation.0, receipt.command_id.0);
        let facts = facts::<ReactionSettled>(&app).await;
        assert_eq!((facts.len(), facts[0].cause), (1, receipt.events[0]));
        let settled = &facts[0].settled[0];
        assert_eq!(settled.outcome, Outcome::Accepted(vec![vault[0].id]));
        assert_eq!((settled.command.as_str(), settled.attempts), ("account.deposit", 1));
    });
}

#[test]
fn a_refusal_of_a_reactions_command_is_a_fact() {
    on_both(|store| async move {
        let greedy = |event: &Recorded<Withdrawal>| {
            (event.account == "a").then(|| send::<Account>("vault", withdraw(1)))
        };
        let home = Home::new(store);
        let app = home.app().aggregate::<Account>().on("greedy", greedy).start().await.unwrap();
        move_cents(&app, "a", 7).await;
        app.settle().await.unwrap();
        let facts = facts::<ReactionSettled>(&app).await;
        let Outcome::Rejected(rejected) = &facts[0].settled[0].outcome else { panic!("{facts:?}") };
        assert_eq!(rejected.message, "only 0 cents are left");
        assert_eq!((rejected.aggregate.as_str(), rejected.id.as_str()), ("account", "vault"));
        use quadrille::EngineState;
        assert!(home.state.rejections(None, 10).await.unwrap().is_empty(), "it is in the log");
    });
}

async fn check_start(from_beginning: bool, expected: usize) {
    for store in [MemoryStore::new(), MemoryStore::like_kurrentdb()] {
        let home = Home::new(store);
        let before = home.app().aggregate::<Account>().start().await.unwrap();
        move_cents(&before, "early", 1).await;
        before.shutdown().await;
        let app = vault(home.app());
        let app = if from_beginning { app.from_beginning() } else { app };
        let app = app.start().await.unwrap();
        move_cents(&app, "late", 1).await;
        app.settle().await.unwrap();
        assert_eq!(stream(&app, "account-vault").await.len(), expected);
    }
}

#[test]
fn a_reaction_begins_now() {
    run(check_start(false, 1));
}

#[test]
fn a_reaction_begins_at_the_beginning_if_it_says_so() {
    run(check_start(true, 2));
}

#[test]
fn where_a_reaction_began_outlives_its_checkpoint() {
    on_both(|store| async move {
        let home = Home::new(store);
        let before = home.app().aggregate::<Account>().start().await.unwrap();
        move_cents(&before, "early", 1).await;
        let app = vault(home.app()).start().await.unwrap();
        move_cents(&app, "late", 1).await;
        app.settle().await.unwrap();
        app.shutdown().await;
        let app = vault(home.without_state().app()).start().await.unwrap();
        app.settle().await.unwrap();
        assert_eq!(stream(&app, "account-vault").await.len(), 1);
        assert_eq!(facts::<ReactionSettled>(&app).await.len(), 1);
    });
}

#[test]
fn a_recorded_refusal_stands_even_when_the_checkpoint_is_lost() {
    on_both(|store| async move {
        let build = |home: &Home| {
            let greedy = |_: &Recorded<Withdrawal>| send::<Account>("vault", withdraw(1));
            home.app().aggregate::<Account>().on("greedy", greedy)
        };
        let home = Home::new(store);
        let app = build(&home).start().await.unwrap();
        move_cents(&app, "a", 7).await;
        app.settle().await.unwrap();
        app.execute::<Account>("vault", deposit(100)).await.unwrap();
        app.shutdown().await;
        // Asked again, the vault would agree now, and the trail would still say that it refused.
        let app = build(&home.without_state()).start().await.unwrap();
        app.settle().await.unwrap();
        assert_eq!(types(&app, "account-vault").await, ["deposited"]);
    });
}

#[test]
fn a_renamed_reaction_goes_on_where_it_stood() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = vault(home.app()).start().await.unwrap();
        move_cents(&app, "a", 1).await;
        app.settle().await.unwrap();
        app.shutdown().await;
        let renamed = home.app().aggregate::<Account>().on("safe", to_the_vault).was("vault");
        let app = renamed.start().await.unwrap();
        move_cents(&app, "b", 1).await;
        app.settle().await.unwrap();
        let facts = facts::<ReactionSettled>(&app).await;
        let names: Vec<_> = facts.iter().map(|fact| fact.reaction.as_str()).collect();
        assert_eq!(names, ["vault", "vault"]);
        assert_eq!(stream(&app, "account-vault").await.len(), 2);
    });
}

#[test]
fn an_effect_outside_happens_at_least_once() {
    on_both(|store| async move {
        let home = Home::new(store);
        let mails: Arc<Mutex<Vec<String>>> = Arc::default();
        let build = |home: &Home| {
            let mails = mails.clone();
            home.app().aggregate::<Account>().on("mail", move |event: &Recorded<Withdrawal>| {
                mails.lock().unwrap().push(event.account.clone());
            })
        };
        let app = build(&home).start().await.unwrap();
        move_cents(&app, "a", 1).await;
        app.settle().await.unwrap();
        app.shutdown().await;
        build(&home.without_state()).start().await.unwrap().settle().await.unwrap();
        assert_eq!(*mails.lock().unwrap(), ["a", "a"], "once for each time that it is read");
    });
}

#[test]
fn a_command_that_was_not_declared_is_sent_all_the_same() {
    on_both(|store| async move {
        let app = vault(Home::new(store).app()).sends::<Account>(["close"]).start().await.unwrap();
        move_cents(&app, "a", 1).await;
        app.settle().await.unwrap();
        assert_eq!(types(&app, "account-vault").await, ["deposited"]);
    });
}

#[test]
fn an_app_without_the_aggregate_that_a_reaction_sends_to_does_not_start() {
    run(async {
        let app = Quadrille::in_memory().on("vault", to_the_vault).sends::<Account>(["deposit"]);
        let Err(StartError::Invalid(why)) = app.start().await else { panic!("it started") };
        let expected = "reaction `vault` sends `account.deposit`, and no aggregate of this app";
        assert!(why.contains(expected), "{why}");
    });
}

#[test]
fn two_consumers_of_one_name_do_not_start() {
    run(async {
        let twice = vault(Quadrille::in_memory()).on("vault", to_the_vault);
        let Err(StartError::Invalid(why)) = twice.start().await else { panic!("it started") };
        assert!(why.contains("two consumers are named `vault`"), "{why}");
        let twice = Quadrille::in_memory().aggregate::<Account>().aggregate::<Account>();
        let Err(StartError::Invalid(why)) = twice.start().await else { panic!("it started") };
        assert!(why.contains("two aggregates have the category `account`"), "{why}");
    });
}

#[test]
fn a_panic_of_the_aggregate_that_a_reaction_sends_to_parks_the_event() {
    on_both(|store| async move {
        let panics = |event: &Recorded<Withdrawal>| {
            let command = if event.account == "a" { AccountCommand::Panic } else { deposit(1) };
            send::<Account>("vault", command)
        };
        let app = Home::new(store).app().aggregate::<Account>().on("panics", panics);
        let app = app.start().await.unwrap();
        let receipt = move_cents(&app, "a", 1).await;
        move_cents(&app, "b", 1).await;
        app.settle().await.unwrap();
        let parked = app.parked().await.unwrap();
        assert_eq!((parked.len(), parked[0].1.event), (1, receipt.events[0]));
        assert!(parked[0].1.reason.contains("no decision"), "{}", parked[0].1.reason);
        assert_eq!(types(&app, "account-vault").await, ["deposited"], "others went on");
    });
}
