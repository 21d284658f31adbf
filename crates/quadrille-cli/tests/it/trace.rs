use crate::{
    bench::{Answer, Bench, append},
    log::{append_fact, placed, start, stream, two_instances},
};
use chrono::Duration;
use quadrille_core::{
    EngineState, EventId, EventStore, Position, Query, StoreId,
    journal::{ManifestRecorded, Parked, manifest_stream, parked_stream},
    manifest::{ComponentManifest, Manifest, ProjectorManifest, ReadManifest},
    read_model::ReadModels,
    state::{Change, Checkpoint, ConsumerKind, Consumers, RejectionRecord},
    store::{Direction, Place},
};

const TREE: &str = "\
flow 00000000-0000-0000-0000-00000000000f
2024-03-01 12:00:00 · lasted 2.00 s · 1 event · 3 commands · 1 rejected · 1 open deadline · 1 parked
      +start      +cause
                          ▶ order.place → order-o1  by alice
           0              └─● order.placed  #1
           0           0    ├─◆ fulfilment o1: Placed
                            │ ├─▶ payment.capture → payment-o1  no outcome yet
                            │ └─◷ PaymentOverdue  due 2024-03-04 12:00:00  open
           0           0    ├─◆ order late-1: Placed  ✓ completes
           0           0    └─■ parked by mailer  no such address  3 attempts  open
      2.00 s              ▶ order.pay → order-o1  by bob  ✗ insufficient_funds: only 3 cents are left
";

async fn bench() -> Bench {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    let parked = Parked {
        consumer: "mailer".into(),
        event: placed(1).id,
        event_type: "order.placed".into(),
        reason: "no such address".into(),
        attempts: 3,
        subject: None,
    };
    append_fact(&store, &parked_stream("mailer").unwrap(), &parked, placed(1).id).await;
    store.close().await;
    let state = bench.models().await;
    let rejection = RejectionRecord {
        command: uuid::Uuid::from_u128(0xcc),
        name: "order.pay".into(),
        stream: stream("order-o1"),
        correlation: crate::log::FLOW,
        code: "insufficient_funds".into(),
        message: "only 3 cents are left".into(),
        actor: Some("bob".into()),
        occurred_at: start() + Duration::seconds(2),
    };
    state.record_rejection(&rejection, 100).await.unwrap();
    state.close().await;
    bench
}

#[tokio::test]
async fn a_flow_is_found_by_its_id_by_an_event_and_by_a_stream() {
    let bench = bench().await;
    let trace = |id: &str| bench.run(&["trace", id]);
    assert_eq!(trace("00000000-0000-0000-0000-00000000000f").out(), TREE);
    assert_eq!(trace("order-o1").out(), TREE);
    assert_eq!(trace("quadrille-process-fulfilment/o1").out(), TREE);
    let marked = TREE.replace("order.placed  #1", "order.placed  #1  ◀ asked for");
    assert_eq!(trace(&placed(1).id.to_string()).out(), marked);
}

