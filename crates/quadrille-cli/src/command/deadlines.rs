use super::instances;
use crate::{
    Context, Screen,
    args::{DeadlinesArgs, Format},
    explain::Outcome,
    format::{from_now, time},
    table::{Align, Table},
};
use chrono::{DateTime, Utc};
use quadrille_core::state::{Deadline, DeadlineFilter};
use serde_json::json;

pub(super) async fn run(
    args: &DeadlinesArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    let now = Utc::now();
    let filter = DeadlineFilter {
        process: args.process.clone(),
        due_by: args.overdue.then_some(now),
        correlation: None,
    };
    let deadlines = match &context.state {
        Some(state) => state.deadlines(&filter, args.limit).await?,
        None => in_the_log(&filter, args.limit, context).await?,
    };
    if args.format == Format::Json {
        let objects: Vec<_> = deadlines.iter().map(|deadline| object(deadline, now)).collect();
        return Ok(screen.json(&objects)?);
    }
    if deadlines.is_empty() {
        let none = if args.overdue { "nothing is overdue" } else { "there are no open deadlines" };
        return Ok(screen.line(none)?);
    }
    let mut table = Table::new(&[
        ("due (UTC)", Align::Left),
        ("", Align::Left),
        ("process", Align::Left),
        ("instance", Align::Left),
        ("what", Align::Left),
    ]);
    for deadline in deadlines {
        let kind = if deadline.is_command { "command" } else { "deadline" };
        table.row([
            time(deadline.due),
            from_now(deadline.due, now),
            deadline.process,
            deadline.key,
            format!("{kind} {}", deadline.name),
        ]);
    }
    Ok(table.write(screen)?)
}

/// The log knows all deadlines; the engine's table only saves reading it.
async fn in_the_log(
    filter: &DeadlineFilter,
    limit: usize,
    context: &Context,
) -> Outcome<Vec<Deadline>> {
    let mut found = Vec::new();
    instances::for_each(context, filter.process.as_deref(), |told| {
        let (process, key) = (&told.process, &told.key);
        let deadlines = told.instance.deadlines.iter().map(|(set, _, correlation)| Deadline {
            id: set.id,
            process: process.clone(),
            key: key.clone(),
            name: set.name.clone(),
            is_command: false,
            due: set.due,
            correlation: *correlation,
        });
        let delayed = told.instance.open.iter().filter_map(|open| {
            Some(Deadline {
                id: open.issued.id.0,
                process: process.clone(),
                key: key.clone(),
                name: format!("{}.{}", open.issued.to.category(), open.issued.command),
                is_command: true,
                due: open.issued.due?,
                correlation: open.correlation,
            })
        });
        let due = |deadline: &Deadline| filter.due_by.is_none_or(|by| deadline.due <= by);
        found.extend(deadlines.chain(delayed).filter(due));
        true
    })
    .await?;
    found.sort_by_key(|deadline| deadline.due);
    found.truncate(limit);
    Ok(found)
}

fn object(deadline: &Deadline, now: DateTime<Utc>) -> serde_json::Value {
    json!({
        "id": deadline.id,
        "process": deadline.process,
        "key": deadline.key,
        "name": deadline.name,
        "is_command": deadline.is_command,
        "due": deadline.due,
        "overdue": deadline.due <= now,
        "correlation": deadline.correlation,
    })
}
