//! Commands on their way: options first, then `.await`.

mod error;
mod receipt;
pub(crate) mod run;
pub(crate) mod slot;

pub use error::ExecuteError;
pub use receipt::Receipt;

use crate::{Aggregate, App, CommandId, CorrelationId, TraceContext};
use chrono::{DateTime, Utc};
use run::Request;
use std::{
    fmt::Display,
    future::Future,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// What a command's execution returns.
pub type Executed<A> = Result<Receipt, ExecuteError<<A as Aggregate>::Error>>;

/// A command on its way to an aggregate: set its options, then await it.
///
/// It is a future itself, so `join!` and `spawn` take it. A future that is dropped while it runs
/// may still have appended: send the command again with the same id to learn what became of it.
#[must_use = "a command does nothing until it is awaited"]
pub struct Execute<A: Aggregate> {
    app: App,
    command: Option<A::Command>,
    request: Request,
    within: Option<Duration>,
    running: Option<Pin<Box<dyn Future<Output = Executed<A>> + Send>>>,
}

impl<A: Aggregate> Unpin for Execute<A> {}

impl<A: Aggregate> Execute<A> {
    pub(crate) fn new(app: App, id: String, command: A::Command) -> Self {
        let request = Request::from_outside(id);
        Self { app, command: Some(command), request, within: None, running: None }
    }

    /// The command's id: the key of idempotency at this aggregate. Without one it gets a new id.
    pub fn command_id(mut self, id: impl Into<CommandId>) -> Self {
        self.request.id = Some(id.into());
        self
    }

    /// Who asks for it.
    pub fn actor(mut self, actor: impl Display) -> Self {
        self.request.actor = Some(actor.to_string());
        self
    }

    /// The flow that it belongs to. Without one it begins a flow of its own.
    pub fn correlation(mut self, flow: CorrelationId) -> Self {
        self.request.correlation = Some(flow);
        self
    }

    /// When it happened: for history that is replayed. Without it, the app's clock says.
    pub fn occurred_at(mut self, time: DateTime<Utc>) -> Self {
        self.request.occurred_at = Some(time);
        self
    }

    /// The W3C trace context that it came with.
    pub fn trace(mut self, trace: TraceContext) -> Self {
        self.request.trace = Some(trace);
        self
    }

    /// How long to wait at most. When the time is up the answer is
    /// [`ExecuteError::OutcomeUnknown`].
    pub fn within(mut self, timeout: Duration) -> Self {
        self.within = Some(timeout);
        self
    }
}

impl<A: Aggregate> Future for Execute<A> {
    type Output = Executed<A>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if this.running.is_none() {
            let command = this.command.take().expect("taken only when `running` is set");
            let request = std::mem::take(&mut this.request);
            let (engine, within) = (this.app.engine.clone(), this.within);
            this.running = Some(Box::pin(run::execute::<A>(engine, command, request, within)));
        }
        let running = this.running.as_mut().expect("set above");
        running.as_mut().poll(cx)
    }
}
