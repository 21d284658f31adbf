//! The graph of all flows.

use crate::{bench::Bench, data, log::two_instances};
use quadrille_core::{Envelope, EventStore, Position, Query, store::Direction};
use quadrille_flow::observed::{Follower, Miner, Sequence, Settings, View, Within, read_on};
use serde_json::Value;

const SHOW: [&str; 5] = ["flow", "show", "--observed", "--by", "sequence"];

fn case(name: &str, events: &[(&str, &str)]) -> String {
    let event = |(name, time): &(&str, &str)| {
        format!(
            r#"<event><string key="concept:name" value="{name}"/><date key="time:timestamp" value="2024-03-01T{time}Z"/></event>"#
        )
    };
    let events: String = events.iter().map(event).collect();
    format!(r#"<trace><string key="concept:name" value="{name}"/>{events}</trace>"#)
}

/// Three small claims.
fn claims() -> Bench {
    let bench = Bench::new();
    let begun = [("register", "12:00:00"), ("check", "12:10:00"), ("check", "12:30:00")];
    let paid = [("register", "12:00:00"), ("check", "12:05:00"), ("pay", "12:05:02.5")];
    let cases = [case("1", &begun), case("2", &paid), case("3", &paid)];
    bench.write("log.xes", format!("<log>{}</log>", cases.concat()));
    bench.run(&["import", "xes", "log.xes"]).out();
    bench
}

fn show(bench: &Bench, more: &[&str]) -> String {
    bench.run(&[&SHOW[..], more].concat()).out()
}

fn edges(json: &Value) -> Vec<(String, String, u64)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let edge =
        |edge: &Value| (text(&edge["from"]), text(&edge["to"]), edge["count"].as_u64().unwrap());
    json["edges"].as_array().unwrap().iter().map(edge).collect()
}

#[test]
fn people_read_edges_variants_open_flows_and_loops() {
    let bench = claims();
    let within = ["--within", "stream", "--variants", "1", "--end", "pay"];
    let expected = "\
observed by sequence within each stream, up to position 9
9 events · 3 event types · 3 flows, 1 open · 3 edges · 2 variants · 1 loop

starts  ends  where flows begin and end
     3     0  register
     0     2  pay
     0     1  check

from      to     count    share     p50     p95     p99
register  check      3  100.0 %   5 min  10 min  10 min
check     pay        2   66.7 %  2.50 s  2.50 s  2.50 s
check     check      1   33.3 %  20 min  20 min  20 min

flows   share  variant
    2  66.7 %  register → check → pay
… and 1 variant more

stands still  since (UTC)              events  open flow  at
           0  2024-03-01 12:30:00.000       3  case-1     check

times  flows  loop
    1      1  check → check
";
    assert_eq!(show(&bench, &within), expected);
    let later = show(&bench, &["--now", "2024-03-02T12:30:00Z", "--silence", "30h"]);
    assert!(
        later.contains("3 flows, 3 open") && later.contains("\n         1 d  2024-"),
        "{later}"
    );
    let later = show(&bench, &["--now", "2024-03-02T12:30:00Z", "--silence", "90min"]);
    assert!(later.contains("3 flows, 0 open") && !later.contains("stands still"), "{later}");
}

#[test]
fn programs_read_one_object() {
    let bench = claims();
    let json = bench.run(&[&SHOW[..], &["--format", "json"]].concat()).json();
    assert_eq!(json["nodes"][0]["id"], "check");
    assert_eq!(json["nodes"][0]["count"], 4);
    assert_eq!(
        edges(&json),
        [
            ("check".to_owned(), "check".to_owned(), 1),
            ("check".to_owned(), "pay".to_owned(), 2),
            ("register".to_owned(), "check".to_owned(), 3),
        ]
    );
    assert_eq!(json["edges"][1]["latency"]["p99_micros"], 2_500_000);
    assert_eq!((&json["by"], &json["through"]), (&"sequence".into(), &9.into()));
    assert_eq!(json["flows"]["variants"], 2);
    assert_eq!(json["variants"][0]["steps"], serde_json::json!(["register", "check", "pay"]));
    assert_eq!(json["open"].as_array().unwrap().len(), 3);
    assert_eq!(json["loops"][0]["times"], 1);
}

