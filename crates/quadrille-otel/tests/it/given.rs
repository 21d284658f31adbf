//! Traces that a caller gives, and apps without telemetry.

use crate::{shop::*, support::*};
use opentelemetry::SpanId;
use quadrille::TraceContext;
use quadrille_otel::OpenTelemetry;
use tracing::Instrument;

fn given(parent: &str) -> TraceContext {
    TraceContext { parent: parent.into(), state: Some("a=b".into()) }
}

const GIVEN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[test]
fn a_trace_that_the_caller_gives_wins_and_is_linked() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        app.execute::<Order>("1", place()).trace(given(GIVEN)).await.unwrap();
        app.settle().await.unwrap();
        let placed = event(&app, "order.placed").await;
        assert_eq!(placed.metadata.trace, Some(given(GIVEN)));
        let spans = backend.spans();
        let caller = [ids_of(&given(GIVEN))];
        assert_eq!(links(spans.one("execute order.place")), caller);
        let taken = spans.one("handle take-payment");
        assert_eq!(links(taken), caller);
        assert_eq!(taken.links.links[0].span_context.trace_state().header(), "a=b");
        // What follows is traced by itself.
        let paid = event(&app, "payment.taken").await.metadata.trace.unwrap();
        assert_eq!(ids_of(&paid), ids(&spans.one("execute payment.take").span_context));
    });
}

#[test]
fn a_trace_that_makes_no_sense_is_kept_and_not_linked() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        app.execute::<Order>("1", place()).trace(given("nonsense")).await.unwrap();
        app.settle().await.unwrap();
        assert_eq!(event(&app, "order.placed").await.metadata.trace, Some(given("nonsense")));
        assert_eq!(links(backend.spans().one("handle take-payment")), []);
    });
}

#[test]
fn a_command_lies_below_the_span_that_sent_it() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        let request = tracing::info_span!("request");
        app.execute::<Order>("1", place()).instrument(request).await.unwrap();
        let spans = backend.spans();
        let (request, command) = (spans.one("request"), spans.one("execute order.place"));
        assert_eq!(command.parent_span_id, request.span_context.span_id());
        assert_ne!(command.parent_span_id, SpanId::INVALID);
    });
}

#[test]
fn without_telemetry_the_log_holds_what_callers_give() {
    let backend = Backend::listening();
    run(async {
        let (app, _) = open(|app| app).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.settle().await.unwrap();
        for event_type in ["order.placed", "payment.taken", "order.shipped"] {
            assert_eq!(event(&app, event_type).await.metadata.trace, None, "{event_type}");
        }
        assert_eq!(links(backend.spans().one("handle take-payment")), []);
        app.execute::<Order>("2", place()).trace(given(GIVEN)).await.unwrap();
        app.settle().await.unwrap();
        let paid = events(&app, "payment.taken").await;
        assert_eq!(paid[1].metadata.trace, Some(given(GIVEN)));
    });
}

#[test]
fn without_a_subscriber_nothing_is_written() {
    run(async {
        let (app, _) = open(|app| app.telemetry(OpenTelemetry::new())).await;
        app.execute::<Order>("1", place()).await.unwrap();
        app.execute::<Order>("2", place()).trace(given(GIVEN)).await.unwrap();
        app.settle().await.unwrap();
        let traces = events(&app, "payment.taken").await;
        let traces: Vec<_> = traces.into_iter().map(|event| event.metadata.trace).collect();
        // Reactions pass on what they find, as they do without telemetry.
        assert_eq!(traces, [None, Some(given(GIVEN))]);
    });
}
