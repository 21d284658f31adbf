//! What code makes of events, one after the other.

use super::{domain::bank::*, support::*};
use quadrille::{
    app::{HistoryError, LeftOut},
    memory::MemoryStore,
    prelude::*,
};
use serde_json::{Value, json};
use std::{num::NonZeroU64, ops::ControlFlow};

const COMMANDS: fn() -> [AccountCommand; 4] =
    || [deposit(5), withdraw(2), AccountCommand::Close, deposit(1)];

async fn carried_out(app: Quadrille) -> App {
    let app = app.start().await.unwrap();
    for command in COMMANDS() {
        app.execute::<Account>("a", command).await.unwrap();
        app.execute::<Account>("other", deposit(100)).await.unwrap();
    }
    app
}

async fn states(app: &App, stream: &str) -> Result<Vec<(u64, Value)>, HistoryError> {
    let mut seen = Vec::new();
    let see = &mut |event: &quadrille::Envelope, state: &Value| {
        seen.push((event.version.0, state.clone()));
        ControlFlow::Continue(())
    };
    app.states(&stream.parse().unwrap(), see).await.map(|()| seen)
}

async fn rows(app: &App, model: &str, key: &[&str]) -> Result<Vec<(String, Value)>, HistoryError> {
    let mut seen = Vec::new();
    let see = &mut |event: &quadrille::Envelope, row: &Value| {
        seen.push((format!("{}#{}", event.stream, event.version), row.clone()));
        ControlFlow::Continue(())
    };
    let key: Vec<String> = key.iter().map(|&part| part.to_owned()).collect();
    let left_out = app.row_history(model, &key, see).await?;
    assert_eq!(left_out, LeftOut::default());
    Ok(seen)
}

fn of_a((balance, events, closed): (i64, u64, bool)) -> (u64, Value) {
    (events, json!({ "balance": balance, "events": events, "closed": closed }))
}

#[test]
fn an_aggregate_has_a_state_after_each_event() {
    let expected = || [(5, 1, false), (3, 2, false), (3, 3, true), (4, 4, true)].map(of_a);
    on_both(|store| async move {
        let app = Home::new(store).app().inspectable_aggregate::<Account>();
        let app = carried_out(app).await;
        assert_eq!(states(&app, "account-a").await.unwrap(), expected());
        assert_eq!(states(&app, "account-nobody").await.unwrap(), []);
    });
    run(async {
        // A snapshot is no beginning.
        let every = NonZeroU64::new(2).unwrap();
        let home = Home::new(MemoryStore::new());
        let app = carried_out(home.app().aggregate_with_snapshots::<Account>(every)).await;
        assert_eq!(states(&app, "account-a").await.unwrap(), expected());
    });
}

#[test]
fn a_row_has_a_history_of_the_events_that_touch_it() {
    on_both(|store| async move {
        let app = Home::new(store).app().aggregate::<Account>().fold(balance);
        let app = carried_out(app.rows::<super::projection::Movements>()).await;
        let cents = |n: u64, cents: i64| {
            (format!("account-a#{n}"), json!({ "account": "a", "cents": cents }))
        };
        let expected = [cents(1, 5), cents(2, 3), cents(3, 3), cents(4, 4)];
        assert_eq!(rows(&app, "balance", &["a"]).await.unwrap(), expected);
        assert_eq!(rows(&app, "balance", &["nobody"]).await.unwrap(), []);
        // Many streams touch this one, and a close makes it go.
        let outward = rows(&app, "movements", &["false"]).await.unwrap();
        let shown = |count: i64| json!({ "inward": false, "count": count, "forgotten": false });
        let expected =
            [("account-a#2".to_owned(), shown(1)), ("account-a#3".to_owned(), Value::Null)];
        assert_eq!(outward, expected);
        let inward = rows(&app, "movements", &["true"]).await.unwrap();
        assert_eq!(inward.last().unwrap().1["count"], 7);
    });
}

