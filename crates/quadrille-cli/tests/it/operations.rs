use crate::{
    bench::{Answer, Bench, append},
    log::{append_fact, placed, start, stream},
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    EventId, EventStore, Position, Query,
    journal::{
        Fact, Operation, OperationAnswered, OperationRequested, Parked, ParkedResolved, Resolution,
        control_stream, parked_stream,
    },
    read_model::ReadModels,
    state::{
        Activity, Change, Checkpoint, Consumer, ConsumerKind, ConsumerStatus, Consumers,
        EngineState, ParkedEvent,
    },
    store::{Direction, Place},
};
use std::time::Duration;

/// A store with three events, and a read model that has seen the first.
async fn bench() -> (Bench, Consumer) {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1), placed(2), placed(3)]).await;
    let models = bench.models().await;
    let consumer = models.open(ConsumerKind::RowProjector, "balance", 2).await.unwrap();
    let epoch = models.claim(&consumer).await.unwrap().epoch;
    let place = Place { position: Position(1), event: placed(1).id };
    let change = Change {
        checkpoint: Some(Checkpoint { store: store.id(), place }),
        park: vec![parked()],
        ..Change::default()
    };
    models.commit(&consumer, epoch, change).await.unwrap();
    let status = ConsumerStatus {
        consumer: consumer.clone(),
        component: "bank".into(),
        activity: Activity::Running,
        position: Position(1),
        rate: 12.5,
        handled: 1,
        unmatched: 0,
        parked: 1,
        last_error: Some("decode order.placed".into()),
        updated_at: start(),
    };
    models.set_status(&status).await.unwrap();
    models.close().await;
    store.close().await;
    (bench, consumer)
}

fn parked() -> ParkedEvent {
    ParkedEvent {
        event: placed(2).id,
        position: Position(2),
        event_type: "order.placed".into(),
        stream: stream("order-o1"),
        correlation: crate::log::FLOW,
        key: "order-o1".into(),
        reason: "missing field `total_cents`".into(),
        attempts: 5,
        subject: None,
        parked_at: start(),
    }
}

#[tokio::test]
async fn read_models_show_how_they_are_doing() {
    let (bench, _) = bench().await;
    let table = bench.run(&["projections"]).out();
    let row = table.lines().nth(1).unwrap();
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(
        cells[..7],
        ["balance", "2", "live, not running since 2024-03-01 12:00:00", "1", "2", "12.5", "1"]
    );
    assert_eq!(table.lines().nth(2), Some("  ! decode order.placed"));
    let json = bench.run(&["projections", "--format", "json"]).json();
    assert_eq!(json[0]["events_behind"], 2);
    assert_eq!(json[0]["events_behind_is_at_least"], false);
}

#[tokio::test]
async fn only_who_was_heard_of_lately_is_called_running() {
    let (bench, consumer) = bench().await;
    let check = async |activity, at: DateTime<Utc>, expected: &str| {
        let models = bench.models().await;
        let mut statuses = models.statuses().await.unwrap();
        let mut status = statuses.remove(0);
        assert_eq!(status.consumer, consumer);
        (status.activity, status.updated_at) = (activity, at);
        models.set_status(&status).await.unwrap();
        models.close().await;
        let table = bench.run(&["projections"]).out();
        assert!(table.contains(expected), "{table}");
        let json = bench.run(&["projections", "--format", "json"]).json();
        assert_eq!(json[0]["activity"], activity.as_str());
        assert_eq!(json[0]["not_running_since"].is_null(), !expected.contains("not running"));
    };
    check(Activity::Running, Utc::now(), "  live, running  ").await;
    check(Activity::Running, start(), "  live, not running since 2024-03-01 12:00:00  ").await;
    check(Activity::BackingOff, start(), "  live, not running since 2024-03-01 12:00:00  ").await;
    // It waits at an event for somebody, and says so once.
    check(Activity::Stopped, start(), "  live, stopped  ").await;
}

#[tokio::test]
async fn parked_events_are_listed_with_the_reason() {
    let (bench, _) = bench().await;
    let table = bench.run(&["parked"]).out();
    assert!(
        table
            .contains("balance   00000000-0000-0000-0000-0000000000e2  order.placed of order-o1  "),
        "{table}"
    );
    assert!(table.ends_with("  5\n  ! missing field `total_cents`\n"), "{table}");
    assert_eq!(bench.run(&["parked", "list", "--consumer", "x"]).out(), "nothing is parked\n");
}

