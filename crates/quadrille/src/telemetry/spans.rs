//! The spans, in one place: their names and fields are what users search by.

use crate::{
    AppendError, Appended, CommandId, CorrelationId, Envelope, ExecuteError, Receipt, Rejection,
    StoreError, StreamId,
    consumer::{Failure, Handled},
    state::{Consumer, ConsumerKind, Deadline},
};
use std::sync::Arc;
use tracing::{Span, field::Empty, info_span, span::Id};

/// One command, from its arrival to its answer.
pub(crate) fn execute(
    name: &str,
    stream: &StreamId,
    id: CommandId,
    flow: Option<CorrelationId>,
) -> Span {
    info_span!(
        target: "quadrille",
        "execute",
        "otel.name" = format_args!("execute {name}"),
        "otel.kind" = "producer",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "messaging.system" = "quadrille",
        "messaging.operation.name" = "execute",
        "messaging.operation.type" = "send",
        "messaging.destination.name" = stream.category().as_str(),
        "quadrille.command" = name,
        "quadrille.command_id" = %id,
        "quadrille.correlation" = %flow.unwrap_or(CorrelationId::of_command(id)),
        "quadrille.stream" = %stream,
        "quadrille.outcome" = Empty,
        "quadrille.rejection" = Empty,
        "quadrille.attempts" = Empty,
        "quadrille.events" = Empty,
        "quadrille.position" = Empty,
    )
}

/// How a command ended.
pub(crate) fn executed<E: Rejection>(span: &Span, executed: &Result<Receipt, ExecuteError<E>>) {
    if span.is_disabled() {
        return;
    }
    match executed {
        Ok(receipt) => {
            let outcome = match receipt {
                Receipt { repeated: true, .. } => "repeated",
                Receipt { events, .. } if events.is_empty() => "unchanged",
                Receipt { .. } => "accepted",
            };
            span.record("quadrille.outcome", outcome);
            span.record("quadrille.attempts", number(receipt.attempts));
            span.record("quadrille.events", number(receipt.events.len()));
            if !receipt.events.is_empty() {
                span.record("quadrille.position", number(receipt.position.0));
            }
        }
        Err(ExecuteError::Rejected(rejection)) => {
            span.record("quadrille.outcome", "rejected");
            span.record("quadrille.rejection", rejection.code());
        }
        Err(error) => failed(span, error.kind()),
    }
}

/// Events on their way to a stream, and how many commands they are of.
pub(crate) fn append(
    parent: Option<Id>,
    stream: &StreamId,
    events: usize,
    commands: Option<usize>,
) -> Span {
    info_span!(
        target: "quadrille",
        parent: parent,
        "append",
        "otel.name" = format_args!("append {}", stream.category()),
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "quadrille.stream" = %stream,
        "quadrille.events" = number(events),
        "quadrille.commands" = commands.map(number),
        "quadrille.outcome" = Empty,
    )
}

/// How an append ended. That others wrote first is no problem of the append's.
pub(crate) fn appended(span: &Span, appended: &Result<Appended, AppendError>) {
    match appended {
        _ if span.is_disabled() => {}
        Ok(Appended { repeated: true, .. }) => ended(span, "repeated"),
        Ok(_) => ended(span, "appended"),
        Err(AppendError::Conflict { .. }) => ended(span, "conflict"),
        Err(AppendError::ConditionFailed { .. }) => ended(span, "condition failed"),
        Err(AppendError::IdReused { .. }) => ended(span, "id taken"),
        Err(AppendError::Invalid(_)) => failed(span, "invalid"),
        Err(AppendError::Store(error)) => failed(span, kind(error)),
        Err(_) => failed(span, "failed"),
    }
}

/// What a reaction or a process manager does about an event.
pub(crate) fn handle(consumer: &Consumer, key: &str, envelope: &Envelope) -> Span {
    let handler = &*consumer.name;
    info_span!(
        target: "quadrille",
        parent: None,
        "handle",
        "otel.name" = format_args!("handle {handler}"),
        "otel.kind" = "consumer",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "messaging.system" = "quadrille",
        "messaging.operation.name" = "handle",
        "messaging.operation.type" = "process",
        "messaging.destination.name" = envelope.stream.category().as_str(),
        "messaging.consumer.group.name" = handler,
        "messaging.message.id" = %envelope.id,
        "quadrille.handler" = handler,
        "quadrille.handler_kind" = consumer.kind.as_str(),
        "quadrille.instance" = (consumer.kind == ConsumerKind::Process).then_some(key),
        "quadrille.event" = %envelope.id,
        "quadrille.event_type" = &*envelope.event_type,
        "quadrille.stream" = %envelope.stream,
        "quadrille.position" = number(envelope.position.0),
        "quadrille.correlation" = %envelope.metadata.correlation,
        "quadrille.outcome" = Empty,
        "quadrille.attempts" = Empty,
    )
}

