//! What the engine tells `tracing` of its work, and how a trace and the log find each other.
//!
//! The engine opens these spans, at the level `INFO` and with the target `quadrille`. Where nobody
//! listens they cost next to nothing. No payload is ever part of them.
//!
//! | span | one for each | it is |
//! |---|---|---|
//! | `execute` | command | below the span of whoever sent it |
//! | `append` | append of what commands and steps led to | below the span of the first command in it, and it follows from the others that share it; a step's is below the handler's |
//! | `handle` | event that a reaction or a process manager takes, retries included | a root, linked to the span that the event was written in |
//! | `fire` | process instance that something came due for | a root, linked to the spans in which that was set |
//! | `project` | page of events that a projector takes | a root, linked to the spans that its events were written in |
//!
//! One exception: the events of a command that was sent with `.trace(context)` carry that context and
//! not the one of its `execute` span. That span is linked to it, and so is whatever takes the events.
//!
//! Fields begin with `quadrille.`, and each means the same in every span: `correlation` is the
//! flow, `event` and `command_id` what `quadrille trace` takes, `stream`, `position`, `handler` and
//! `instance` where it is, `outcome` and `attempts` how it ended. The fields that begin with `otel.`
//! and `messaging.` are those of OpenTelemetry's conventions. `error.type` and the status are set
//! where somebody has to look; a domain's refusal is an outcome like any other.

pub(crate) mod spans;

use crate::{TraceContext, app::Engine};
use std::collections::HashSet;
use tracing::Span;

/// Links of one span: as many as OpenTelemetry keeps.
pub(crate) const MOST_LINKS: usize = 128;

/// A system that traces the spans of `tracing`, such as OpenTelemetry: `quadrille-otel` has it.
///
/// With one, what commands and handlers append carries the trace context of the span that they ran
/// in, unless the command's caller gave one, and every span that goes on with an event is linked to
/// the context that the event carries. Give it to the app by
/// [`Quadrille::telemetry`](crate::Quadrille::telemetry).
pub trait Telemetry: Send + Sync + 'static {
    /// The trace context of the span that is current here; `None` where it is not traced.
    ///
    /// It is called for each attempt of a command that makes events, and for each fact of a handler;
    /// perhaps outside of any span.
    fn current(&self) -> Option<TraceContext>;

    /// Links a span, which was not entered yet, to those that led to it: at least one, and none
    /// twice. Their contexts come from the log: one that makes no sense is left out.
    fn link(&self, span: &Span, to: &[&TraceContext]);
}

impl Engine {
    /// The trace context of what is done here.
    pub fn current_trace(&self) -> Option<TraceContext> {
        self.telemetry.as_ref()?.current()
    }

    /// Whether a span goes where it can be linked to others.
    pub fn traces(&self, span: &Span) -> bool {
        self.telemetry.is_some() && !span.is_disabled()
    }

    /// Links a span to those in which its causes were written, each once.
    pub fn link<'a>(&self, span: &Span, to: impl IntoIterator<Item = Option<&'a TraceContext>>) {
        let Some(telemetry) = self.telemetry.as_ref().filter(|_| self.traces(span)) else { return };
        let mut known = HashSet::new();
        let mut to: Vec<&TraceContext> = to.into_iter().flatten().collect();
        to.retain(|context| known.len() < MOST_LINKS && known.insert(&*context.parent));
        if !to.is_empty() {
            telemetry.link(span, &to);
        }
    }
}
