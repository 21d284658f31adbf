use crate::{
    bench::Bench,
    log::{self, two_instances},
};
use quadrille_core::{
    EngineState,
    state::{Change, Consumer, ConsumerKind, Consumers, Deadline},
};
use serde_json::Value;

async fn bench() -> Bench {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    store.close().await;
    bench
}

fn names(instances: &Value) -> Vec<&str> {
    instances.as_array().unwrap().iter().map(|one| one["process"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn instances_show_what_they_wait_for() {
    let bench = bench().await;
    let table = bench.run(&["processes"]).out();
    assert!(table.contains("fulfilment  o1        open           1  "), "{table}");
    let waits =
        "outcome of payment.capture to payment-o1, PaymentOverdue at 2024-03-04 12:00:00.000";
    assert!(table.contains(waits), "{table}");
    assert!(table.contains("order       late-1    completed      1  "), "{table}");
    let open = bench.run(&["processes", "--open", "--format", "json"]).json();
    assert_eq!(names(&open), ["fulfilment"]);
    assert_eq!(open[0]["deadlines"][0]["name"], "PaymentOverdue");
}

#[tokio::test]
async fn a_process_is_not_taken_for_another_whose_name_begins_so() {
    let bench = bench().await;
    let list = |name| bench.run(&["processes", "--process", name, "--format", "json"]).json();
    assert_eq!(names(&list("order")), ["order"]);
    assert_eq!(names(&list("order-late")), [""; 0]);
}

#[tokio::test]
async fn one_instance_shows_its_state_and_its_history() {
    let bench = bench().await;
    let shown = bench.run(&["processes", "show", "fulfilment", "o1"]).out();
    let expected = "\
fulfilment o1: open
waits for outcome of payment.capture to payment-o1
waits for PaymentOverdue at 2024-03-04 12:00:00.000
state {\"cents\":100}

#  occurred (UTC)           what    then
1  2024-03-01 12:00:00.000  Placed  sends payment.capture to payment-o1, sets PaymentOverdue for 2024-03-04 12:00:00.000
";
    assert_eq!(shown, expected);
    let json = bench.run(&["processes", "show", "fulfilment", "o1", "--format", "json"]).json();
    assert_eq!(json["data"]["cents"], 100);
    let error = bench.run(&["processes", "show", "fulfilment", "o2"]).error();
    assert!(error.contains("show fulfilment o2: there is no such instance"), "{error}");
}

#[tokio::test]
async fn deadlines_are_told_by_the_log_where_no_app_has_run() {
    let bench = bench().await;
    let listed = bench.run(&["deadlines", "--overdue", "--format", "json"]).json();
    assert_eq!(listed[0]["name"], "PaymentOverdue");
    assert_eq!(listed[0]["overdue"], true);
    let none = bench.run(&["deadlines", "--process", "order"]).out();
    assert_eq!(none, "there are no open deadlines\n");
}

#[tokio::test]
async fn deadlines_are_listed_as_the_engine_holds_them() {
    let bench = bench().await;
    let state = bench.models().await;
    let consumer = Consumer::handler(ConsumerKind::Process, "fulfilment");
    let epoch = state.claim(&consumer).await.unwrap().epoch;
    let deadline = Deadline {
        id: uuid::Uuid::from_u128(5),
        process: "fulfilment".into(),
        key: "o7".into(),
        name: "Remind".into(),
        is_command: false,
        due: chrono::Utc::now() + chrono::Duration::minutes(90),
        correlation: log::FLOW,
    };
    let deadlines = vec![("fulfilment".into(), "o7".into(), vec![deadline])];
    state.commit(&consumer, epoch, Change { deadlines, ..Change::default() }).await.unwrap();
    let held = EngineState::deadlines(&state, &Default::default(), 9).await.unwrap();
    assert_eq!(held.len(), 1);
    let table = bench.run(&["deadlines"]).out();
    assert!(table.contains("in 1 h 29 min  fulfilment  o7        deadline Remind"), "{table}");
    assert_eq!(bench.run(&["deadlines", "--overdue"]).out(), "nothing is overdue\n");
}
