//! Commands: each is carried out once, in order, and every answer says what to do next.

use super::{domain::bank::*, rival::Rival, support::*};
use quadrille::EngineState;
use quadrille::{ExecuteError, StoreError, Version, memory::MemoryStore, prelude::*};
use serde::{Deserialize, Serialize};
use std::{num::NonZeroU64, time::Duration};

async fn start(home: &Home) -> App {
    home.app().aggregate::<Account>().start().await.unwrap()
}

#[test]
fn a_command_sees_what_the_one_before_it_did() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        let first = app.execute::<Account>("a", deposit(5)).await.unwrap();
        let second = app.execute::<Account>("a", withdraw(5)).await.unwrap();
        assert_eq!((first.version, second.version), (Version(1), Version(2)));
        assert!(first.position < second.position);
        assert_eq!(types(&app, "account-a").await, ["deposited", "withdrawn"]);
        let events = stream(&app, "account-a").await;
        assert_eq!(second.events, [events[1].id]);
        let metadata = &events[1].metadata;
        assert_eq!(metadata.command.as_ref().unwrap().name, "account.withdraw");
        assert_eq!(metadata.causation.0, second.command_id.0);
        assert_eq!(metadata.correlation.0, second.command_id.0);
    });
}

#[test]
fn a_rejection_is_the_domains_answer_and_is_kept_beside_the_log() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        let refused = app.execute::<Account>("a", withdraw(1)).actor("ann").await.unwrap_err();
        assert_eq!(refused.rejection(), Some(&InsufficientFunds(0)));
        assert!(!refused.is_retryable());
        assert!(stream(&app, "account-a").await.is_empty());
        let kept = home.state.rejections(None, 10).await.unwrap();
        assert_eq!((kept.len(), kept[0].actor.as_deref()), (1, Some("ann")));
        assert_eq!(
            (kept[0].name.as_str(), kept[0].message.as_str()),
            ("account.withdraw", "only 0 cents are left")
        );
    });
}

#[test]
fn a_command_that_comes_twice_gets_its_first_receipt() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        let first = app.execute::<Account>("a", deposit(5)).command_id(id(1)).await.unwrap();
        app.execute::<Account>("a", withdraw(5)).command_id(id(2)).await.unwrap();
        // On the state as it is now, this one would be refused.
        for (n, command, version) in [(1, deposit(5), 1), (2, withdraw(5), 2)] {
            let again = app.execute::<Account>("a", command).command_id(id(n)).await.unwrap();
            assert_eq!((again.repeated, again.version), (true, Version(version)));
            if n == 1 {
                assert_eq!((again.position, &again.events), (first.position, &first.events));
            }
        }
        assert_eq!(stream(&app, "account-a").await.len(), 2);
    });
}

#[test]
fn one_id_for_two_payloads_is_an_error() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        app.execute::<Account>("a", deposit(5)).command_id(id(1)).await.unwrap();
        for other in [deposit(6), withdraw(1), withdraw(100), AccountCommand::Nothing] {
            let error = app.execute::<Account>("a", other).command_id(id(1)).await.unwrap_err();
            assert!(
                matches!(&error, ExecuteError::Invalid(why) if why.contains("another payload")),
                "{error}"
            );
        }
        let elsewhere = app.execute::<Account>("b", deposit(6)).command_id(id(1)).await;
        assert!(elsewhere.is_ok(), "an id is the key at one aggregate");
    });
}

#[test]
fn a_command_that_made_no_events_is_decided_again() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        let nothing = || app.execute::<Account>("a", AccountCommand::Nothing).command_id(id(1));
        let receipt = nothing().await.unwrap();
        assert!(receipt.events.is_empty() && !receipt.repeated);
        app.execute::<Account>("a", AccountCommand::Close).await.unwrap();
        assert!(matches!(nothing().await, Err(ExecuteError::Rejected(_))));
    });
}

