use crate::{
    bench::{Bench, append},
    log::{placed, stream, two_instances},
};
use quadrille_core::{Envelope, EventStore, Position, Query, TraceContext, store::Direction};

async fn everything(store: &dyn EventStore) -> Vec<Envelope> {
    let query = Query::everything();
    store.read(&query, Position::START, Direction::Forward, 1_000).await.unwrap().events
}

#[tokio::test]
async fn export_and_import_bring_everything_back() {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    for (n, data) in
        [&b"null"[..], b"{\n}", b" {}", b"no json", b"\xff\x00", b"[1.0,\"\xc3\xa9\"]", b""]
            .iter()
            .enumerate()
    {
        let mut event = placed(10 + n as u128);
        (event.data, event.schema_version) = (data.to_vec(), 3);
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".to_owned();
        event.metadata.trace = Some(TraceContext { parent, state: Some("a=b".into()) });
        append(&store, &stream(&format!("order-o{}", n % 2)), vec![event]).await;
    }
    let before = everything(&store).await;
    store.close().await;
    let exported = bench.run(&["export", "jsonl", "log.jsonl", "--framework"]).out();
    assert_eq!(exported, "exported 10 events\n");
    std::fs::remove_file(bench.path("log.db")).unwrap();
    assert_eq!(bench.run(&["import", "jsonl", "log.jsonl"]).out(), "imported 10 events\n");
    let again = bench.run(&["import", "jsonl", "log.jsonl"]).out();
    assert_eq!(again, "imported 0 events; already there: 10 events\n");
    let mut after = everything(&bench.store().await).await;
    for (after, before) in after.iter_mut().zip(&before) {
        (after.recorded_at, after.position) = (before.recorded_at, before.position);
    }
    assert_eq!(after, before);
}

#[tokio::test]
async fn a_bad_line_is_named_and_what_came_before_stays() {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1), placed(2), placed(3)]).await;
    store.close().await;
    let lines = bench.run(&["export", "jsonl"]).out();
    let check = |name: &str, third: &str, expected: &str| {
        let good: Vec<&str> = lines.lines().take(2).collect();
        bench.write("log.jsonl", format!("{}\n\n{}\n{third}\n", good[0], good[1]));
        let args = ["--store", &format!("sqlite:{name}.db"), "import", "jsonl", "log.jsonl"];
        let answer = bench.run(&args);
        assert_eq!(answer.out, "imported 2 events\n");
        let error = answer.error();
        let start = "error: failed to import log.jsonl further: read line 4, column ";
        assert!(error.starts_with(start) && error.contains(expected), "{error}");
    };
    let third = lines.lines().nth(2).unwrap();
    check("a", "{\"stream\":", "column 10: it is no event: EOF");
    check("b", "nonsense", "column 2: it is no event: expected ident");
    check("c", &third.replace("\"type\"", "\"kind\""), "missing field `type`");
    check("d", &third.replace("\"data\"", "\"dada\""), "it needs one of `data`");
    check("e", &third.replace("order.placed", "$x"), "starts with `$`");
    check("f", &third.replace("order-o1", "order"), "has no `-`");
}

#[tokio::test]
async fn versions_are_kept_unless_they_may_be_renumbered() {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1), placed(2), placed(3)]).await;
    store.close().await;
    let lines = bench.run(&["export", "jsonl"]).out();
    bench.write("last.jsonl", lines.lines().nth(2).unwrap());
    let error = bench.run(&["--store", "sqlite:b.db", "import", "jsonl", "last.jsonl"]).error();
    assert!(error.contains("expected version 2, found version 0"), "{error}");
    assert!(error.contains("--renumber"), "{error}");
    let args = ["--store", "sqlite:b.db", "import", "jsonl", "last.jsonl", "--renumber"];
    assert_eq!(bench.run(&args).out(), "imported 1 event\n");
    assert_eq!(bench.run(&args).out(), "imported 0 events; already there: 1 event\n");
}

#[tokio::test]
async fn an_import_that_broke_off_is_taken_up() {
    let bench = Bench::new();
    let store = bench.store().await;
    let events: Vec<_> = (1..=5).map(placed).collect();
    append(&store, &stream("order-o1"), events).await;
    store.close().await;
    let lines = bench.run(&["export", "jsonl"]).out();
    let first = lines.lines().take(3).collect::<Vec<_>>().join("\n");
    let import = |text: &str| {
        bench.run_with_input(&["--store", "sqlite:b.db", "import", "jsonl", "-"], text.as_bytes())
    };
    assert_eq!(import(&first).out(), "imported 3 events\n");
    assert_eq!(import(&lines).out(), "imported 2 events; already there: 3 events\n");
}
