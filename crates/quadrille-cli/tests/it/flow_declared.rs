//! What apps declare, what changed, and what is wrong with it.

use crate::{
    bench::{Bench, append},
    log::{placed, stream, two_instances},
};
use chrono::{TimeZone, Utc};
use quadrille_core::{
    Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata,
    journal::{Fact, ManifestRecorded, manifest_stream},
    manifest::Manifest,
};
use serde_json::Value;

/// A shop that emails what is read by nobody else, as JSON.
pub const SHOP: &str = r#"{"app":"shop","store":"s","components":[{"name":"sales","owner":"team-sales",
    "aggregates":[{"category":"order","commands":[{"name":"order.place","emits":["order.placed"]}],
        "events":[{"name":"order.placed","version":1,"fields":[{"name":"item"}]}],"rejections":[]}],
    "reactions":[{"name":"email","reads":[{"event":"order.placed","from_version":1,"to_version":1,
        "fields":[]}],"sends":[]}],
    "externals":[{"name":"website","owner":"team-web","sends":["order.place"]}]}]}"#;

/// The same, after the email began to wait for something else.
pub fn changed() -> String {
    SHOP.replace(r#""event":"order.placed""#, r#""event":"order.shipped""#)
}

pub async fn start(bench: &Bench, manifests: &[String]) {
    let store = bench.store().await;
    for text in manifests {
        let manifest: Manifest = serde_json::from_str(text).unwrap();
        let stream = manifest_stream(&manifest.app).unwrap();
        let flow = CorrelationId::new();
        let at = Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap();
        let metadata = Metadata::new(flow, flow.0, "shop", at);
        let event = ManifestRecorded { manifest }.event(EventId::new(), metadata).unwrap();
        let append = Append { stream, expected: ExpectedVersion::Any, events: vec![event] };
        store.append(append).await.unwrap();
    }
    store.close().await;
}

async fn bench() -> Bench {
    let bench = Bench::new();
    let mail = r#"{"app":"audit","store":"s","components":[]}"#;
    start(&bench, &[SHOP.into(), changed(), mail.into()]).await;
    bench
}

#[tokio::test]
async fn a_manifest_is_shown_as_it_was_recorded() {
    let bench = bench().await;
    let out = bench.run(&["flow", "manifest", "shop@1"]).out();
    let (head, table) = out.split_once('\n').unwrap();
    assert!(head.starts_with("shop: version 1, position "), "{head}");
    assert_eq!(
        table,
        "\
component  owner       kind       name          what
sales      team-sales  aggregate  order         1 command, 1 event
sales      team-sales  command    order.place   emits order.placed
sales      team-sales  event      order.placed  v1: item
sales      team-sales  reaction   email         reads order.placed, sends nothing
sales      team-sales  external   website       sends order.place
"
    );
    let json = bench.run(&["flow", "manifest", "shop@1", "--format", "json"]).json();
    assert_eq!(json, serde_json::from_str::<Value>(SHOP).unwrap());
    let all = bench.run(&["flow", "manifest", "--format", "json"]).json();
    let apps: Vec<_> = all.as_array().unwrap().iter().map(|one| &one["app"]).collect();
    assert_eq!(apps, ["audit", "shop"]);
    let out = bench.run(&["flow", "manifest"]).out();
    assert!(out.starts_with("audit: version 1") && out.contains("\n\nshop: version 2"), "{out}");
}

#[tokio::test]
async fn manifests_are_compared_wherever_they_are() {
    let bench = bench().await;
    bench.write("old.json", SHOP);
    let expected = "\
~ reaction email: no longer reads order.placed: versions 1 to 1
~ reaction email: now reads order.shipped: versions 1 to 1
";
    assert_eq!(bench.run(&["flow", "diff", "shop@1", "shop"]).out(), expected);
    assert_eq!(bench.run(&["flow", "diff", "old.json", "shop@2"]).out(), expected);
    let piped = bench.run_with_input(&["flow", "diff", "old.json", "-"], changed().as_bytes());
    assert_eq!(piped.out(), expected);
    let same = bench.run(&["flow", "diff", "old.json", "shop@1", "--exit-code"]);
    assert_eq!(same.out(), "nothing changed\n");
    assert_eq!(bench.run(&["flow", "diff", "shop@1", "shop", "--exit-code"]).code, 1);
    let json = bench.run(&["flow", "diff", "shop@1", "shop", "--format", "json"]).json();
    assert_eq!(json["differences"][0]["subject"], "reaction email");
    let nodes = json["graph"]["nodes"].as_array().unwrap();
    let shipped = nodes.iter().find(|node| node["id"] == "order.shipped").unwrap();
    assert_eq!(shipped["change"], "added");
}

#[tokio::test]
async fn the_declared_graph_is_shown() {
    let bench = bench().await;
    assert_eq!(
        bench.run(&["flow", "show", "--declared"]).out(),
        "\
component  owner       what                 leads to
sales      team-sales  command:order.place  order.placed
sales      team-web    external:website     command:order.place
sales      team-sales  order.placed
-          -           order.shipped        reaction:email
sales      team-sales  reaction:email
"
    );
    let graph = bench.run(&["flow", "show", "--declared", "--format", "json"]).json();
    assert_eq!(graph["nodes"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn what_happened_is_compared_with_what_is_declared() {
    let bench = Bench::new();
    // An email that places another order.
    let sends =
        SHOP.replace(r#""fields":[]}],"sends":[]"#, r#""fields":[]}],"sends":["order.place"]"#);
    start(&bench, &[sends]).await;
    let store = bench.store().await;
    two_instances(&store).await;
    store.close().await;
    let both = bench.run(&["flow", "show", "--declared", "--observed"]).out();
    let (head, table) = both.split_once("\n\n").unwrap();
    assert_eq!(head, "7 edges · 4 that nobody declared (+) · 2 that never happened (-)");
    let rows: Vec<Vec<&str>> =
        table.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["from", "to", "count", "since", "position"]);
    let known = ["+", "order.placed", "process:fulfilment", "1"];
    let since = rows.iter().find(|row| row.starts_with(&known)).and_then(|row| row.get(4));
    assert!(since.is_some_and(|since| since.parse::<u64>().unwrap() > 1), "{both}");
    // It was declared by the first event of this log.
    assert!(rows.contains(&vec!["-", "order.placed", "reaction:email", "1"]), "{both}");
    let json = bench.run(&["flow", "show", "--declared", "--observed", "--format", "json"]).json();
    let nodes = json["nodes"].as_array().unwrap();
    let find = |id: &str| nodes.iter().find(|node| node["id"] == id).unwrap();
    assert_eq!(find("reaction:email")["change"], "removed");
    assert_eq!(find("process:fulfilment")["change"], "added");
    assert_eq!(find("order.placed")["owner"], "team-sales");
    let wrong = ["flow", "show", "--declared", "--observed", "--by", "sequence"];
    let error = bench.run(&wrong).error();
    assert!(error.contains("leave --by sequence out"), "{error}");

    // One that sends nothing records nothing, and is not missed.
    let quiet = Bench::new();
    start(&quiet, &[SHOP.into()]).await;
    let store = quiet.store().await;
    two_instances(&store).await;
    store.close().await;
    let both = quiet.run(&["flow", "show", "--declared", "--observed"]).out();
    assert!(both.contains("· 0 that never happened (-)"), "{both}");
}

#[tokio::test]
async fn a_check_ends_with_one_when_it_found_an_error() {
    let bench = bench().await;
    let found = bench.run(&["flow", "check"]);
    assert_eq!(
        (found.code, &*found.out),
        (
            1,
            "\
error: deaf-handler
  reaction:email reads order.shipped, which nobody emits; the log holds none
  → mend the name, declare who emits it outside (`External::emits`), or remove the handler once nothing waits for it

warning: dead-event
  order.placed is emitted, and nobody reads it; the log holds none
  → declare who reads it outside (`External::reads`), let somebody read it, or stop emitting it

1 error, 1 warning
"
        )
    );
    assert_eq!(bench.run(&["flow", "check", "shop@1"]).out(), "nothing found\n");
    let settings = "[[allow]]\nlint = \"deaf-handler\"\nsubject = \"reaction:email\"\nreason = \"the carrier comes next month\"\n";
    bench.write("flow.toml", settings);
    let allowed = bench.run(&["flow", "check", "--config", "flow.toml"]).out();
    assert!(allowed.ends_with("0 errors, 1 warning; 1 allowed\n"), "{allowed}");
    let strict = bench.run(&["flow", "check", "--config", "flow.toml", "--deny-warnings"]);
    assert_eq!(strict.code, 1);
}

#[tokio::test]
async fn findings_come_as_json_and_as_sarif() {
    let bench = bench().await;
    let json = |format: &str| {
        let answer = bench.run(&["flow", "check", "--format", format]);
        assert_eq!((answer.code, &*answer.err), (1, ""));
        serde_json::from_str::<Value>(&answer.out).unwrap()
    };
    let report = json("json");
    assert_eq!(report["findings"][0]["lint"], "deaf-handler");
    assert_eq!(report["findings"][1]["measure"]["threshold"], 1.0);
    let sarif = json("sarif");
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], "deaf-handler");
}

#[tokio::test]
async fn what_the_log_shows_is_looked_at_when_it_is_asked_for() {
    let bench = Bench::new();
    let nobody_sends = SHOP.replace(r#","sends":["order.place"]"#, "");
    start(&bench, &[nobody_sends]).await;
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1)]).await;
    store.close().await;
    let declared = bench.run(&["flow", "check"]).out();
    assert!(declared.contains("nobody declares to send order.place"), "{declared}");
    assert_eq!(bench.run(&["flow", "check", "--observed"]).out(), "nothing found\n");
}

