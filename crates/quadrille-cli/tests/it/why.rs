//! Why something is so, and what changed.

use crate::{
    bench::{Bench, append},
    log::{append_fact, paid, placed, stream, two_instances},
};
use quadrille_core::journal::process_stream;

const STEPS: &str = "quadrille-process-fulfilment/o1";

async fn bench() -> Bench {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    append(&store, &stream("order-o1"), vec![placed(3)]).await;
    let second = paid("fulfilment", "o1", placed(3).id);
    append_fact(&store, &process_stream("fulfilment", "o1").unwrap(), &second, placed(3).id).await;
    store.close().await;
    bench
}

#[tokio::test]
async fn a_field_is_led_back_to_the_events_that_said_it() {
    let bench = bench().await;
    let expected = "\
total_cents = 300
  ● order.placed  order-o1#2  2024-03-01 12:00:00.000
  ↑ ▶ order.place  by alice  from outside

total_cents = 100
  ● order.placed  order-o1#1  2024-03-01 12:00:00.000
  ↑ ▶ order.place  by alice  from outside
";
    assert_eq!(bench.run(&["why", "order-o1", "total_cents"]).out(), expected);
    let last = bench.run(&["why", "order-o1", "total_cents", "--limit", "1", "--format", "json"]);
    let last = last.json();
    assert_eq!(last.as_array().unwrap().len(), 1);
    assert_eq!((&last[0]["value"], &last[0]["version"]), (&300.into(), &2.into()));
    assert_eq!(last[0]["because"][0]["from_outside"], true);
}

#[tokio::test]
async fn a_state_is_led_back_to_the_steps_that_changed_it() {
    let bench = bench().await;
    let expected = "\
cents = 100
  ● quadrille.process.stepped  quadrille-process-fulfilment/o1#1  2024-03-01 12:00:00.000
  ↑ ● order.placed  order-o1#1  2024-03-01 12:00:00.000
  ↑ ▶ order.place  by alice  from outside
";
    assert_eq!(bench.run(&["why", STEPS, "cents"]).out(), expected);
    let paid = bench.run(&["why", STEPS, "paid"]).out();
    assert!(paid.starts_with("paid = true\n") && paid.contains("order-o1#2"), "{paid}");
}

#[tokio::test]
async fn what_cannot_be_told_is_said() {
    let bench = bench().await;
    let error = |args: &[&str]| bench.run(args).error();
    let nobody = error(&["why", "order-nobody", "a"]);
    assert!(
        nobody.contains("failed to tell why: the log holds no events of a stream order-nobody")
    );
    let field = error(&["why", "order-o1", "total"]);
    assert!(
        field.contains("no event of order-o1 holds total; the only field is total_cents"),
        "{field}"
    );
    let code = "users' code, which this command does not know; mount the commands in your program";
    let state = error(&["why", "order-o1", "total_cents", "--state"]);
    assert!(state.contains(code), "{state}");
    let row = error(&["why", "totals", "cents", "--key", "a"]);
    assert!(row.contains("tell why a row is so") && row.contains(code), "{row}");
    let stream = error(&["why", "nobody", "a"]);
    let no_stream = "failed to tell why: stream \"nobody\" has no `-` between its category";
    assert!(stream.contains(no_stream) && stream.contains("with --key"), "{stream}");
    let diff = |a: &str, b: &str| error(&["events", "diff", a, b]);
    let place = diff("order-o1", "order-o1#1");
    assert!(place.contains("write an event's id, or its stream and its place, such as"), "{place}");
    let none = diff("order-o1#1", "order-o1#9");
    assert!(none.contains("failed to compare events: the log holds no event order-o1#9"), "{none}");
}

#[tokio::test]
async fn two_events_differ_field_by_field() {
    let bench = bench().await;
    let expected = "\
- order.placed  order-o1#1  2024-03-01 12:00:00.000
+ order.placed  order-o1#2  2024-03-01 12:00:00.000

field        before  after
total_cents  100     300
";
    assert_eq!(bench.run(&["events", "diff", "order-o1#1", "order-o1#2"]).out(), expected);
    let id = placed(3).id.to_string();
    let json = bench.run(&["events", "diff", "order-o1#1", &id, "--format", "json"]).json();
    assert_eq!(json["differences"][0]["field"], "total_cents");
    assert_eq!(json["after"]["version"], 2);
    let same = bench.run(&["events", "diff", "order-o1#1", "order-o1#1"]).out();
    assert!(same.ends_with("\nnothing differs\n"), "{same}");
}

#[tokio::test]
async fn two_steps_differ_in_the_state_that_they_left() {
    let bench = bench().await;
    let (first, second) = (format!("{STEPS}#1"), format!("{STEPS}#2"));
    let shown = bench.run(&["events", "diff", &first, &second]).out();
    assert!(shown.ends_with("\nfield  before  after\npaid   -       true\n"), "{shown}");
    let tree = bench.run(&["trace", "order-o1", "--state"]).out();
    assert!(tree.contains("  cents = 100\n") && tree.contains("  paid = true\n"), "{tree}");
    let json = |more: &[&str]| {
        let args = [&["trace", "order-o1", "--format", "json"], more].concat();
        bench.run(&args).json().to_string()
    };
    assert!(json(&["--state"]).contains("\"changes\""));
    assert!(!json(&[]).contains("\"changes\""));
}