/// What a process instance does when something has come due.
pub(crate) fn fire(consumer: &Consumer, key: &str, due: &[Deadline]) -> Span {
    let handler = &*consumer.name;
    info_span!(
        target: "quadrille",
        parent: None,
        "fire",
        "otel.name" = format_args!("fire {handler}"),
        "otel.kind" = "consumer",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "messaging.system" = "quadrille",
        "messaging.operation.name" = "fire",
        "messaging.operation.type" = "process",
        "messaging.consumer.group.name" = handler,
        "messaging.batch.message_count" = number(due.len()),
        "quadrille.handler" = handler,
        "quadrille.handler_kind" = consumer.kind.as_str(),
        "quadrille.instance" = key,
        "quadrille.due" = due.first().map(|first| &*first.name),
        "quadrille.correlation" = due.first().map(|first| tracing::field::display(first.correlation)),
        "quadrille.outcome" = Empty,
        "quadrille.attempts" = Empty,
    )
}

/// What a projector does with a page of events.
pub(crate) fn project(consumer: &Consumer, events: &[Arc<Envelope>]) -> Span {
    let handler = &*consumer.name;
    info_span!(
        target: "quadrille",
        parent: None,
        "project",
        "otel.name" = format_args!("project {handler}"),
        "otel.kind" = "consumer",
        "otel.status_code" = Empty,
        "error.type" = Empty,
        "messaging.system" = "quadrille",
        "messaging.operation.name" = "project",
        "messaging.operation.type" = "process",
        "messaging.consumer.group.name" = handler,
        "messaging.batch.message_count" = number(events.len()),
        "quadrille.handler" = handler,
        "quadrille.handler_kind" = consumer.kind.as_str(),
        "quadrille.first_position" = events.first().map(|event| number(event.position.0)),
        "quadrille.position" = events.last().map(|event| number(event.position.0)),
        "quadrille.parked" = Empty,
        "quadrille.outcome" = Empty,
    )
}

/// How what a projector did ended.
pub(crate) fn projected(span: &Span, projected: &Result<Handled, Failure>) {
    match projected {
        Ok(Handled { parked, .. }) if !parked.is_empty() => {
            span.record("quadrille.parked", number(parked.len()));
            failed(span, "parked");
        }
        projected => handled(span, projected.as_ref().map(|_| "handled")),
    }
}

/// How often it was tried.
pub(crate) fn attempts(span: &Span, attempts: u32) {
    span.record("quadrille.attempts", number(attempts));
}

/// How work of a consumer ended; `Ok` says what came of it. Whoever parks an event says so itself.
pub(crate) fn handled(span: &Span, handled: Result<&str, &Failure>) {
    match handled {
        Ok(outcome) => ended(span, outcome),
        Err(Failure::Storage(error)) => failed(span, kind(error)),
        Err(Failure::Later(_)) => failed(span, "later"),
        Err(Failure::Event { .. }) => failed(span, "stopped"),
    }
}

fn ended(span: &Span, outcome: &str) {
    span.record("quadrille.outcome", outcome);
}

/// That somebody has to look, and at what kind of problem. What an error says may quote a payload.
pub(crate) fn failed(span: &Span, kind: &str) {
    span.record("quadrille.outcome", kind);
    span.record("error.type", kind);
    span.record("otel.status_code", "ERROR");
}

/// A store's problem in a word.
fn kind(error: &StoreError) -> &'static str {
    match error {
        StoreError::Unavailable { .. } => "unavailable",
        StoreError::OutcomeUnknown { .. } => "unknown",
        StoreError::Fenced { .. } => "fenced",
        StoreError::Unusable { .. } => "unusable",
        StoreError::Unsupported { .. } => "unsupported",
        _ => "corrupt",
    }
}

/// A number as OpenTelemetry knows them: without a sign it would become text.
fn number(number: impl TryInto<i64>) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
