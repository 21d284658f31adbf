use crate::{
    bench::{Bench, append},
    log::{placed, stream, two_instances},
};

async fn bench() -> Bench {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1), placed(2)]).await;
    append(&store, &stream("order-o2"), vec![placed(3)]).await;
    append(&store, &stream("account-a"), vec![placed(4)]).await;
    store.close().await;
    bench
}

/// The ids' last digits of the events that are listed.
fn listed(bench: &Bench, args: &[&str]) -> String {
    let args = [&["events", "--format", "json"], args].concat();
    let out = bench.run(&args).out();
    let events = out.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    events.map(|event| event["id"].as_str().unwrap().chars().last().unwrap()).collect()
}

#[tokio::test]
async fn events_are_selected_by_what_is_asked_for() {
    let bench = bench().await;
    let check = |args: &[&str], expected: &str| assert_eq!(listed(&bench, args), expected);
    check(&[], "1234");
    check(&["--stream", "order-o1"], "12");
    check(&["--category", "order"], "123");
    check(&["--category", "order", "--category", "account"], "1234");
    check(&["--type", "order.paid"], "");
    check(&["--tag", "customer=3"], "3");
    check(&["--correlation", "00000000-0000-0000-0000-00000000000f"], "1234");
    check(&["--limit", "2"], "12");
    check(&["--last", "3"], "234");
    check(&["--last", "1", "--category", "order"], "3");
    check(&["--after", "1", "--limit", "1"], "2");
}

#[tokio::test]
async fn events_are_a_table_for_people() {
    let bench = bench().await;
    let table = bench.run(&["events", "--category", "account"]).out();
    let expected = "\
position  occurred (UTC)           stream       type          payload
       4  2024-03-01 12:00:00.000  account-a#1  order.placed  {\"total_cents\":400}
";
    assert_eq!(table, expected);
    assert_eq!(bench.run(&["events", "--type", "x"]).out(), "there are no such events\n");
}

#[tokio::test]
async fn facts_of_the_framework_are_shown_when_asked_for() {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    store.close().await;
    assert_eq!(bench.run(&["events"]).out().lines().count(), 2);
    assert_eq!(bench.run(&["events", "--framework"]).out().lines().count(), 4);
    let streams = bench.run(&["streams", "--framework"]).out();
    assert!(streams.contains("quadrille-process-order/late-1        1  "), "{streams}");
}

#[tokio::test]
async fn streams_are_listed_by_name() {
    let bench = bench().await;
    let names = |args: &[&str]| {
        let streams = bench.run(&[&["streams", "--format", "json"], args].concat()).json();
        let name = |stream: &serde_json::Value| {
            format!("{}:{}", stream["stream"].as_str().unwrap(), stream["version"])
        };
        streams.as_array().unwrap().iter().map(name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(&[]), "account-a:1 order-o1:2 order-o2:1");
    assert_eq!(names(&["--category", "order", "--prefix", "o2"]), "order-o2:1");
    assert_eq!(names(&["--limit", "1"]), "account-a:1");
    assert_eq!(names(&["--category", "nobody"]), "");
}

#[tokio::test]
async fn following_goes_on_with_events_of_another_process() {
    use std::{
        io::{BufRead, BufReader},
        process::Stdio,
    };
    let bench = bench().await;
    let mut command = bench.command(&["events", "--last", "1", "--follow", "--format", "json"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let out = child.stdout.take().unwrap();
    let mut lines = BufReader::new(out).lines().map(|line| line.unwrap());
    assert!(lines.next().unwrap().contains("\"account-a\""));
    let store = bench.store().await;
    append(&store, &stream("order-o9"), vec![placed(9)]).await;
    assert!(lines.next().unwrap().contains("\"order-o9\""));
    child.kill().unwrap();
    child.wait().unwrap();
}
