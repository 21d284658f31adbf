//! Open flows.

use crate::{
    bench::{Bench, append},
    log::{FLOW, append_fact, placed, stream, two_instances},
};
use quadrille_core::journal::{Parked, parked_stream};

async fn bench() -> Bench {
    let bench = Bench::new();
    let store = bench.store().await;
    two_instances(&store).await;
    let mut other = placed(2);
    other.metadata.correlation = uuid::Uuid::from_u128(0xa).into();
    append(&store, &stream("order-o2"), vec![other]).await;
    store.close().await;
    bench
}

#[tokio::test]
async fn open_flows_say_what_they_wait_for() {
    let bench = bench().await;
    let expected = "\
stands still  since (UTC)              open flow                             at            waits for
           0  2024-03-01 12:00:00.000  00000000-0000-0000-0000-00000000000f  order.placed  the outcome of payment.capture to payment-o1, from fulfilment o1
                                                                                           2024-03-04 12:00:00.000, when PaymentOverdue of fulfilment o1 is due
";
    assert_eq!(bench.run(&["flow", "open"]).out(), expected);
    let json = bench.run(&["flow", "open", "--format", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["flow"], FLOW.to_string());
    assert_eq!(json[0]["waits_for"][1]["due"], "2024-03-04T12:00:00Z");
    let hour = ["flow", "open", "--now", "2024-03-01T13:00:00Z", "--format", "json"];
    assert_eq!(bench.run(&hour).json()[0]["still_micros"], 3_600_000_000_u64);
}

#[tokio::test]
async fn flows_that_have_not_ended_are_open_whatever_they_wait_for() {
    let bench = bench().await;
    let open = |more: &[&str]| {
        let args = [&["flow", "open", "--format", "json"], more].concat();
        bench.run(&args).json().as_array().unwrap().len()
    };
    assert_eq!(open(&["--end", "order.delivered"]), 2);
    assert_eq!(open(&["--end", "order.delivered", "--limit", "1"]), 1);
    assert_eq!(open(&["--end", "order.placed"]), 0);
    let table = bench.run(&["flow", "open", "--silence", "1d"]).out();
    assert!(table.contains("order.placed  nothing that is known"), "{table}");
    let none = bench.run(&["flow", "open", "--end", "order.placed"]).out();
    assert_eq!(none, "no flow is open\n");
    assert!(
        bench.run(&["flow", "open", "--silence", "1w"]).error().contains("a number and ms, s, min")
    );
}

#[tokio::test]
async fn a_parked_event_waits_for_somebody_as_the_log_tells_where_no_app_has_run() {
    let bench = Bench::new();
    let store = bench.store().await;
    append(&store, &stream("order-o1"), vec![placed(1)]).await;
    store.close().await;
    assert_eq!(bench.run(&["flow", "open"]).out(), "no flow waits for anything\n");
    let store = bench.store().await;
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
    let waits = "a decision: mailer has parked order.placed of order-o1: no such address";
    assert!(bench.run(&["flow", "open"]).out().contains(waits));
}
