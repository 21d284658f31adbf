use crate::{bench::Bench, data};
use quadrille_core::{
    Category, EventStore, StreamId, Version,
    store::{Direction, StreamFilter},
};
use std::collections::BTreeMap;

const EVENT: &str = r#"<event><string key="concept:name" value="A"/><date key="time:timestamp" value="2024-03-01T13:00:00+01:00"/></event>"#;

fn trace(name: &str, events: usize) -> String {
    format!(
        "<trace><string key=\"concept:name\" value=\"{name}\"/>\n{}</trace>\n",
        EVENT.repeat(events)
    )
}

fn log(traces: &[String]) -> String {
    format!("<log>\n{}</log>", traces.concat())
}

/// How often an event type follows another in the same stream.
async fn directly_follows(store: &dyn EventStore, category: &str) -> Vec<(String, String, u64)> {
    let filter = StreamFilter {
        category: Some(Category::new(category.to_owned()).unwrap()),
        ..StreamFilter::default()
    };
    let mut edges: BTreeMap<(String, String), u64> = BTreeMap::new();
    let mut after: Option<StreamId> = None;
    loop {
        let page = store.streams(&filter, after.as_ref(), 1_000).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.stream.clone());
        for info in &page {
            let events = store.read_stream(&info.stream, Version::NONE, Direction::Forward, 10_000);
            for pair in events.await.unwrap().windows(2) {
                let edge = (pair[0].event_type.clone(), pair[1].event_type.clone());
                *edges.entry(edge).or_default() += 1;
            }
        }
    }
    edges.into_iter().map(|((from, to), count)| (from, to, count)).collect()
}

