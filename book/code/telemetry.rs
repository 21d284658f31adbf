//! The bank, with its spans on their way to a collector.

use crate::choreography::{accounts, transfers};
use quadrille::core::error::BoxError;

// ANCHOR: run
use quadrille::prelude::*;
use quadrille_otel::{OpenTelemetry, otlp::Otlp};
use tracing_subscriber::prelude::*;

pub async fn run(bank: Quadrille) -> Result<(), BoxError> {
    let exporting = Otlp::new("bank").start()?;
    tracing_subscriber::registry().with(exporting.layer()).init();

    let bank = bank.telemetry(OpenTelemetry::new());
    let app = bank.component(accounts()).component(transfers()).start().await?;
    serve(&app).await?;

    app.shutdown().await;
    // What was not sent yet goes out now.
    tokio::task::spawn_blocking(|| exporting.shutdown()).await??;
    Ok(())
}
// ANCHOR_END: run

async fn serve(app: &App) -> Result<(), BoxError> {
    app.settle().await?;
    Ok(())
}

// ANCHOR: own
use quadrille::{Telemetry, TraceContext};
use tracing::Span;

/// Takes a request's trace from wherever this program keeps it, and links nothing.
pub struct OfRequest;

tokio::task_local! {
    pub static REQUEST: TraceContext;
}

impl Telemetry for OfRequest {
    fn current(&self) -> Option<TraceContext> {
        REQUEST.try_with(TraceContext::clone).ok()
    }

    fn link(&self, _: &Span, _: &[&TraceContext]) {}
}
// ANCHOR_END: own