#[tokio::test]
async fn a_trace_as_json_is_a_list_of_flows() {
    let bench = bench().await;
    let json = bench.run(&["trace", "order-o1", "--format", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["totals"]["rejected"], 1);
    assert_eq!(json[0]["nodes"][1]["event_type"], "order.placed");
}

#[tokio::test]
async fn what_is_not_there_is_said() {
    let bench = bench().await;
    let error = |id: &str| Answer::error(bench.run(&["trace", id]));
    let nobody = EventId(uuid::Uuid::from_u128(0xbad)).to_string();
    assert!(error(&nobody).contains("the log holds no events of a flow or an event with the id"));
    assert!(error("order-nobody").contains("the log holds no events of a stream order-nobody"));
}

#[tokio::test]
async fn the_newest_flows_of_a_stream_come_last() {
    let bench = Bench::new();
    let store = bench.store().await;
    for n in 1..=4 {
        let mut event = placed(n);
        event.metadata.correlation = uuid::Uuid::from_u128(n).into();
        append(&store, &stream("account-a"), vec![event]).await;
    }
    store.close().await;
    let out = bench.run(&["trace", "account-a", "--flows", "2"]).out();
    let flows: Vec<&str> = out.lines().filter(|line| line.starts_with("flow ")).collect();
    assert_eq!(
        flows,
        ["flow 00000000-0000-0000-0000-000000000003", "flow 00000000-0000-0000-0000-000000000004"]
    );
}

#[tokio::test]
async fn a_flow_is_drawn_in_every_format() {
    let bench = bench().await;
    let trace = |format: &str| bench.run(&["trace", "order-o1", "--format", format]).out();
    let sequence = trace("sequence");
    assert!(sequence.starts_with(&TREE[..TREE.find("      +start").unwrap()]), "{sequence}");
    assert!(sequence.contains("◷ PaymentOverdue  due 2024-03-04 12:00:00  open"), "{sequence}");
    assert!(trace("timeline").contains("not a straight axis"));
    assert!(trace("svg").starts_with("<svg"));
    assert!(trace("mermaid").contains("\nsequenceDiagram\n"));
    let dark = bench.run(&["trace", "order-o1", "--format", "svg", "--theme", "dark"]).out();
    assert!(dark.contains("class=\"quadrille-flow dark\""));
    let error = |args: &[&str]| bench.run(&[&["trace", "order-o1"], args].concat()).error();
    let theme = error(&["--theme", "dark"]);
    assert!(theme.contains("failed to draw the flow: only pictures are light or dark"), "{theme}");
    let state = error(&["--state", "--format", "timeline"]);
    assert!(state.contains("states are shown in a tree"), "{state}");
}

#[tokio::test]
async fn a_picture_shows_one_flow() {
    let bench = Bench::new();
    let store = bench.store().await;
    for n in 1..=2 {
        let mut event = placed(n);
        event.metadata.correlation = uuid::Uuid::from_u128(n).into();
        append(&store, &stream("account-a"), vec![event]).await;
    }
    store.close().await;
    let svg = ["trace", "account-a", "--format", "svg"];
    let error = bench.run(&svg).error();
    let both = "a picture shows one flow, and there are 2: name one of \
                00000000-0000-0000-0000-000000000001, 00000000-0000-0000-0000-000000000002, or say \
                --flows 1 for the newest";
    assert!(error.contains(both), "{error}");
    let newest = bench.run(&[&svg[..], &["--flows", "1"]].concat()).out();
    assert!(newest.contains("flow 00000000-0000-0000-0000-000000000002"));
}

#[tokio::test]
async fn a_read_model_that_has_not_caught_up_is_named() {
    let bench = bench().await;
    let store = bench.store().await;
    let read = ReadManifest {
        event: "order.placed".into(),
        from_version: 1,
        to_version: 1,
        fields: Vec::new(),
    };
    let projector =
        ProjectorManifest { name: "balance".into(), version: 1, rows: true, reads: vec![read] };
    let component = ComponentManifest {
        name: "orders".into(),
        projectors: vec![projector],
        ..ComponentManifest::default()
    };
    let manifest = Manifest { app: "shop".into(), store: "s".into(), components: vec![component] };
    let fact = ManifestRecorded { manifest };
    append_fact(&store, &manifest_stream("shop").unwrap(), &fact, EventId::new()).await;
    let models = bench.models().await;
    let consumer = models.open(ConsumerKind::RowProjector, "balance", 1).await.unwrap();
    let flow = crate::log::FLOW.to_string();
    let tree = bench.run(&["trace", &flow]).out();
    let lagging = "▤ balance v1  has not read order.placed at position 1\n";
    assert!(tree.ends_with(lagging), "{tree}");
    let epoch = models.claim(&consumer).await.unwrap().epoch;
    let page = store.read(&Query::all(), Position::START, Direction::Forward, 1).await.unwrap();
    let elsewhere = Place { position: Position::START, event: page.events[0].id };
    let checkpoint =
        Some(Checkpoint { store: StoreId(uuid::Uuid::from_u128(9)), place: elsewhere });
    models.commit(&consumer, epoch, Change { checkpoint, ..Change::default() }).await.unwrap();
    let tree = bench.run(&["trace", &flow]).out();
    assert!(!tree.contains("balance"), "it has read another log: {tree}");
    let place = Place { position: page.events[0].position, event: page.events[0].id };
    let checkpoint = Some(Checkpoint { store: store.id(), place });
    let change = Change { checkpoint, ..Change::default() };
    models.commit(&consumer, epoch, change).await.unwrap();
    let tree = bench.run(&["trace", &flow]).out();
    assert!(!tree.contains("balance"), "{tree}");
}
