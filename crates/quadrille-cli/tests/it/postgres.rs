//! The commands on a store in PostgreSQL.

use crate::bench::{Answer, Bench};
use quadrille_testing::postgres::{TestDatabase, TestPostgres};

async fn database() -> Option<TestDatabase> {
    Some(TestPostgres::shared()?.database().await)
}

fn run(bench: &Bench, url: &str, args: &[&str]) -> Answer {
    let mut all = vec!["--store", url];
    all.extend(args);
    bench.run(&all)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_imported_read_and_exported() {
    let Some(database) = database().await else { return };
    let (bench, url) = (Bench::new(), database.url());
    let (id, flow) =
        ("019cac3c-2c00-7000-8000-000000000001", "019cac3c-2c00-7000-8000-000000000002");
    let metadata = format!(
        r#"{{"correlation":"{flow}","causation":"{flow}","component":"shop","occurred_at":"2026-03-02T08:00:00Z"}}"#
    );
    let line = format!(
        r#"{{"stream":"order-1","id":"{id}","type":"order.placed","data":{{"cents":5}},"metadata":{metadata}}}"#
    );
    bench.write("log.jsonl", format!("{line}\n"));
    let said = run(&bench, url, &["events"]).error();
    assert!(said.contains("migrate it with `quadrille migrate`"), "{said}");
    let said = run(&bench, url, &["migrate"]).out();
    assert!(said.starts_with("up to date: the store postgres://"), "{said}");
    assert_eq!(run(&bench, url, &["import", "jsonl", "log.jsonl"]).code, 0);
    let events = run(&bench, url, &["events"]).out();
    assert!(events.contains("order.placed") && events.contains("order-1"), "{events}");
    let streams = run(&bench, url, &["streams", "--category", "order"]).out();
    assert!(streams.contains("order-1"), "{streams}");
    assert_eq!(run(&bench, url, &["export", "jsonl", "again.jsonl"]).code, 0);
    let again = std::fs::read_to_string(bench.path("again.jsonl")).unwrap();
    assert!(again.contains(r#""order.placed""#), "{again}");
    assert_eq!(run(&bench, url, &["deadlines"]).out().trim(), "there are no open deadlines");
    assert_eq!(run(&bench, url, &["parked"]).out().trim(), "nothing is parked");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_holds_readers_back_is_listed() {
    use sqlx::{Connection, Executor, PgConnection};
    let Some(database) = database().await else { return };
    let (bench, url) = (Bench::new(), database.url());
    run(&bench, url, &["migrate"]).out();
    let said = run(&bench, url, &["stalls"]).out();
    assert_eq!(said.trim(), "nothing holds readers of the log back");
    let slow = format!("{url}?application_name=slow_import");
    let mut session = PgConnection::connect(&slow).await.unwrap();
    let insert = "BEGIN;
        INSERT INTO quadrille.events (version, occurred_at, recorded_at, schema_version, id,
            correlation, causation, run, category, stream, type, component, data)
        VALUES (1, now(), now(), 1, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 1,
            'slow', '1', 'slow.event', 'somebody', '{}'::bytea)";
    session.execute(sqlx::raw_sql(insert)).await.unwrap();
    let table = run(&bench, url, &["stalls"]).out();
    assert!(table.contains("slow_import") && table.contains("idle in transaction"), "{table}");
    let json = run(&bench, url, &["stalls", "--format", "json"]).out();
    assert!(json.contains("slow_import"), "{json}");
}
