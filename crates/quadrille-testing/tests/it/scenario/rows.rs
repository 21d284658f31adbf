use super::failure;
use chrono::{DateTime, Utc};
use quadrille::prelude::*;
use quadrille_testing::scenario::*;

#[derive(Event)]
#[event(category = "account")]
enum AccountEvent {
    Deposited { cents: i64 },
    Withdrawn { cents: i64 },
}
use AccountEvent::*;

#[derive(Row)]
struct Balance {
    #[row(stream_id)]
    account: String,
    cents: i64,
}
impl Balance {
    fn of(account: &str, cents: i64) -> Self {
        Self { account: account.into(), cents }
    }
}
fn balance(row: &mut Balance, event: &Recorded<AccountEvent>) {
    match **event {
        Deposited { cents } => row.cents += cents,
        Withdrawn { cents } => row.cents -= cents,
    }
}

#[derive(Row)]
struct Latest {
    #[row(key)]
    kind: String,
    account: String,
    at: Option<DateTime<Utc>>,
    open: i64,
}
impl RowProjector for Latest {
    type Event = AccountEvent;
    fn keys(event: &Recorded<AccountEvent>) -> impl IntoIterator<Item = String> {
        (event.id() != "nobody").then(|| "latest".to_owned())
    }
    fn apply(&mut self, event: &Recorded<AccountEvent>) {
        self.account = event.id().into();
        self.at = Some(event.occurred_at());
        match **event {
            Deposited { cents } => self.open += cents,
            Withdrawn { cents } => self.open -= cents,
        }
    }
    fn is_gone(&self) -> bool {
        self.open == 0
    }
}

fn deposits() -> [Draft<AccountEvent>; 3] {
    [
        recorded(Deposited { cents: 5 }).stream("bob"),
        recorded(Deposited { cents: 7 }).stream("alice"),
        recorded(Withdrawn { cents: 2 }).stream("bob"),
    ]
}

#[test]
fn a_fold_makes_a_row_of_every_stream() {
    fold(balance)
        .given(deposits())
        .in_any_order()
        .then([Balance::of("alice", 7), Balance::of("bob", 3)]);
    fold(balance).given([Deposited { cents: 5 }]).then([Balance::of("1", 5)]);
    fold(balance).then_nothing();
}

#[test]
fn a_row_that_is_gone_is_made_anew() {
    let at: DateTime<Utc> = "2024-02-29T12:00:00Z".parse().unwrap();
    let latest = |open| Latest { kind: "latest".into(), account: "bob".into(), at: Some(at), open };
    let deposited = |cents| recorded(Deposited { cents }).stream("bob").at(at);
    let withdrawn = |cents| recorded(Withdrawn { cents }).stream("bob").at(at);
    rows::<Latest>().given([deposited(5), withdrawn(5)]).then_nothing();
    rows::<Latest>().given([deposited(5), withdrawn(5), deposited(2)]).then([latest(2)]);
    rows::<Latest>().given([recorded(Deposited { cents: 1 }).stream("nobody")]).then_nothing();
}

#[test]
fn rows_that_depend_on_the_order_of_streams_are_found() {
    let told = failure(|| rows::<Latest>().given(deposits()).in_any_order());
    assert_eq!(
        told,
        r#"the rows depend on which comes first, 2. account.deposited in account-alice or 3. account.deposited in account-bob (- 2 first, + 3 first)
 given   1. account.deposited in account-bob
 given   2. account.deposited in account-alice
 given   3. account.deposited in account-bob
  when - 1 2 3
       + 1 3 2
  then - {kind: "latest", account: "bob", at: 2024-01-01T00:00:00.000000Z, open: 10}
       + {kind: "latest", account: "alice", at: 2024-01-01T00:00:00.000000Z, open: 10}"#
    );
}

#[test]
fn a_failure_shows_the_rows_that_differ() {
    let told = failure(|| {
        fold(balance).given(deposits()).then([Balance::of("alice", 7), Balance::of("bob", 5)])
    });
    assert!(told.starts_with("the rows differ (- expected, + got)\n given   account.deposited in"));
    let difference = r#"
  then   {account: "alice", cents: 7}
       - {account: "bob", cents: 5}
       + {account: "bob", cents: 3}"#;
    assert!(told.ends_with(difference), "{told}");
}