#[test]
fn a_long_history_is_read_page_by_page() {
    run(async {
        let app = Home::new(MemoryStore::new()).app().inspectable_aggregate::<Account>();
        let app = app.fold(balance).start().await.unwrap();
        for _ in 0..2_100 {
            app.execute::<Account>("a", deposit(1)).await.unwrap();
        }
        let last = |balance| json!({ "balance": balance, "events": balance, "closed": false });
        let states = states(&app, "account-a").await.unwrap();
        assert_eq!((states.len(), &states[2_099].1), (2_100, &last(2_100)));
        let rows = rows(&app, "balance", &["a"]).await.unwrap();
        assert_eq!((rows.len(), &rows[2_099].1["cents"]), (2_100, &json!(2_100)));
    });
}

#[test]
fn what_cannot_be_told_is_said() {
    run(async {
        let home = Home::new(MemoryStore::new());
        let app = home.app().aggregate::<Account>().fold(balance).start().await.unwrap();
        let error = states(&app, "order-1").await.unwrap_err().to_string();
        assert!(error.contains("no aggregate of its category"), "{error}");
        let hidden = states(&app, "account-a").await.unwrap_err().to_string();
        assert!(
            hidden.contains("derive `Serialize` for it, and add it by `inspectable_aggregate`")
        );
        let error = rows(&app, "sums", &["a"]).await.unwrap_err().to_string();
        assert!(error.contains("no read model `sums`"), "{error}");
        let error = rows(&app, "balance", &["a", "b"]).await.unwrap_err().to_string();
        assert!(error.ends_with("2 values are given; its key is account (text)"), "{error}");
    });
}

/// How often each account is named: an event names its own twice.
#[derive(Debug, PartialEq, Row)]
struct Named {
    #[row(key)]
    account: String,
    times: i64,
}

impl RowProjector for Named {
    type Event = AccountEvent;

    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = String> {
        [event.id().to_owned(), event.id().to_owned()]
    }

    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.times += 1;
        if let AccountEvent::Deposited { note, .. } = &**event
            && note == "panic"
        {
            panic!("no row");
        }
    }
}

#[test]
fn a_row_that_an_event_names_twice_is_touched_twice() {
    run(async {
        let app = Home::new(MemoryStore::new()).app().aggregate::<Account>().rows::<Named>();
        let app = carried_out(app).await;
        let told = rows(&app, "named", &["a"]).await.unwrap();
        let row = app.row::<Named>("a").await.unwrap().unwrap();
        assert_eq!((told.len(), row.times), (4, 8));
        assert_eq!(told.last().unwrap().1["times"], 8);
    });
}

#[test]
fn what_code_cannot_use_is_left_out_with_what_lies_behind_it() {
    run(async {
        let app = Home::new(MemoryStore::new()).app().aggregate::<Account>().rows::<Named>();
        let app = app.start().await.unwrap();
        let note = AccountCommand::Note { note: "panic".into() };
        for command in [deposit(1), note, deposit(1)] {
            app.execute::<Account>("a", command).await.unwrap();
        }
        app.execute::<Account>("b", deposit(1)).await.unwrap();
        let mut seen = 0;
        let see = &mut |_: &quadrille::Envelope, _: &Value| {
            seen += 1;
            ControlFlow::Continue(())
        };
        let left_out = app.row_history("named", &["a".into()], see).await.unwrap();
        let (event, reason) = left_out.first.unwrap();
        assert_eq!((seen, left_out.events), (1, 2));
        assert_eq!(event, stream(&app, "account-a").await[1].id);
        assert!(reason.contains("no row"), "{reason}");
    });
}

#[test]
fn a_history_ends_where_nobody_wants_more() {
    run(async {
        let home = Home::new(MemoryStore::new());
        let app = carried_out(home.app().inspectable_aggregate::<Account>().fold(balance)).await;
        let mut seen = 0;
        let see = &mut |_: &quadrille::Envelope, _: &Value| {
            seen += 1;
            if seen % 2 == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        app.states(&"account-a".parse().unwrap(), see).await.unwrap();
        app.row_history("balance", &["a".into()], see).await.unwrap();
        assert_eq!(seen, 4);
    });
}
