//! What differs between two events.

use crate::{
    Context, Screen,
    args::{DiffArgs, EventName, Format},
    explain::Outcome,
    format::time,
    table::{Align, Table},
};
use quadrille_core::{Envelope, EventStore, Version, store::Direction};
use quadrille_flow::{
    is_unsafe,
    payload::{Difference, differences},
    why::between,
};
use serde_json::{Value, json};
use std::ops::ControlFlow;

pub(super) async fn run(args: &DiffArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let before = find(&*context.store, &args.before).await?;
    let after = find(&*context.store, &args.after).await?;
    let found = if args.state {
        states(&before, &after, context).await?
    } else {
        between(&before, &after).ok_or_else(|| {
            format!("compare {} with {}: one of them is no JSON", args.before, args.after)
        })?
    };
    if args.format == Format::Json {
        let object = json!({
            "before": named(&before),
            "after": named(&after),
            "differences": found,
        });
        return Ok(screen.json(&object)?);
    }
    for (sign, event) in [("-", &before), ("+", &after)] {
        let at = time(event.metadata.occurred_at);
        let (event_type, stream, version) = (&event.event_type, &event.stream, event.version);
        let line = format!("{sign} {event_type}  {stream}#{version}  {at}");
        screen.line(&line.replace(is_unsafe, "·"))?;
    }
    screen.line("")?;
    if found.is_empty() {
        return Ok(screen.line("nothing differs")?);
    }
    let headings = ["field", "before", "after"];
    let mut table = Table::new(&headings.map(|heading| (heading, Align::Left)));
    for Difference { field, before, after } in found {
        let text =
            |value: Option<Value>| value.map_or_else(|| "-".into(), |value| value.to_string());
        let field = if field.is_empty() { "all of it".to_owned() } else { field };
        table.row([field, text(before), text(after)]);
    }
    Ok(table.write(screen)?)
}

/// What differs between the states of an aggregate after two of its events.
async fn states(
    before: &Envelope,
    after: &Envelope,
    context: &Context,
) -> Outcome<Vec<Difference>> {
    let app = context.app("compare the states of an aggregate")?;
    if before.stream != after.stream {
        let (one, other) = (&before.stream, &after.stream);
        return Err(format!("compare states: {one} and {other} are two aggregates").into());
    }
    let mut states = [Value::Null, Value::Null];
    let see = &mut |event: &Envelope, state: &Value| {
        for (at, wanted) in [before, after].into_iter().enumerate() {
            if event.version == wanted.version {
                states[at] = state.clone();
            }
        }
        let last = before.version.max(after.version);
        if event.version >= last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    app.states(&before.stream, see).await?;
    let [before, after] = states;
    Ok(differences(&before, &after))
}

async fn find(store: &dyn EventStore, name: &EventName) -> Outcome<Envelope> {
    let found = match name {
        EventName::Id(id) => store.event(*id).await?,
        EventName::Place(stream, version) => {
            let from = Version(version.0 - 1);
            let page = store.read_stream(stream, from, Direction::Forward, 1).await?;
            page.into_iter().next().filter(|event| event.version == *version)
        }
    };
    found.ok_or_else(|| format!("compare events: the log holds no event {name}").into())
}

fn named(event: &Envelope) -> Value {
    json!({
        "id": event.id,
        "type": event.event_type,
        "stream": event.stream,
        "version": event.version,
        "occurred_at": event.metadata.occurred_at,
    })
}
