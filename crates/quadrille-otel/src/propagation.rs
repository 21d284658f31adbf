use opentelemetry::{
    Context,
    propagation::{Extractor, Injector, TextMapPropagator},
    trace::{SpanContext, TraceContextExt},
};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use quadrille::{Telemetry, TraceContext};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Traces an app's spans with OpenTelemetry. Give it to [`Quadrille::telemetry`].
///
/// It works with whatever subscriber the program has installed. Where that has no layer of
/// `tracing-opentelemetry`, nothing is traced, and nothing is written either.
///
/// [`Quadrille::telemetry`]: quadrille::Quadrille::telemetry
#[derive(Debug, Clone, Default)]
pub struct OpenTelemetry {
    propagator: TraceContextPropagator,
    one_trace: bool,
}

impl OpenTelemetry {
    /// Whatever takes an event begins a trace of its own, with a link to the span that wrote the
    /// event: traces stay small, however long a flow lasts. A sampler decides on each of them anew.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whatever takes an event goes on in the trace that the event was written in: a flow is one
    /// trace, which is kept or left out as a whole. A span that several events led to, such as a
    /// projector's, has links all the same.
    pub fn one_trace_per_flow(mut self) -> Self {
        self.one_trace = true;
        self
    }

    fn read(&self, context: &TraceContext) -> Context {
        // Whatever is current here must not be taken for what the event says.
        self.propagator.extract_with_context(&Context::new(), &Headers(context))
    }
}

impl Telemetry for OpenTelemetry {
    fn current(&self) -> Option<TraceContext> {
        let span = Span::current().context();
        // That of a layer which does not see every span, and of programs without `tracing`.
        let context = if is_valid(&span) { span } else { Context::current() };
        let mut written = Written::default();
        self.propagator.inject_context(&context, &mut written);
        let state = Some(written.state).filter(|state| !state.is_empty());
        (!written.parent.is_empty()).then_some(TraceContext { parent: written.parent, state })
    }

    fn link(&self, span: &Span, to: &[&TraceContext]) {
        if let (true, [one]) = (self.one_trace, to) {
            let parent = self.read(one);
            if is_valid(&parent) && span.set_parent(parent).is_ok() {
                return;
            }
        }
        for context in to {
            // One that is not valid is left out there.
            span.add_link(span_context(&self.read(context)));
        }
    }
}

fn is_valid(context: &Context) -> bool {
    context.span().span_context().is_valid()
}

fn span_context(context: &Context) -> SpanContext {
    context.span().span_context().clone()
}

/// A trace context as the headers that it was made of.
struct Headers<'a>(&'a TraceContext);

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => Some(&self.0.parent),
            "tracestate" => self.0.state.as_deref(),
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        vec!["traceparent", "tracestate"]
    }
}

/// Headers on their way into a trace context.
#[derive(Default)]
struct Written {
    parent: String,
    state: String,
}

impl Injector for Written {
    fn set(&mut self, key: &str, value: String) {
        match key {
            "traceparent" => self.parent = value,
            "tracestate" => self.state = value,
            _ => {}
        }
    }
}