#[test]
fn it_is_drawn() {
    let bench = claims();
    let svg = show(&bench, &["--format", "svg", "--title", "Claims <all>", "--most", "2"]);
    assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"), "{svg}");
    assert!(svg.contains("Claims &lt;all&gt;") && svg.contains("1 of 3 edges left out"), "{svg}");
    let mermaid = show(&bench, &["--format", "mermaid", "--direction", "right"]);
    assert!(mermaid.contains("flowchart LR") && mermaid.contains("register"), "{mermaid}");
    let dot = show(&bench, &["--format", "dot", "--theme", "dark"]);
    assert!(dot.starts_with("digraph") && dot.contains("register"), "{dot}");
}

#[tokio::test]
async fn causes_are_shown_unless_told_otherwise() {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    store.close().await;
    let out = bench.run(&["flow", "show", "--observed"]).out();
    for line in [
        "command:order.place  order.placed",
        "order.placed  process:fulfilment",
        "process:fulfilment  command:payment.capture",
        "process:fulfilment  deadline:fulfilment.PaymentOverdue",
    ] {
        let told = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let wanted: Vec<_> = line.split_whitespace().collect();
        assert!(told.into_iter().any(|told| told.starts_with(&wanted)), "{line}: {out}");
    }
    let error = bench.run(&["flow", "show", "--observed", "--within", "stream"]).error();
    assert!(error.starts_with("error: failed to show the flow by causation: "), "{error}");
    let category = |name: &str| show(&bench, &["--category", name]);
    assert!(category("order").contains("1 event · 1 event type · 1 flow, 1 open"));
    assert_eq!(category("stock"), "there are no such events\n");
}

/// The same log by the command and by another tool.
fn check_real_log(
    name: &str,
    (edge_count, relations, variants): (usize, u64, u64),
) -> Option<Bench> {
    let file =
        data::file(&format!("{name}.xes")).or_else(|| data::file(&format!("{name}.xes.gz")))?;
    let expected = data::directly_follows(&format!("{name}-directly-follows.csv"))?;
    let bench = Bench::new();
    let import = bench.run(&["import", "xes", file.to_str().unwrap()]);
    assert_eq!(import.code, 0, "{}", import.err);
    for within in ["correlation", "stream"] {
        let args = ["--format", "json", "--within", within];
        let json = bench.run(&[&SHOW[..], &args].concat()).json();
        let mut found = edges(&json);
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(found.len(), edge_count);
        assert_eq!(found.iter().map(|(_, _, count)| count).sum::<u64>(), relations);
        assert_eq!(json["flows"]["variants"], variants);
        assert_eq!(json["variants"].as_array().unwrap().len() as u64, variants);
    }
    Some(bench)
}

#[test]
fn a_small_log_has_the_graph_and_the_variants_of_another_tool() {
    check_real_log("running-example", (16, 36, 6));
}

#[tokio::test]
async fn a_large_log_has_the_graph_and_the_variants_of_another_tool() {
    let Some(bench) = check_real_log("bpic2012", (125, 249_113, 4_366)) else { return };
    let store = bench.store().await;
    let settings = Settings { within: Within::Stream, ..Settings::default() };
    let mut by_page = Sequence::new(&settings);
    read_on(&store, &mut by_page).await.unwrap();
    let mut at_once = Sequence::new(&settings);
    everything(&store).await.iter().for_each(|event| at_once.push(event));
    assert!(by_page == at_once);
    let observed = by_page.observed(View::default());
    let longest = observed.variants.iter().max_by_key(|variant| variant.steps.len()).unwrap();
    assert_eq!((longest.steps.len(), longest.cut), (175, false));
    let told: u64 = observed.variants.iter().map(|v| v.count * v.steps.len() as u64).sum();
    assert_eq!((told, observed.flows.count), (262_200, 13_087));
}

async fn everything(store: &dyn EventStore) -> Vec<Envelope> {
    let (mut from, mut events) = (Position::START, Vec::new());
    loop {
        let page = store.read(&Query::all(), from, Direction::Forward, 333).await.unwrap();
        events.extend(page.events);
        match page.through {
            Some(through) if page.more => from = through.position,
            _ => return events,
        }
    }
}