async fn with_rival(store: MemoryStore, appends: u32) -> App {
    let rival = Rival::on(&store);
    let app =
        app_on(rival.clone(), &Home::new(store)).aggregate::<Account>().start().await.unwrap();
    rival.writes_before(appends);
    app
}

#[test]
fn a_command_that_others_outrun_is_decided_again() {
    on_both(|store| async move {
        let app = with_rival(store, 3).await;
        let receipt = app.execute::<Account>("a", deposit(5)).await.unwrap();
        assert_eq!((receipt.version, receipt.attempts), (Version(7), 4));
        assert_eq!(app.load::<Account>("a").await.unwrap().balance, 11);
    });
}

#[test]
fn a_command_that_others_always_outrun_ends_in_a_conflict() {
    on_both(|store| async move {
        let app = with_rival(store, u32::MAX).await;
        let error = app.execute::<Account>("a", deposit(5)).await.unwrap_err();
        assert!(matches!(error, ExecuteError::Conflict { attempts: 20, .. }), "{error}");
        assert!(error.is_retryable());
    });
}

#[test]
fn many_commands_at_one_aggregate_take_place_one_after_the_other() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        let all = (1..=200).map(|n| {
            let note = AccountCommand::Note { note: n.to_string() };
            app.execute::<Account>("hot", note).command_id(id(n))
        });
        let receipts = futures_util::future::join_all(all).await;
        let mut versions = Vec::new();
        for receipt in receipts {
            let receipt = receipt.unwrap();
            assert_eq!(receipt.attempts, 1, "they queue, and do not compete");
            versions.push(receipt.version.0);
        }
        versions.sort_unstable();
        assert_eq!(versions, (1..=200).collect::<Vec<_>>());
        assert_eq!(app.load::<Account>("hot").await.unwrap().events, 200);
    });
}

#[test]
fn two_apps_on_one_store_see_each_other() {
    on_both(|store| async move {
        let (one, other) = (Home::new(store.clone()), Home::new(store));
        let (one, other) = (start(&one).await, start(&other).await);
        for n in 0..5 {
            one.execute::<Account>("a", deposit(10)).await.unwrap();
            other.execute::<Account>("a", withdraw(10)).await.unwrap();
            // The first app's state is old, and would allow it.
            assert!(other.execute::<Account>("b", deposit(n)).await.is_ok());
            let refused = other.execute::<Account>("a", withdraw(1)).await.unwrap_err();
            assert_eq!(refused.rejection(), Some(&InsufficientFunds(0)));
            let refused = one.execute::<Account>("a", withdraw(10)).await.unwrap_err();
            assert_eq!(refused.rejection(), Some(&InsufficientFunds(0)));
        }
        let all =
            (0..50).flat_map(|_| [&one, &other]).map(|app| app.execute::<Account>("c", deposit(1)));
        let all = futures_util::future::join_all(all).await;
        assert!(all.iter().all(Result::is_ok));
        assert_eq!(one.load::<Account>("c").await.unwrap().balance, 100);
    });
}

#[test]
fn a_command_that_takes_too_long_has_an_unknown_outcome() {
    run(async {
        let app = start(&Home::new(MemoryStore::new())).await;
        let execute = app.execute::<Account>("a", deposit(5)).within(Duration::ZERO);
        let error = execute.command_id(id(1)).await.err();
        if let Some(error) = error {
            assert!(matches!(error, ExecuteError::OutcomeUnknown { source: None, .. }), "{error}");
            assert!(error.is_retryable());
        }
        app.execute::<Account>("a", deposit(5)).command_id(id(1)).await.unwrap();
        assert_eq!(stream(&app, "account-a").await.len(), 1, "the same id is safe");
    });
}

/// What a command's error says, on a fresh app.
async fn check_error(app: &App, command: AccountCommand, part: &str) {
    let error = app.execute::<Account>("a", command).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Invalid(_)), "{error:?}");
    assert!(error.to_string().contains(part), "{error}");
    assert!(stream(app, "account-a").await.is_empty());
}