#[tokio::test]
async fn parked_events_are_told_by_the_log_where_no_app_has_run() {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1), placed(2)]).await;
    let to = parked_stream("mailer").unwrap();
    for event in [placed(1).id, placed(2).id] {
        let parked = Parked {
            consumer: "mailer".into(),
            event,
            event_type: "order.placed".into(),
            reason: "no such address".into(),
            attempts: 3,
            subject: None,
        };
        append_fact(&store, &to, &parked, event).await;
    }
    let resolved = ParkedResolved {
        consumer: "mailer".into(),
        event: placed(1).id,
        resolution: Resolution::Discard,
        reason: "moved".into(),
        actor: "bob".into(),
    };
    append_fact(&store, &to, &resolved, placed(1).id).await;
    store.close().await;
    let json = bench.run(&["parked", "--format", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["event"], placed(2).id.to_string());
}

/// Answers the first request in the control stream, as an app would, and says what it was.
async fn answer(store: &dyn EventStore, error: Option<&str>) -> OperationRequested {
    let query = Query::all().stream(control_stream()).types([OperationRequested::TYPE]);
    loop {
        let page = store.read(&query, Position::START, Direction::Forward, 9).await.unwrap();
        if let Some(event) = page.events.first() {
            let answered = OperationAnswered { request: event.id, error: error.map(str::to_owned) };
            append_fact(store, &control_stream(), &answered, event.id).await;
            return OperationRequested::read(event).unwrap().unwrap();
        }
        let waited = store.appended_after(Position(3));
        let _ = tokio::time::timeout(Duration::from_millis(20), waited).await;
    }
}

/// Runs the binary while somebody plays the running app.
async fn run_with_app(
    bench: &Bench,
    args: &[&str],
    error: Option<&str>,
) -> (Answer, Operation, String) {
    let store = bench.store().await;
    let mut command = tokio::task::spawn_blocking({
        let mut command = bench.command(args);
        move || command.output().unwrap()
    });
    let request = tokio::select! {
        request = answer(&store, error) => request,
        ended = &mut command => panic!("it ended before it asked: {ended:?}"),
    };
    let output = command.await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    let answer = Answer { out: text(output.stdout), err: text(output.stderr), code };
    (answer, request.operation, request.actor)
}

#[tokio::test]
async fn a_rebuild_is_asked_of_the_running_app() {
    let (bench, _) = bench().await;
    let args = ["projections", "rebuild", "balance", "--actor", "carol"];
    let (answer, operation, actor) = run_with_app(&bench, &args, None).await;
    assert_eq!(answer.out(), "balance is rebuilt\n");
    assert_eq!(operation, Operation::Rebuild { projection: "balance".into() });
    assert_eq!(actor, "carol");
}

#[tokio::test]
async fn an_app_that_cannot_says_why() {
    let (bench, _) = bench().await;
    let args = ["projections", "rebuild", "balance"];
    let error = run_with_app(&bench, &args, Some("the disk is full")).await.0.error();
    assert_eq!(error, "error: failed to have balance rebuilt: carry it out: the disk is full\n");
}

#[tokio::test]
async fn a_parked_event_is_replayed_or_discarded_with_a_reason() {
    let (bench, _) = bench().await;
    let id = placed(2).id.to_string();
    let args =
        ["parked", "replay", "--consumer", "balance", &id, "--reason", "fixed", "--actor", "bob"];
    let (answer, operation, _) = run_with_app(&bench, &args, None).await;
    let out = answer.out();
    assert!(out.starts_with("replayed: order.placed of order-o1 for balance"), "{out}");
    let expected = Operation::Resolve {
        consumer: "balance".into(),
        event: placed(2).id,
        resolution: Resolution::Replay,
        reason: "fixed".into(),
    };
    assert_eq!(operation, expected);
}

#[tokio::test]
async fn without_a_running_app_the_wait_ends_and_says_so() {
    let (bench, _) = bench().await;
    let args = ["projections", "rebuild", "balance", "--timeout", "0"];
    let error = bench.run(&args).error();
    assert!(error.contains("none answered request"), "{error}");
    assert!(error.contains("carries it out if it starts within a day"), "{error}");
}

#[tokio::test]
async fn what_cannot_be_meant_is_not_asked_of_an_app() {
    let (bench, _) = bench().await;
    let error = bench.run(&["projections", "rebuild", "balances"]).error();
    assert!(
        error.contains("balances rebuilt: no read model is called so: there are balance"),
        "{error}"
    );
    let nobody = EventId(uuid::Uuid::from_u128(7)).to_string();
    let discard = |consumer: &str, id: &str| {
        bench.run(&["parked", "discard", "--consumer", consumer, id, "--reason", "r"]).error()
    };
    assert!(discard("balance", &nobody).contains("balance has not parked the event"));
    assert!(discard("mailer", &placed(2).id.to_string()).contains("balance did"));
    assert_eq!(bench.run(&["streams", "--framework"]).out().lines().count(), 2);
}
