use super::consumers;
use crate::{
    Context, Screen,
    args::{Format, ParkedArgs, ParkedCommand, ResolveArgs},
    explain::{Explain, Outcome},
    format::{from_now, time},
    table::{Align, Table},
};
use chrono::Utc;
use quadrille_core::{
    journal::{Operation, Resolution},
    state::ParkedEvent,
};
use serde_json::json;

pub(super) async fn run(args: ParkedArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    match args.command {
        None => list(args.consumer, args.format, context, screen).await,
        Some(ParkedCommand::List { consumer, format }) => {
            list(consumer, format, context, screen).await
        }
        Some(ParkedCommand::Replay(resolve)) => {
            settle(resolve, Resolution::Replay, context, screen).await
        }
        Some(ParkedCommand::Discard(resolve)) => {
            settle(resolve, Resolution::Discard, context, screen).await
        }
    }
}

async fn list(
    consumer: Option<String>,
    format: Format,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let mut parked = consumers::parked(context).await?;
    parked.retain(|(name, _)| consumer.as_ref().is_none_or(|wanted| wanted == name));
    if format == Format::Json {
        let objects: Vec<_> = parked.iter().map(|(name, event)| object(name, event)).collect();
        return Ok(screen.json(&objects)?);
    }
    if parked.is_empty() {
        return Ok(screen.line("nothing is parked")?);
    }
    let mut table = Table::new(&[
        ("consumer", Align::Left),
        ("event", Align::Left),
        ("what", Align::Left),
        ("parked", Align::Left),
        ("attempts", Align::Right),
    ]);
    let now = Utc::now();
    for (name, event) in parked {
        table.row([
            name,
            event.event.to_string(),
            format!("{} of {}", event.event_type, event.stream),
            from_now(event.parked_at, now),
            event.attempts.to_string(),
        ]);
        table.note(&event.reason);
    }
    Ok(table.write(screen)?)
}

fn object(consumer: &str, event: &ParkedEvent) -> serde_json::Value {
    json!({
        "consumer": consumer,
        "event": event.event,
        "position": event.position,
        "type": event.event_type,
        "stream": event.stream,
        "correlation": event.correlation,
        "key": event.key,
        "reason": event.reason,
        "attempts": event.attempts,
        "subject": event.subject,
        "parked_at": event.parked_at,
    })
}

async fn settle(
    args: ResolveArgs,
    resolution: Resolution,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let ResolveArgs { id, consumer, reason, actor, .. } = args;
    let done = match resolution {
        Resolution::Replay => "replayed",
        Resolution::Discard => "discarded",
    };
    let held = consumers::parked(context).await?;
    let found = held.iter().find(|(name, event)| *name == consumer && event.event == id);
    let Some((_, event)) = found else {
        let others: Vec<&str> = held
            .iter()
            .filter(|(_, event)| event.event == id)
            .map(|(name, _)| name.as_str())
            .collect();
        let hint = match others[..] {
            [] => "`quadrille parked` lists what is".to_owned(),
            _ => format!("{} did", others.join(", ")),
        };
        let problem = format!("{consumer} has not parked the event {id}: {hint}");
        return Err(format!("have it {done}: {problem}").into());
    };
    let text = format!(
        "{done}: {} of {} for {consumer}, parked {}",
        event.event_type,
        event.stream,
        time(event.parked_at)
    );
    let operation = Operation::Resolve { consumer, event: id, resolution, reason };
    let performed = context.operations.perform(operation, &actor).await;
    performed.explain(|| format!("have the event {id} {done}"))?;
    Ok(screen.line(&text)?)
}
