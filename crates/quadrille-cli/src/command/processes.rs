use super::instances::{self, Told};
use crate::{
    Context, Screen,
    args::{Format, ProcessesArgs, ProcessesCommand},
    explain::Outcome,
    format::{count, from_now, time},
    table::{Align, Table},
};
use chrono::Utc;
use quadrille_core::{
    Envelope,
    journal::{self, Fact, ProcessDiscarded, ProcessSettled, ProcessStepped},
};
use serde_json::{Value, json};

pub(super) async fn run(
    args: ProcessesArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    if let Some(ProcessesCommand::Show { process, key, format }) = args.command {
        return show(&process, &key, format, context, screen).await;
    }
    let limit = args.limit.unwrap_or(usize::MAX);
    let mut found = Vec::new();
    instances::for_each(context, args.process.as_deref(), |told| {
        if found.len() < limit && (!args.open || told.state().is_open()) {
            found.push(told);
        }
        found.len() < limit
    })
    .await?;
    if args.format == Format::Json {
        let objects: Vec<_> = found.iter().map(object).collect();
        return Ok(screen.json(&objects)?);
    }
    if found.is_empty() {
        return Ok(screen.line("there are no such instances of process managers")?);
    }
    let mut table = Table::new(&[
        ("process", Align::Left),
        ("instance", Align::Left),
        ("state", Align::Left),
        ("steps", Align::Right),
        ("since", Align::Left),
        ("waits for", Align::Left),
    ]);
    let now = Utc::now();
    for told in found {
        let waits = told.waits_for().join(", ");
        let idle = if told.state().is_open() { "events" } else { "" };
        table.row([
            told.process.clone(),
            told.key.clone(),
            told.state().as_str().to_owned(),
            count(told.steps),
            from_now(told.since, now),
            if waits.is_empty() { idle.to_owned() } else { waits },
        ]);
    }
    Ok(table.write(screen)?)
}

fn object(told: &Told) -> Value {
    let open = told.instance.open.iter().map(|open| {
        let issued = &open.issued;
        json!({
            "id": issued.id,
            "to": issued.to,
            "command": format!("{}.{}", issued.to.category(), issued.command),
            "due": issued.due,
        })
    });
    let deadlines = told
        .instance
        .deadlines
        .iter()
        .map(|(set, ..)| json!({ "id": set.id, "name": set.name, "due": set.due }));
    json!({
        "process": told.process,
        "key": told.key,
        "state": told.state().as_str(),
        "completed": told.instance.completed,
        "compensated": told.instance.compensated,
        "steps": told.steps,
        "since": told.since,
        "open_commands": open.collect::<Vec<_>>(),
        "deadlines": deadlines.collect::<Vec<_>>(),
    })
}

async fn show(
    process: &str,
    key: &str,
    format: Format,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let stream = journal::process_stream(process, key)?;
    let mut history = Vec::new();
    let told = instances::read(context, &stream, |event| {
        history.extend(entry(event)?);
        Ok(())
    })
    .await?;
    let told = told.ok_or_else(|| format!("show {process} {key}: there is no such instance"))?;
    let state = told.instance.state.as_ref().map(|(_, state)| state.get());
    if format == Format::Json {
        let mut object = object(&told);
        object["data"] = state.map(serde_json::from_str).transpose()?.unwrap_or(Value::Null);
        object["history"] = history.iter().map(Entry::object).collect();
        return Ok(screen.json(&object)?);
    }
    screen.line(&format!("{process} {key}: {}", told.state().as_str()))?;
    if let Some(reason) = &told.instance.compensated {
        screen.line(&format!("compensated: {reason}"))?;
    }
    for waits in told.waits_for() {
        screen.line(&format!("waits for {waits}"))?;
    }
    screen.line(&format!("state {}", state.unwrap_or("-")))?;
    screen.line("")?;
    let mut table = Table::new(&[
        ("#", Align::Right),
        ("occurred (UTC)", Align::Left),
        ("what", Align::Left),
        ("then", Align::Left),
    ]);
    for entry in history {
        table.row([entry.version.to_string(), entry.at, entry.what, entry.then.join(", ")]);
    }
    Ok(table.write(screen)?)
}

/// One fact of an instance's history.
struct Entry {
    version: u64,
    at: String,
    what: String,
    then: Vec<String>,
}

impl Entry {
    fn object(&self) -> Value {
        json!({ "version": self.version, "at": self.at, "what": self.what, "then": self.then })
    }
}

fn entry(event: &Envelope) -> Outcome<Option<Entry>> {
    let (what, then) = if let Some(step) = ProcessStepped::read(event)? {
        (step.input.clone(), effects(&step))
    } else if let Some(fact) = ProcessSettled::read(event)? {
        let settled = &fact.settled;
        let outcome = match &settled.outcome {
            journal::Outcome::Accepted(_) => "accepted".to_owned(),
            journal::Outcome::Unchanged => "accepted, changed nothing".to_owned(),
            journal::Outcome::Rejected(rejected) => {
                format!("rejected ({}): {}", rejected.code, rejected.message)
            }
        };
        let mut then = Vec::new();
        if settled.attempts > 1 {
            then.push(format!("{} attempts", settled.attempts));
        }
        then.extend(fact.undone_by.as_ref().map(|undo| format!("undone by {}", undo.command)));
        (format!("{} {outcome}", settled.command), then)
    } else if let Some(fact) = ProcessDiscarded::read(event)? {
        (format!("{} discarded by {}: {}", fact.name, fact.actor, fact.reason), Vec::new())
    } else {
        return Ok(None);
    };
    let at = time(event.metadata.occurred_at);
    Ok(Some(Entry { version: event.version.0, at, what, then }))
}

fn effects(step: &ProcessStepped) -> Vec<String> {
    let mut effects = Vec::new();
    effects.extend(step.compensates.iter().map(|reason| format!("compensates: {reason}")));
    for issued in &step.issued {
        let name = format!("{}.{} to {}", issued.to.category(), issued.command, issued.to);
        effects.push(match issued.due {
            Some(due) => format!("sends {name} at {}", time(due)),
            None => format!("sends {name}"),
        });
    }
    for set in &step.deadlines {
        effects.push(format!("sets {} for {}", set.name, time(set.due)));
    }
    effects.extend(step.cancelled.iter().map(|name| format!("cancels {name}")));
    effects.extend(step.completes.then(|| "completes".to_owned()));
    effects.extend(step.undeclared.iter().map(|effect| format!("undeclared: {effect}")));
    effects
}
