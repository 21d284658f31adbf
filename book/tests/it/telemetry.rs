//! The chapter on telemetry.

use crate::support::{book, check_shown, on_quadrille, read, request, two_accounts};
use opentelemetry::trace::{SpanId, TracerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use quadrille::{App, Position, Query, TraceContext, store::Direction};
use quadrille_book::{
    choreography::{accounts, transfers},
    telemetry::{OfRequest, REQUEST},
};
use quadrille_otel::OpenTelemetry;
use std::fmt::Write;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::prelude::*;

fn listen() -> (InMemorySpanExporter, SdkTracerProvider, DefaultGuard) {
    let spans = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("book"));
    (spans, provider, tracing_subscriber::registry().with(layer).set_default())
}

/// The spans as a backend shows them: trace by trace, with numbers in place of ids.
struct Told<'a> {
    spans: &'a [SpanData],
    traces: Vec<opentelemetry::TraceId>,
    text: String,
}

impl Told<'_> {
    fn below(&mut self, parent: SpanId, depth: usize) {
        let mut spans: Vec<_> = self.spans.iter().filter(|s| s.parent_span_id == parent).collect();
        spans.sort_by_key(|span| span.start_time);
        for span in spans {
            let name = format!("{:1$}{2}", "", 2 * depth, span.name);
            if depth == 0 {
                self.traces.push(span.span_context.trace_id());
                write!(self.text, "trace {:<3}{name:<34}", self.traces.len()).unwrap();
            } else {
                write!(self.text, "{:9}{name:<34}", "").unwrap();
            }
            let outcome = span.attributes.iter().find(|kv| kv.key.as_str() == "quadrille.outcome");
            self.text += &outcome.expect("every span has one").value.as_str();
            for link in span.links.iter() {
                let trace = link.span_context.trace_id();
                let number = self.traces.iter().position(|known| *known == trace);
                write!(self.text, "  linked to trace {}", number.unwrap() + 1).unwrap();
            }
            self.text.push('\n');
            self.below(span.span_context.span_id(), depth + 1);
        }
    }
}

async fn traces_in_the_log(app: &App) -> Vec<TraceContext> {
    let all = Query::everything();
    let page = app.store().read(&all, Position::START, Direction::Forward, 100).await.unwrap();
    page.events.iter().filter_map(|event| event.metadata.trace.clone()).collect()
}

#[tokio::test]
async fn a_transfer_is_a_trace_for_each_hop() {
    let (spans, provider, listening) = listen();
    let app = on_quadrille([accounts(), transfers()], |app| app.telemetry(OpenTelemetry::new()));
    let (app, _) = app.await;
    two_accounts(&app).await.unwrap();
    app.settle().await.unwrap();
    spans.reset();
    request(&app, "t1", 200).await.unwrap();
    app.settle().await.unwrap();
    drop(listening);
    let spans = spans.get_finished_spans().unwrap();
    provider.shutdown().unwrap();
    let mut told = Told { spans: &spans, traces: Vec::new(), text: String::new() };
    told.below(SpanId::INVALID, 0);
    check_shown("telemetry.txt", &told.text);
}

#[tokio::test]
async fn a_program_can_bring_its_own() {
    let (app, _) = on_quadrille([accounts(), transfers()], |app| app.telemetry(OfRequest)).await;
    let trace = TraceContext { parent: "00-1-2-01".into(), state: None };
    REQUEST.scope(trace.clone(), two_accounts(&app)).await.unwrap();
    assert_eq!(traces_in_the_log(&app).await, vec![trace; 3]);
}

#[test]
fn every_span_has_a_row() {
    let chapter = read(&book().join("src/telemetry.md"));
    let spans = read(&book().join("../crates/quadrille/src/telemetry/spans.rs"));
    let mut names = 0;
    for block in spans.split("info_span!(").skip(1) {
        let name =
            block.lines().find_map(|line| line.trim().strip_prefix('"')?.strip_suffix("\","));
        let name = name.expect("a span has a name");
        assert!(chapter.contains(&format!("\n| `{name}` |")), "{name} has no row");
        names += 1;
    }
    assert_eq!(names, 5);
    for field in spans.split("\"quadrille.").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(chapter.contains(&format!("`quadrille.{field}`")), "{field} is not told of");
    }
}