async fn check_directly_follows(name: &str, summary: &str) {
    let (Some(file), Some(mut expected)) = (
        data::file(&format!("{name}.xes")).or_else(|| data::file(&format!("{name}.xes.gz"))),
        data::directly_follows(&format!("{name}-directly-follows.csv")),
    ) else {
        return;
    };
    let bench = Bench::new();
    let answer = bench.run(&["import", "xes", file.to_str().unwrap()]);
    assert_eq!((answer.code, &*answer.out), (0, summary), "{}", answer.err);
    let store = bench.store().await;
    let mut found = directly_follows(&store, "case").await;
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_small_log_has_the_directly_follows_counts_of_another_tool() {
    check_directly_follows("running-example", "imported 42 events of 6 cases\n").await;
}

#[tokio::test]
async fn a_large_log_has_the_directly_follows_counts_of_another_tool() {
    check_directly_follows("bpic2012", "imported 262,200 events of 13,087 cases\n").await;
}

#[tokio::test]
async fn an_event_keeps_what_the_log_says_of_it() {
    let bench = Bench::new();
    bench.write("log.xes", r#"<log><trace>
        <string key="concept:name" value="Case 1"/><int key="amount" value="20000"/>
        <event><string key="concept:name" value="A_SUBMITTED"/><string key="org:resource" value="112"/>
          <date key="time:timestamp" value="2011-10-01T00:38:44.546+02:00"/></event>
        <event><string key="concept:name" value="A_DECLINED"/>
          <date key="time:timestamp" value="2011-10-01T00:39:37.906+02:00"/></event>
        </trace></log>"#);
    bench.run(&["import", "xes", "log.xes"]).out();
    let store = bench.store().await;
    let stream: StreamId = "case-Case 1".parse().unwrap();
    let events = store.read_stream(&stream, Version::NONE, Direction::Forward, 9).await.unwrap();
    let data = |at: usize| std::str::from_utf8(&events[at].data).unwrap();
    assert_eq!(
        data(0),
        r#"{"concept:name":"A_SUBMITTED","org:resource":"112","time:timestamp":"2011-10-01T00:38:44.546+02:00","case":{"concept:name":"Case 1","amount":20000}}"#
    );
    assert_eq!(
        data(1),
        r#"{"concept:name":"A_DECLINED","time:timestamp":"2011-10-01T00:39:37.906+02:00"}"#
    );
    let (first, second) = (&events[0].metadata, &events[1].metadata);
    assert_eq!(first.occurred_at.to_rfc3339(), "2011-09-30T22:38:44.546+00:00");
    assert_eq!(first.actor.as_deref(), Some("112"));
    assert_eq!(second.actor, None);
    assert_eq!(first.causation.0, first.correlation.0);
    assert_eq!(second.correlation, first.correlation);
    assert_eq!(second.causation.0, events[0].id.0);
}

#[test]
fn importing_again_changes_nothing_and_a_longer_log_goes_on() {
    let bench = Bench::new();
    bench.write("log.xes", log(&[trace("1", 2), trace("2", 1)]));
    let import = || bench.run(&["import", "xes", "log.xes"]);
    assert_eq!(import().out(), "imported 3 events of 2 cases\n");
    let before = bench.run(&["events", "--format", "json"]).out();
    assert_eq!(import().out(), "imported 0 events of 2 cases; already there: 3 events\n");
    assert_eq!(bench.run(&["events", "--format", "json"]).out(), before);
    bench.write("log.xes", log(&[trace("1", 4), trace("2", 1), trace("3", 1)]));
    assert_eq!(import().out(), "imported 3 events of 3 cases; already there: 3 events\n");
    bench.write("log.xes", log(&[trace("1", 4).replace("\"A\"", "\"B\"")]));
    let error = import().error();
    assert!(error.contains("append to case-1: it holds another history already"), "{error}");
    let other = bench.run(&["import", "xes", "log.xes", "--category", "other"]);
    assert_eq!(other.out(), "imported 4 events of 1 case\n");
}

#[test]
fn what_was_read_before_an_error_stays_and_a_mended_log_is_taken_up() {
    let bench = Bench::new();
    let check = |rest: &str, expected: &str| {
        bench.write("log.xes", format!("<log>\n{}{rest}", trace("1", 2)));
        let answer = bench.run(&["import", "xes", "log.xes"]);
        assert!(answer.out.contains(" events of 1 case"), "{answer:?}");
        let error = answer.error();
        assert!(
            error.starts_with("error: failed to import log.xes further: read the log at "),
            "{error}"
        );
        assert!(error.contains(expected), "{error}");
        assert_eq!(bench.run(&["events", "--format", "json"]).out().lines().count(), 2);
    };
    check("<trace><event>", "line 4, column 15: the text ends within a <event>");
    check(
        "<trace></log>",
        "line 4, column 8: malformed XML: ill-formed document: expected `</trace>`",
    );
    check("<trace/>", "line 4, column 1: the case has no attribute `concept:name`");
    check(&trace("2", 1).replace("\"A\"", "\"\""), "line 5, column 1: event type \"\" is empty");
    check(
        &trace("2", 1).replace("time:timestamp", "time"),
        "line 5, column 1: the event has no attribute `time:timestamp`",
    );
    check(
        &trace("2", 1).replace("+01:00", ""),
        "line 5, column 46: the attribute `time:timestamp` is \"2024-03-01T13:00:00\", a time without an offset",
    );
    check(&trace("x&#10;y", 1), "holds the control character");
    check(&trace(&"x".repeat(401), 1), "line 4, column 1: stream id");
    check(
        &trace("1", 1),
        "line 4, column 1: the case \"1\" is there twice, first at line 2, column 1",
    );
    bench.write("log.xes", log(&[trace("1", 2), trace("2", 1)]));
    let mended = bench.run(&["import", "xes", "log.xes"]).out();
    assert_eq!(mended, "imported 1 event of 2 cases; already there: 2 events\n");
}

#[test]
fn names_and_times_may_lie_in_other_attributes() {
    let bench = Bench::new();
    let text = log(&[trace("1", 1)]);
    let text = text.replacen("concept:name", "id", 1).replace("concept:name", "Activity");
    bench.write("log.xes", text.replace("time:timestamp", "when").replace("+01:00", ""));
    let args =
        "import xes log.xes --case-key id --type-key Activity --time-key when --offset +01:00";
    bench.run(&args.split(' ').collect::<Vec<_>>()).out();
    let events = bench.run(&["events", "--format", "json"]).json();
    assert_eq!((&events["type"], &events["stream"]), (&"A".into(), &"case-1".into()));
    assert_eq!(events["metadata"]["occurred_at"], "2024-03-01T12:00:00Z");
}

#[test]
fn a_case_without_events_is_counted_and_a_case_may_be_very_long() {
    let bench = Bench::new();
    bench.write("log.xes", log(&[trace("1", 0), trace("2", 25_000)]));
    let summary = bench.run(&["import", "xes", "log.xes"]).out();
    assert_eq!(summary, "imported 25,000 events of 2 cases; 1 case was without events\n");
    let summary = bench.run(&["import", "xes", "log.xes"]).out();
    assert!(summary.contains("already there: 25,000 events"), "{summary}");
}

#[test]
fn a_log_may_come_from_standard_input() {
    let bench = Bench::new();
    let text = log(&[trace("1", 3)]);
    let answer = bench.run_with_input(&["import", "xes", "-"], text.as_bytes());
    assert_eq!(answer.out(), "imported 3 events of 1 case\n");
}