#[test]
fn files_are_checked_and_compared_without_a_store() {
    let bench = Bench::new();
    bench.write("shop.json", SHOP);
    bench.write("new.json", format!("[{}]", changed()));
    assert_eq!(bench.run(&["flow", "check", "--manifest", "shop.json"]).out(), "nothing found\n");
    assert_eq!(bench.run(&["flow", "check", "--manifest", "new.json"]).code, 1);
    let given = bench.run_with_input(&["flow", "check", "--manifest", "-"], SHOP.as_bytes());
    assert_eq!(given.out(), "nothing found\n");
    let nothing = bench.run_with_input(&["flow", "check", "--manifest", "-"], b"[]").error();
    assert_eq!(nothing, "error: failed to check the flow: the files hold no manifest\n");
    let diff = bench.run(&["flow", "diff", "shop.json", "new.json"]).out();
    assert!(diff.starts_with("~ reaction email: "), "{diff}");
    assert!(!bench.path("log.db").exists());
}

#[tokio::test]
async fn what_is_missing_or_wrong_is_said() {
    let bench = bench().await;
    bench.write("bad.json", "{}");
    bench.write("flow.toml", "[lints.dead-events]\nlevel = \"deny\"\n");
    let check = |args: &[&str], expected: &str| {
        let error = bench.run(args).error();
        assert!(error.starts_with(expected) && error.lines().count() == 1, "{error}");
    };
    let missing = "error: failed to find a manifest: ";
    check(&["flow", "manifest", "nobody"], &format!("{missing}no app named nobody has started"));
    check(&["flow", "manifest", "shop@9"], &format!("{missing}shop has recorded no version 9"));
    check(&["flow", "diff", "bad.json", "shop"], "error: failed to read a manifest in bad.json: ");
    check(&["flow", "diff", "gone.json", "shop"], "error: failed to read gone.json: ");
    let unheeded = "error: failed to show the flow: ";
    let declared = ["flow", "show", "--declared"];
    for more in [&["--by", "sequence"][..], &["--silence", "1d"], &["--most", "3"]] {
        check(&[&declared[..], more].concat(), unheeded);
    }
    let unseen = bench.run(&["flow", "show", "--end", "no.such_type"]);
    assert_eq!(unseen.code, 0);
    assert!(unseen.err.contains("no event of the type no.such_type was seen"), "{}", unseen.err);
    check(&["flow", "diff", "-", "-"], "error: failed to compare manifests: only one of them");
    check(
        &["flow", "check", "--config", "flow.toml"],
        "error: failed to use flow.toml: read the settings of the checks: there is no lint",
    );
    let empty = Bench::new();
    empty.run(&["migrate"]).out();
    assert_eq!(empty.run(&["flow", "manifest"]).out(), "no app has started on this store\n");
    let error = empty.run(&["flow", "check"]).error();
    assert_eq!(error, "error: failed to check the flow: no app has started on this store\n");
}
