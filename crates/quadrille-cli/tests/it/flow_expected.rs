//! Flows of a log, held against how they are expected to go.

use crate::{
    bench::{Bench, append},
    log::stream,
};
use chrono::{DateTime, Duration, TimeZone, Utc};
use quadrille_core::{CorrelationId, EventId, Metadata, NewEvent};
use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};
use uuid::Uuid;

const ORDER: &str = "flow order { order.placed order.paid within 3d order.shipped ends after 30d }";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap()
}

/// Events of a flow, a day after the other.
async fn flow(bench: &Bench, flow: u128, events: &[&str]) {
    let store = bench.store().await;
    for (day, event_type) in (0..).zip(events) {
        let correlation = CorrelationId(Uuid::from_u128(flow));
        let at = start() + Duration::days(day);
        let metadata = Metadata::new(correlation, correlation.0, "shop", at);
        let id = EventId(Uuid::from_u128(flow * 100 + u128::try_from(day).unwrap()));
        let event = NewEvent::new(id, *event_type, "{}", metadata).unwrap();
        append(&store, &stream(&format!("order-{flow}")), vec![event]).await;
    }
    store.close().await;
}

async fn bench() -> Bench {
    let bench = Bench::new();
    bench.write("order.flow", ORDER);
    flow(&bench, 1, &["order.placed", "order.paid", "order.shipped"]).await;
    flow(&bench, 2, &["order.placed", "order.shipped"]).await;
    flow(&bench, 3, &["order.placed"]).await;
    bench
}

#[tokio::test]
async fn what_differs_is_found_and_named() {
    let bench = bench().await;
    let found = bench.run(&["flow", "check", "--expect", "order.flow"]);
    assert_eq!(
        (found.code, &*found.out),
        (
            1,
            "\
order: 3 flows · 1 as expected · 1 open · 1 differ · fitness 0.933
flows  fitness  variant
    1     0.80  order.placed → order.shipped

error: unexpected-flow
  order: order.paid missing in 1 of 3 flows: in 00000000-0000-0000-0000-000000000002, order.paid is missing behind order.placed (event 00000000-0000-0000-0000-0000000000c8 at position 4)
  → look at such a flow with `quadrille trace`, and mend it or its specification

1 error, 0 warnings
"
        )
    );
    let later = ["flow", "check", "--expect", "order.flow", "--now", "2024-05-01T00:00:00Z"];
    let json = bench.run(&[&later[..], &["--format", "json"]].concat()).out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let report = &json["expected"][0];
    assert_eq!((&report["open"], &report["deviating"]), (&0.into(), &2.into()));
    assert_eq!(report["variants"].as_array().unwrap().len(), 3);
    let examples = &report["deviations"][0]["examples"];
    assert_eq!(examples[0]["deviation"]["kind"], "missing");
    let sarif = bench.run(&[&later[..], &["--format", "sarif"]].concat()).out;
    assert!(sarif.contains("unexpected-flow"), "{sarif}");
}

#[tokio::test]
async fn a_specification_that_cannot_be_read_says_where() {
    let bench = bench().await;
    bench.write("wrong.flow", "flow order {\n  order.placed within\n}");
    let error = bench.run(&["flow", "check", "--expect", "wrong.flow"]).error();
    assert!(error.contains("wrong.flow: 3:1: a time is missing here"), "{error}");
    bench.write("empty.flow", "# nothing");
    let error = bench.run(&["flow", "check", "--expect", "empty.flow"]).error();
    assert!(error.contains("empty.flow expects no flow"), "{error}");
    let error = bench.run(&["flow", "check", "--expect", "none.flow"]).error();
    assert!(error.contains("read none.flow"), "{error}");
    let sarif = ["flow", "check", "--expect", "order.flow", "--follow", "--format", "sarif"];
    let error = bench.run(&sarif).error();
    assert!(error.contains("SARIF cannot be followed"), "{error}");
}

#[tokio::test]
async fn what_differs_is_told_as_it_happens() {
    let bench = bench().await;
    let args = ["flow", "check", "--expect", "order.flow", "--follow", "--format", "json"];
    let mut following = bench.command(&args).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    // The report first; it ends where its object does.
    while lines.next().unwrap().unwrap() != "}" {}
    flow(&bench, 4, &["order.placed", "order.refunded"]).await;
    let news: Vec<(String, String)> = (0..2)
        .map(|_| {
            let news = lines.next().unwrap().unwrap();
            let news: serde_json::Value = serde_json::from_str(&news).unwrap();
            (
                news["flow"].as_str().unwrap().into(),
                news["deviation"]["kind"].as_str().unwrap().into(),
            )
        })
        .collect();
    let flow = |n| format!("00000000-0000-0000-0000-00000000000{n}");
    // By now, which is years later, the third order should have been paid.
    assert!(news.contains(&(flow(3), "overdue".into())), "{news:?}");
    assert!(news.contains(&(flow(4), "extra".into())), "{news:?}");
    following.kill().unwrap();
    following.wait().unwrap();
}

#[tokio::test]
async fn effects_that_take_longer_than_before_are_found() {
    let bench = Bench::new();
    for n in 1..=30 {
        flow(&bench, n, &["a.done", "a.done"]).await;
    }
    let out = bench.run(&["flow", "show", "--observed", "--format", "json"]).out();
    bench.write("before.json", out);
    let check = ["flow", "check", "--baseline", "before.json", "--expect", "a.flow"];
    bench.write("a.flow", "flow a { a.done+ }");
    assert!(bench.run(&check).out().ends_with("nothing found\n"));
    let error = bench.run(&["flow", "check", "--baseline", "a.flow"]).error();
    assert!(
        error.contains("read a.flow as what `flow show --observed --format json` writes"),
        "{error}"
    );
}
