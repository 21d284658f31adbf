//! The way to a collector.

use crate::{collector::Collector, shop::*, support::*};
use quadrille_otel::{OpenTelemetry, otlp::Otlp};
use tracing_subscriber::prelude::*;

fn contains(body: &[u8], part: &[u8]) -> bool {
    body.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_collector_receives_spans_and_gauges() {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).enable_all().build().unwrap();
    let mut collector = runtime.block_on(Collector::start());
    let otlp = Otlp::new("the-shop").endpoint(&collector.url).start().unwrap();
    let listening = tracing_subscriber::registry().with(otlp.layer()).set_default();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.settle().await.unwrap();
        let placed = event(&app, "order.placed").await;
        assert!(placed.metadata.trace.is_some());
        tracing::trace!(gauge.quadrille.stall.held_ms = 17_i64, "readers of the log");
        app.shutdown().await;
    });
    drop(listening);
    otlp.shutdown().unwrap();

    let requests = collector.received();
    let sent_to = |path: &str| {
        let first = format!("post {path} http/1.1\r\n");
        let found: Vec<_> = requests.iter().filter(|r| r.head.starts_with(&first)).collect();
        assert_eq!(found.len(), 1, "{path}");
        assert!(found[0].head.contains("\r\ncontent-type: application/x-protobuf\r\n"));
        assert!(contains(&found[0].body, b"the-shop"), "the service's name");
        &found[0].body
    };
    let spans = sent_to("/v1/traces");
    for part in ["execute order.place", "handle take-payment", "quadrille.correlation"] {
        assert!(contains(spans, part.as_bytes()), "{part}");
    }
    assert!(contains(sent_to("/v1/metrics"), b"quadrille.stall.held_ms"));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let check = |url: &str, part: &str| {
        let error = Otlp::new("shop").endpoint(url).start().unwrap_err();
        let text = format!("{error}: {:?}", std::error::Error::source(&error));
        assert!(text.contains(part), "{text}");
    };
    check("https://collector:4318", "plain HTTP");
    check("a collector", "invalid endpoint");
}
