//! OpenTelemetry for Quadrille: the trail in the log and the trace in a backend point at each other.
//!
//! The engine opens spans by `tracing` (see [`quadrille::telemetry`]). With [`OpenTelemetry`] every
//! event carries the trace context of the command that wrote it, and every span that goes on with an
//! event is linked to that command's. From a span one comes to the flow by its attributes
//! `quadrille.correlation` and `quadrille.event`; from an event to the trace by its metadata.
//!
//! Where a command was sent with `.trace(context)`, its events carry that context instead of its own
//! span's. The command's span and those that go on with the events are linked to that context then,
//! and not to each other.
//!
//! Which spans go where is up to the program: any subscriber with a layer of `tracing-opentelemetry`
//! will do. The feature `otlp` brings one that sends them to a collector: `otlp::Otlp`.
//!
//! ```no_run
//! # #[cfg(feature = "otlp")]
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use quadrille::prelude::*;
//! use quadrille_otel::{OpenTelemetry, otlp::Otlp};
//! use tracing_subscriber::prelude::*;
//!
//! let otlp = Otlp::new("shop").start()?;
//! tracing_subscriber::registry().with(otlp.layer()).init();
//!
//! let app = Quadrille::in_memory().telemetry(OpenTelemetry::new()).start().await?;
//! // …
//! app.shutdown().await;
//! otlp.shutdown()?;
//! # Ok(())
//! # }
//! ```

mod propagation;

#[cfg(feature = "otlp")]
pub mod otlp;

pub use propagation::OpenTelemetry;
