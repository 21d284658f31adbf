use crate::shop::shop;
use opentelemetry::trace::{SpanContext, TracerProvider};
use opentelemetry_sdk::trace::{
    InMemorySpanExporter, InMemorySpanExporterBuilder, Sampler, SdkTracerProvider, SpanData,
};
use quadrille::{
    App, Envelope, ManualClock, Position, Quadrille, Query, TraceContext, store::Direction,
};
use std::{collections::BTreeMap, future::Future};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::prelude::*;

/// What a backend has been sent.
pub struct Backend {
    spans: InMemorySpanExporter,
    provider: SdkTracerProvider,
    _listening: DefaultGuard,
}

impl Backend {
    /// It listens to this thread, at every level, until it is dropped.
    pub fn listening() -> Self {
        Self::sampling(Sampler::AlwaysOn)
    }

    pub fn sampling(sampler: Sampler) -> Self {
        let spans = InMemorySpanExporterBuilder::new().build();
        let provider = SdkTracerProvider::builder().with_sampler(sampler);
        let provider = provider.with_simple_exporter(spans.clone()).build();
        let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
        let listening = tracing_subscriber::registry().with(layer).set_default();
        Self { spans, provider, _listening: listening }
    }

    pub fn spans(&self) -> Spans {
        self.provider.force_flush().unwrap();
        Spans(self.spans.get_finished_spans().unwrap())
    }
}

pub struct Spans(pub Vec<SpanData>);

impl Spans {
    /// The only span of this name.
    pub fn one(&self, name: &str) -> &SpanData {
        let found: Vec<_> = self.0.iter().filter(|span| span.name == name).collect();
        assert_eq!(found.len(), 1, "{name} among {:?}", self.names());
        found[0]
    }

    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|span| &*span.name).collect()
    }
}

pub fn attributes(span: &SpanData) -> BTreeMap<String, String> {
    let pairs = span.attributes.iter();
    let pairs: Vec<_> = pairs.map(|kv| (kv.key.to_string(), kv.value.to_string())).collect();
    let all: BTreeMap<_, _> = pairs.iter().cloned().collect();
    assert_eq!(all.len(), pairs.len(), "an attribute is there twice: {pairs:?}");
    all
}

/// A trace's id and a span's, as they are written.
pub type Ids = (String, String);

/// The spans that this one is linked to.
pub fn links(span: &SpanData) -> Vec<Ids> {
    span.links.iter().map(|link| ids(&link.span_context)).collect()
}

pub fn ids(context: &SpanContext) -> Ids {
    (context.trace_id().to_string(), context.span_id().to_string())
}

/// The ids in a `traceparent`.
pub fn ids_of(context: &TraceContext) -> Ids {
    let parts: Vec<&str> = context.parent.split('-').collect();
    assert_eq!((parts[0], parts.len()), ("00", 4), "{context:?}");
    (parts[1].to_owned(), parts[2].to_owned())
}

/// An order flow that nobody has begun yet.
pub async fn open(with: impl FnOnce(Quadrille) -> Quadrille) -> (App, ManualClock) {
    let clock = ManualClock::new(chrono::DateTime::UNIX_EPOCH + chrono::Duration::days(20_000));
    let app = Quadrille::in_memory().name("shop").clock(clock.clone()).component(shop());
    (with(app).start().await.unwrap(), clock)
}

/// The only event of this type.
pub async fn event(app: &App, event_type: &str) -> Envelope {
    let mut found = events(app, event_type).await;
    assert_eq!(found.len(), 1, "{event_type}: {found:?}");
    found.remove(0)
}

pub async fn events(app: &App, event_type: &str) -> Vec<Envelope> {
    let query = Query::everything().types([event_type]);
    let page = app.store().read(&query, Position::START, Direction::Forward, 1_000).await.unwrap();
    page.events
}

pub fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}
