//! Processes made for one question each.

use super::super::{domain::bank::*, support::*};
use quadrille::{
    journal::{Operation, Parked, ParkedResolved, ProcessDiscarded, ProcessStepped},
    memory::MemoryStore,
    prelude::*,
    state::{Change, Consumer, ConsumerKind, Consumers},
};
use quadrille_testing::crash::{Run, Scenario, Stores, command_id, everywhere};
use serde::{Deserialize, Serialize};

/// Tells each account's process apart by the account's id; notes say what to do.
#[derive(Input)]
#[process(key = account)]
enum Note {
    #[on(
        "account.deposited",
        starts,
        late,
        sends(Account::Deposit, Account::Withdraw, Account::Note, Account::Panic),
        sets(First, Second),
        compensates,
        completes
    )]
    Deposited {
        #[view(id)]
        account: String,
        cents: i64,
        note: String,
    },
    #[on(deadline, sends(Account::Note))]
    First { n: u32 },
    #[on(deadline, sends(Account::Note))]
    Second,
    #[on(rejected, sends(Account::Note))]
    Refused(Rejected),
}

#[derive(Default, Serialize, Deserialize)]
struct Notes {
    account: String,
}

fn note(text: impl Into<String>) -> AccountCommand {
    AccountCommand::Note { note: text.into() }
}

fn log(out: &mut Outbox<Note>, text: impl Into<String>) {
    out.send::<Account>("log", note(text));
}

impl ProcessManager for Notes {
    const NAME: &'static str = "notes";
    type Input = Note;

    fn react(&mut self, input: Note, out: &mut Outbox<Note>) {
        let (account, text) = match input {
            Note::Deposited { account, note, .. } => (account, note),
            Note::First { n: 13 } => panic!("no thirteenth"),
            Note::First { n } => return log(out, format!("first {n}")),
            Note::Second => return log(out, "second"),
            Note::Refused(_) if self.account == "touchy" => panic!("no refusals"),
            Note::Refused(refused) => return log(out, refused.message),
        };
        if account == "log" || account == "other" {
            return;
        }
        self.account = account.clone();
        for order in text.split_whitespace() {
            match order {
                "first" => out.deadline(days(1), Note::First { n: 1 }),
                "again" => out.deadline(days(5), Note::First { n: 2 }),
                "unlucky" => out.deadline(days(1), Note::First { n: 13 }),
                "second" => out.deadline(days(2), Note::Second),
                "cancel" => out.cancel(Note::First { n: 0 }),
                "too-much" => {
                    out.send::<Account>("other", withdraw(1_000_000));
                }
                "later" => {
                    out.send::<Account>("other", note("later")).after(days(4));
                }
                "later-panic" => {
                    out.send::<Account>("other", AccountCommand::Panic).after(days(1));
                }
                "later-too-much" => {
                    out.send::<Account>("other", withdraw(1_000_000)).after(days(4));
                }
                "do" => {
                    out.send::<Account>("other", note("done")).undo(note("undone"));
                }
                "panic" => panic!("no reaction"),
                "panic-there" => {
                    out.send::<Account>("other", AccountCommand::Panic);
                }
                "compensate" => out.compensate("a note says so"),
                "complete" => out.complete(),
                other => panic!("what is {other}?"),
            }
        }
    }
}

async fn start(home: &Home) -> App {
    home.app().aggregate::<Account>().process::<Notes>().start().await.unwrap()
}

async fn tell(app: &App, text: &str) -> quadrille::Receipt {
    let receipt = app.execute::<Account>("a", note(text)).await.unwrap();
    app.settle().await.unwrap();
    receipt
}

async fn notes(app: &App, account: &str) -> Vec<String> {
    let events = stream(app, &format!("account-{account}")).await;
    let text = |event: &quadrille::Envelope| {
        let data: serde_json::Value = serde_json::from_slice(&event.data).unwrap();
        data["note"].as_str().unwrap_or("none").to_owned()
    };
    events.iter().map(text).collect()
}

