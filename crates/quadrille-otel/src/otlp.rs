//! Spans and metrics to a collector, by OTLP over HTTP.

mod client;

use client::Client;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{
    ExporterBuildError, MetricExporter, OTEL_EXPORTER_OTLP_ENDPOINT,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT, SpanExporter,
    WithExportConfig, WithHttpConfig,
};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkError,
    metrics::SdkMeterProvider,
    trace::{SdkTracer, SdkTracerProvider},
};
use quadrille::redact;
use tracing::{Subscriber, level_filters::LevelFilter};
use tracing_opentelemetry::MetricsLayer;
use tracing_subscriber::{Layer, registry::LookupSpan};

/// What is to be exported, and where to.
#[derive(Debug, Clone)]
pub struct Otlp {
    service: String,
    endpoint: Option<String>,
}

/// Why nothing can be exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtlpError {
    /// The collector is to be reached by TLS, which this exporter does not speak.
    #[error(
        "export to {0}: this exporter speaks plain HTTP; let a collector beside the app pass it on, \
         or give `tracing-opentelemetry` an exporter with TLS"
    )]
    Tls(String),
    /// The settings make no sense.
    #[error("set the export up")]
    Settings(#[from] ExporterBuildError),
}

impl Otlp {
    /// Exports as a service of this name to `http://localhost:4318`, unless the environment says
    /// otherwise. The usual variables are heeded: `OTEL_EXPORTER_OTLP_ENDPOINT` and
    /// `…_HEADERS`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_…`.
    pub fn new(service: impl Into<String>) -> Self {
        Self { service: service.into(), endpoint: None }
    }

    /// Exports to this collector, such as `http://collector:4318`, whatever the environment says.
    pub fn endpoint(mut self, url: impl Into<String>) -> Self {
        self.endpoint = Some(url.into());
        self
    }

    /// Starts to export, on threads of its own. A collector that cannot be reached is no error: what
    /// could not be delivered is dropped after some tries, and `tracing` is told.
    ///
    /// # Errors
    /// When the settings make no sense, or the collector is to be reached by TLS.
    pub fn start(self) -> Result<Exporting, OtlpError> {
        refuse_tls(self.endpoint.as_deref(), |variable| std::env::var(variable).ok())?;
        let client = Client::new();
        let resource = Resource::builder().with_service_name(self.service.clone()).build();

        let mut spans = SpanExporter::builder().with_http().with_http_client(client.clone());
        if let Some(url) = self.path("/v1/traces") {
            spans = spans.with_endpoint(url);
        }
        let traces = SdkTracerProvider::builder().with_resource(resource.clone());
        let traces = traces.with_batch_exporter(spans.build()?).build();

        let mut metrics = MetricExporter::builder().with_http().with_http_client(client);
        if let Some(url) = self.path("/v1/metrics") {
            metrics = metrics.with_endpoint(url);
        }
        let meters = SdkMeterProvider::builder().with_resource(resource);
        let metrics = meters.with_periodic_exporter(metrics.build()?).build();
        Ok(Exporting { traces, metrics })
    }

    fn path(&self, path: &str) -> Option<String> {
        let url = self.endpoint.as_deref()?.trim_end_matches('/');
        Some(format!("{url}{path}"))
    }
}

/// Otherwise every export would fail, one by one and later.
fn refuse_tls(
    endpoint: Option<&str>,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<(), OtlpError> {
    let variables = [
        OTEL_EXPORTER_OTLP_ENDPOINT,
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT,
        OTEL_EXPORTER_OTLP_METRICS_ENDPOINT,
    ];
    let urls = match endpoint {
        Some(url) => vec![url.to_owned()],
        None => variables.into_iter().filter_map(variable).collect(),
    };
    match urls.iter().find(|url| url.starts_with("https:")) {
        Some(url) => Err(OtlpError::Tls(redact(url))),
        None => Ok(()),
    }
}

/// An export under way. When it is dropped without [`Exporting::shutdown`], what was not sent yet may
/// be lost.
#[derive(Debug)]
pub struct Exporting {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
}

impl Exporting {
    /// The layer for the program's subscriber: spans from the level `INFO` on, and the gauges that
    /// the stores measure, at any level.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
    {
        let spans = tracing_opentelemetry::layer().with_tracer(self.tracer());
        spans.with_filter(LevelFilter::INFO).and_then(MetricsLayer::new(self.metrics.clone()))
    }

    /// For a layer of one's own: `tracing_opentelemetry::layer().with_tracer(…)`.
    pub fn tracer(&self) -> SdkTracer {
        self.traces.tracer("quadrille")
    }

    /// For metrics of one's own.
    pub fn meter_provider(&self) -> &SdkMeterProvider {
        &self.metrics
    }

    /// Sends what is left, and ends. It blocks until that is done, for some seconds at most.
    ///
    /// # Errors
    /// When the collector did not take it.
    pub fn shutdown(self) -> Result<(), OTelSdkError> {
        let traces = self.traces.shutdown();
        traces.and(self.metrics.shutdown())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(endpoint: Option<&str>, variable: &str, refused: Option<&str>) {
        let from = |name: &str| (name == OTEL_EXPORTER_OTLP_ENDPOINT).then(|| variable.to_owned());
        let found = refuse_tls(endpoint, from).err().map(|error| error.to_string());
        match refused {
            Some(url) => assert!(found.is_some_and(|text| text.contains(url))),
            None => assert_eq!(found, None),
        }
    }

    #[test]
    fn tls_is_refused_at_once_and_without_secrets() {
        check(Some("http://collector:4318"), "https://elsewhere", None);
        check(None, "http://collector:4318", None);
        check(None, "https://elsewhere", Some("https://elsewhere"));
        check(Some("https://me:secret@collector"), "", Some("https://me:***@collector"));
    }
}