#[test]
fn what_can_never_be_carried_out_says_so() {
    on_both(|store| async move {
        let home = Home::new(store);
        let without = home.app().start().await.unwrap();
        check_error(&without, deposit(1), "`account` is not registered").await;
        let app = start(&home).await;
        let undeclared = "account.lie led to account.deposited, which its `#[emits(…)]` does not";
        check_error(&app, AccountCommand::Lie, undeclared).await;
        let note = "x".repeat((1 << 20) + 1);
        check_error(&app, AccountCommand::Note { note }, "the limit is 1048576").await;
        let error = app.execute::<Account>("new\nline", deposit(1)).await.unwrap_err();
        assert!(matches!(error, ExecuteError::Invalid(_)), "{error}");
    });
}

#[test]
fn an_unknown_event_in_an_aggregates_stream_stops_it() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        append(&app, "account-a", event("account.renamed", "{}")).await;
        let error = app.execute::<Account>("a", deposit(1)).await.unwrap_err();
        assert!(matches!(error, ExecuteError::Corrupt { .. }), "{error:?}");
        assert!(!error.is_retryable());
        app.execute::<Account>("b", deposit(1)).await.unwrap();
    });
}

#[test]
fn a_panic_while_deciding_does_not_poison_the_aggregate() {
    on_both(|store| async move {
        let app = start(&Home::new(store)).await;
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        let panics = app.execute::<Account>("a", AccountCommand::Panic);
        assert!(tokio::spawn(panics).await.unwrap_err().is_panic());
        let receipt = app.execute::<Account>("a", withdraw(1)).await.unwrap();
        assert_eq!(receipt.version, Version(2));
    });
}

#[test]
fn too_many_commands_at_once_are_refused_as_unavailable() {
    run(async {
        let home = Home::new(MemoryStore::new());
        let few = home.app().settings(|settings| {
            settings.max_in_flight = 0;
            settings.patience = Duration::ZERO;
        });
        let app = few.aggregate::<Account>().start().await.unwrap();
        let error = app.execute::<Account>("a", deposit(1)).await.unwrap_err();
        assert!(matches!(error, ExecuteError::Unavailable(StoreError::Unavailable { .. })));
    });
}

/// The account, by code that came later and keeps another state.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counting {
    events: u64,
}

impl Aggregate for Counting {
    const VERSION: u32 = 2;
    type Event = AccountEvent;
    type Command = AccountCommand;
    type Error = InsufficientFunds;

    fn decide(&self, _: AccountCommand) -> Decision<Self> {
        Ok(vec![AccountEvent::Closed])
    }

    fn evolve(&mut self, _: &AccountEvent) {
        self.events += 1;
    }
}

#[test]
fn a_snapshot_is_used_and_dropped_by_another_version() {
    on_both(|store| async move {
        let home = Home::new(store);
        let every = NonZeroU64::new(3).unwrap();
        let app = home.app().aggregate_with_snapshots::<Account>(every).start().await.unwrap();
        for _ in 0..7 {
            app.execute::<Account>("a", deposit(1)).await.unwrap();
        }
        let stream = "account-a".parse().unwrap();
        let mut kept = home.state.snapshot(&stream).await.unwrap().unwrap();
        assert_eq!((kept.version, kept.aggregate_version), (Version(6), 1));
        kept.data = br#"{"balance":1000,"events":6,"closed":false}"#.to_vec();
        home.state.set_snapshot(&stream, kept).await.unwrap();
        let app = home.app().aggregate_with_snapshots::<Account>(every).start().await.unwrap();
        assert_eq!(app.load::<Account>("a").await.unwrap().balance, 1_001, "it begins there");
        let app = home.app().aggregate_with_snapshots::<Counting>(every).start().await.unwrap();
        assert_eq!(app.load::<Counting>("a").await.unwrap().events, 7, "it reads everything");
    });
}