/// What the log says in the end, when these notes came first and then ten days passed by.
fn check(told: &[&str], log: &[&str], other: &[&str]) {
    for store in [MemoryStore::new(), MemoryStore::like_kurrentdb()] {
        run(async {
            let home = Home::new(store);
            let app = start(&home).await;
            for text in told {
                tell(&app, text).await;
            }
            for _ in 0..10 {
                home.clock.advance(days(1));
                app.settle().await.unwrap();
            }
            assert_eq!(notes(&app, "log").await, log, "{told:?}");
            assert_eq!(notes(&app, "other").await, other, "{told:?}");
            assert_eq!(app.next_deadline().await.unwrap(), None);
        });
    }
}

#[test]
fn deadlines_come_in_the_order_of_their_times() {
    check(&["second first"], &["first 1", "second"], &[]);
}

#[test]
fn a_deadline_replaces_the_open_one_of_its_name() {
    check(&["first", "second", "again"], &["second", "first 2"], &[]);
    check(&["first again"], &["first 2"], &[]);
}

#[test]
fn a_cancelled_deadline_does_not_come() {
    check(&["first second", "cancel"], &["second"], &[]);
    check(&["first cancel"], &[], &[]);
    check(&["first", "cancel", "first"], &["first 1"], &[]);
}

#[test]
fn completing_cancels_deadlines_and_lets_commands_go_out() {
    check(&["first later complete"], &[], &["later"]);
}

#[test]
fn a_refusal_after_completion_still_comes() {
    check(&["later-too-much complete"], &["only 0 cents are left"], &[]);
    check(&["too-much complete"], &["only 0 cents are left"], &[]);
}

#[test]
fn an_input_declared_late_reaches_a_completed_instance() {
    check(&["complete", "do"], &[], &["done"]);
}

#[test]
fn compensation_drops_what_has_not_gone_out() {
    check(&["do", "later", "compensate"], &[], &["done", "undone"]);
}

#[test]
fn what_is_accepted_after_compensation_is_undone_at_once() {
    // The command goes out when the step has compensated already.
    check(&["do compensate"], &[], &["done", "undone"]);
}

#[test]
fn what_is_undone_is_not_undone_again() {
    check(&["do", "compensate", "compensate", "do"], &[], &["done", "undone", "done"]);
}

async fn parked_reason(app: &App) -> String {
    let parked = app.parked().await.unwrap();
    assert_eq!(parked.len(), 1, "{parked:?}");
    assert_eq!(facts::<Parked>(app).await.len(), 1, "it is in the log");
    parked[0].1.reason.clone()
}

#[test]
fn a_panic_parks_the_event_and_replaying_it_goes_on() {
    for (text, reason) in [("panic", "no reaction"), ("panic-there", "no decision")] {
        on_both(|store| async move {
            let app = start(&Home::new(store)).await;
            let receipt = tell(&app, text).await;
            assert!(parked_reason(&app).await.contains(reason));
            app.execute::<Account>("b", note("do")).await.unwrap();
            app.settle().await.unwrap();
            assert_eq!(notes(&app, "other").await, ["done"], "other instances go on");
            let again = app.replay("notes", receipt.events[0], "try", "ann").await.unwrap_err();
            assert!(again.to_string().contains(reason), "{again}");
            app.discard("notes", receipt.events[0], "hopeless", "ann").await.unwrap();
            assert!(app.parked().await.unwrap().is_empty());
            tell(&app, "do").await;
            assert_eq!(notes(&app, "other").await, ["done", "done"], "it goes on");
            assert!(app.parked().await.unwrap().is_empty());
        });
    }
}

#[test]
fn a_deadline_is_due_at_a_whole_microsecond_and_never_early() {
    on_both(|store| async move {
        let home = Home::new(store);
        home.clock.advance(std::time::Duration::from_nanos(1));
        let app = start(&home).await;
        tell(&app, "first").await;
        let due = app.next_deadline().await.unwrap().unwrap();
        let since = due - home.clock.now();
        assert_eq!(since, chrono::Duration::days(1) + chrono::Duration::nanoseconds(999));
        home.clock.advance_to(due);
        app.settle().await.unwrap();
        assert_eq!(notes(&app, "log").await, ["first 1"]);
    });
}

#[test]
fn a_table_of_deadlines_is_written_again_from_the_log() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        tell(&app, "first").await;
        app.shutdown().await;
        let consumer = Consumer::handler(ConsumerKind::Process, "notes");
        let claim = home.state.claim(&consumer).await.unwrap();
        let deadlines = vec![("notes".into(), "a".into(), Vec::new())];
        let change = Change { deadlines, ..Change::default() };
        home.state.commit(&consumer, claim.epoch, change).await.unwrap();
        let app = start(&home).await;
        assert_eq!(app.next_deadline().await.unwrap(), None);
        let rebuild = Operation::RebuildDeadlines { process: "notes".into() };
        app.operate(&rebuild, "ann").await.unwrap();
        home.clock.advance(days(1));
        app.settle().await.unwrap();
        assert_eq!(notes(&app, "log").await, ["first 1"]);
    });
}

/// Discards whatever is parked.
async fn discard_all(app: &App) -> Result<(), quadrille::app::OperateError> {
    app.settle().await.map_err(|e| quadrille::app::OperateError::Refused(e.to_string()))?;
    while let Some((consumer, head)) = app.parked().await?.into_iter().next() {
        match app.discard(&consumer.name, head.event, "hopeless", "ann").await {
            // For another reason: what stood behind that one.
            Ok(()) | Err(quadrille::app::OperateError::ParkedAgain { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[test]
fn what_an_instance_cannot_get_past_is_given_up_alone() {
    type Texts = &'static [&'static str];
    let cases: [(&str, Texts, Texts, Texts); 4] = [
        ("do panic-there do", &["account.panic"], &[], &["done", "done"]),
        ("unlucky second", &["First"], &["second"], &[]),
        ("later-panic second", &["account.panic"], &["second"], &[]),
        ("later-panic unlucky panic-there", &["account.panic", "account.panic", "First"], &[], &[]),
    ];
    for (told, names, log, other) in cases {
        on_both(|store| async move {
            let home = Home::new(store);
            let app = start(&home).await;
            tell(&app, told).await;
            discard_all(&app).await.unwrap();
            home.clock.advance(days(3));
            discard_all(&app).await.unwrap();
            assert_eq!(notes(&app, "log").await, log, "{told}");
            assert_eq!(notes(&app, "other").await, other, "{told}");
            assert_eq!(app.next_deadline().await.unwrap(), None, "{told}");
            let given_up = facts::<ProcessDiscarded>(&app).await;
            let found: Vec<&str> = given_up.iter().map(|fact| &*fact.name).collect();
            assert_eq!(found, names, "{told}");
            assert_eq!((&*given_up[0].actor, &*given_up[0].reason), ("ann", "hopeless"));
            // Somebody decided on everything that was put aside.
            let parked = facts::<Parked>(&app).await;
            let resolved = facts::<ParkedResolved>(&app).await;
            for parked in parked {
                assert!(resolved.iter().any(|fact| fact.event == parked.event), "{told}");
            }
            // Nothing of it comes back with another process.
            app.shutdown().await;
            let app = start(&home.without_state()).await;
            app.settle().await.unwrap();
            tell(&app, "do").await;
            assert!(app.parked().await.unwrap().is_empty(), "{told}");
            assert_eq!(facts::<ProcessDiscarded>(&app).await.len(), given_up.len(), "{told}");
        });
    }
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

async fn tell_and_discard(run: &Run) -> Result<(), AnyError> {
    let start = chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000);
    for (n, text) in (0..).zip(["unlucky second", "do panic-there do", "do"]) {
        run.app.execute::<Account>("a", note(text)).command_id(command_id(n)).await?;
        run.app.settle().await?;
    }
    let touchy = run.app.execute::<Account>("touchy", note("later-too-much"));
    touchy.command_id(command_id(9)).await?;
    discard_all(&run.app).await?;
    run.clock.advance_to(start + chrono::Duration::days(5));
    discard_all(&run.app).await?;
    Ok(())
}

#[test]
fn giving_up_ends_as_if_undisturbed() {
    let build = async |app: Quadrille| {
        let app = app.settings(|settings| settings.handler_retry = quadrille::RetryPolicy::NEVER);
        app.aggregate::<Account>().process::<Notes>().start().await
    };
    let observe = async |app: &App| -> Result<serde_json::Value, AnyError> {
        let open = app.state().deadlines(&Default::default(), 100).await?;
        let parked = app.parked().await?;
        Ok(serde_json::json!([open.len(), parked.len()]))
    };
    for open in [MemoryStore::new, MemoryStore::like_kurrentdb] {
        let scenario = Scenario { build, drive: tell_and_discard, observe };
        everywhere(|| Stores::on(open()), &scenario);
    }
}

/// A process that answers each of its own commands with another, without an end.
#[derive(Input)]
#[process(key = account)]
enum Refusals {
    #[on("account.deposited", starts, sends(Account::Withdraw))]
    Deposited {
        #[view(id)]
        account: String,
    },
    #[on(rejected, sends(Account::Withdraw))]
    Refused(Rejected),
}

#[derive(Default, Serialize, Deserialize)]
struct Stubborn;

impl ProcessManager for Stubborn {
    const NAME: &'static str = "stubborn";
    type Input = Refusals;

    fn react(&mut self, _: Refusals, out: &mut Outbox<Refusals>) {
        out.send::<Account>("poor", withdraw(1_000_000));
    }
}

#[test]
fn a_process_that_never_comes_to_rest_is_stopped_and_parked() {
    on_both(|store| async move {
        let app = Home::new(store).app().aggregate::<Account>().process::<Stubborn>();
        let app = app.start().await.unwrap();
        app.execute::<Account>("a", deposit(1)).await.unwrap();
        app.settle().await.unwrap();
        assert!(parked_reason(&app).await.contains("is this a loop?"));
        let steps = facts::<ProcessStepped>(&app).await.len();
        assert!((90..=110).contains(&steps), "{steps}");
    });
}

/// The notes' process as later code has it: it counts.
#[derive(Default, Serialize, Deserialize)]
struct Counted {
    count: u64,
}

#[derive(Input)]
#[process(key = account)]
enum Count {
    #[on("account.deposited", starts, sends(Account::Note))]
    Deposited {
        #[view(id)]
        account: String,
    },
}

impl ProcessManager for Counted {
    const NAME: &'static str = "notes";
    const VERSION: u32 = 3;
    type Input = Count;

    fn react(&mut self, input: Count, _: &mut Outbox<Count>) {
        let Count::Deposited { .. } = input;
        self.count += 1;
    }

    fn upgrade(version: u32, state: &[u8]) -> Result<Self, quadrille::DecodeError> {
        let old: Notes = serde_json::from_slice(state)
            .map_err(|error| quadrille::DecodeError::payload("notes", version, error))?;
        Ok(Self { count: 10 * u64::from(version) + old.account.len() as u64 })
    }
}

#[test]
fn the_state_of_older_code_is_upgraded() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = start(&home).await;
        tell(&app, "do").await;
        app.shutdown().await;
        let app = home.app().aggregate::<Account>().process::<Counted>().start().await.unwrap();
        tell(&app, "do").await;
        let step = facts::<ProcessStepped>(&app).await.into_iter().rfind(|step| step.key == "a");
        let step = step.unwrap();
        assert_eq!((step.state.get(), step.state_version), (r#"{"count":12}"#, 3));
    });
}

#[test]
fn a_state_that_nobody_can_upgrade_parks_the_event() {
    on_both(|store| async move {
        let home = Home::new(store);
        let app = home.app().aggregate::<Account>().process::<Counted>().start().await.unwrap();
        tell(&app, "do").await;
        app.shutdown().await;
        let app = start(&home).await;
        tell(&app, "do").await;
        assert!(parked_reason(&app).await.contains("implement `ProcessManager::upgrade`"));
    });
}
