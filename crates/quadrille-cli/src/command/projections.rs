use super::consumers::statuses;
use crate::{
    Context, Screen,
    args::{Format, ProjectionsArgs, ProjectionsCommand, RebuildArgs},
    explain::{Explain, Outcome},
    format::{count, from_now, whole_seconds},
    table::{Align, Table},
};
use chrono::{DateTime, TimeDelta, Utc};
use quadrille_core::{
    EventStore, Position, Query,
    journal::Operation,
    read_model::Stage,
    state::{Activity, Consumer, ConsumerStatus},
    store::Direction,
};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeMap;

/// How far behind is counted: beyond it, it is said that there is more.
const COUNTED: usize = 10_000;

/// A consumer that runs says so every other second; a slow page or clocks that differ by a little
/// make none look dead.
const SILENCE: TimeDelta = TimeDelta::seconds(15);

pub(super) async fn run(
    args: ProjectionsArgs,
    context: &Context,
    screen: &mut Screen<'_>,
) -> Outcome {
    if let Some(ProjectionsCommand::Rebuild(rebuild)) = args.command {
        return self::rebuild(rebuild, context, screen).await;
    }
    let rows = rows(args.all, context).await?;
    let now = Utc::now();
    if args.format == Format::Json {
        let objects: Vec<_> = rows.iter().map(|row| object(row, now)).collect();
        return Ok(screen.json(&objects)?);
    }
    if rows.is_empty() {
        return Ok(screen.line("there are no read models: no app has run on this store yet")?);
    }
    let mut table = Table::new(&[
        ("name", Align::Left),
        ("version", Align::Right),
        ("state", Align::Left),
        ("position", Align::Right),
        ("events behind", Align::Right),
        ("events/s", Align::Right),
        ("parked", Align::Right),
        ("told", Align::Left),
    ]);
    for row in rows {
        let status = row.status.as_ref();
        let told =
            |text: &dyn Fn(&ConsumerStatus) -> String| status.map_or_else(|| "-".to_owned(), text);
        table.row([
            row.consumer.name.clone(),
            version(&row.consumer),
            state(&row, now),
            row.position.map_or_else(|| "-".to_owned(), |position| position.to_string()),
            row.behind.to_string(),
            told(&|status| format!("{:.1}", status.rate)),
            told(&|status| count(status.parked)),
            told(&|status| from_now(status.updated_at, now)),
        ]);
        table.note(status.and_then(|status| status.last_error.as_deref()).unwrap_or_default());
    }
    Ok(table.write(screen)?)
}

/// The version, and how often it was built anew; what has none says what it is.
fn version(consumer: &Consumer) -> String {
    match (consumer.kind.is_projector(), consumer.generation) {
        (false, _) => consumer.kind.as_str().to_owned(),
        (true, 0) => consumer.version.to_string(),
        (true, generation) => format!("{}.{generation}", consumer.version),
    }
}

fn state(row: &Row, now: DateTime<Utc>) -> String {
    let activity = row.status.as_ref().map(|status| match silent_since(status, now) {
        Some(since) => format!("not running since {}", whole_seconds(since)),
        None => status.activity.as_str().to_owned(),
    });
    match (row.stage.map(stage), activity) {
        (Some(stage), Some(activity)) if stage != activity => format!("{stage}, {activity}"),
        (stage, activity) => activity.or(stage.map(str::to_owned)).unwrap_or_else(|| "-".into()),
    }
}

/// When a consumer was last heard of that should have been heard of since. One that has stopped
/// at an event says so once.
fn silent_since(status: &ConsumerStatus, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let speaks = status.activity != Activity::Stopped;
    (speaks && now - status.updated_at > SILENCE).then_some(status.updated_at)
}

struct Row {
    consumer: Consumer,
    stage: Option<Stage>,
    status: Option<ConsumerStatus>,
    position: Option<Position>,
    behind: Behind,
}

/// Events of all types that lie behind a consumer's position, though it may read few of them.
/// Positions have gaps, so that a difference of them would say nothing.
#[derive(Clone, Copy, Serialize)]
struct Behind {
    events: usize,
    at_least: bool,
}

impl std::fmt::Display for Behind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", count(self.events as u64), if self.at_least { "+" } else { "" })
    }
}

async fn rows(all: bool, context: &Context) -> Outcome<Vec<Row>> {
    let mut found: BTreeMap<Consumer, (Option<Stage>, Option<ConsumerStatus>)> = BTreeMap::new();
    for status in statuses(context).await? {
        if all || status.consumer.kind.is_projector() {
            let entry = found.entry(status.consumer.clone()).or_default();
            entry.1 = Some(status);
        }
    }
    if let Some(models) = &context.models {
        for model in models.models().await? {
            found.entry(model.consumer).or_default().0 = Some(model.stage);
        }
    }
    let mut rows = Vec::with_capacity(found.len());
    for (consumer, (stage, status)) in found {
        let position = position(&consumer, context).await?;
        let position = position.or(status.as_ref().map(|status| status.position));
        let behind = behind(&*context.store, position.unwrap_or(Position::START)).await?;
        rows.push(Row { consumer, stage, status, position, behind });
    }
    rows.sort_by(|a, b| (&a.consumer.name, &a.consumer).cmp(&(&b.consumer.name, &b.consumer)));
    Ok(rows)
}

/// Where a consumer's checkpoint stands, which its status may be behind of.
async fn position(consumer: &Consumer, context: &Context) -> Outcome<Option<Position>> {
    let claim = match (&context.models, &context.state) {
        (Some(models), _) if consumer.kind.is_projector() => models.progress(consumer).await?,
        (_, Some(state)) => state.progress(consumer).await?,
        _ => None,
    };
    let checkpoint = claim.and_then(|claim| claim.checkpoint);
    Ok(checkpoint.map(|checkpoint| checkpoint.place.position))
}

async fn behind(store: &dyn EventStore, mut from: Position) -> Outcome<Behind> {
    let mut events = 0;
    loop {
        let page = store.read(&Query::all(), from, Direction::Forward, 1_000).await?;
        events += page.events.len();
        match page.through {
            Some(_) if page.more && events >= COUNTED => {
                return Ok(Behind { events, at_least: true });
            }
            Some(through) if page.more => from = through.position,
            _ => return Ok(Behind { events, at_least: false }),
        }
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Building => "building",
        Stage::Live => "live",
        Stage::Retired => "retired",
    }
}

fn object(row: &Row, now: DateTime<Utc>) -> serde_json::Value {
    let status = row.status.as_ref();
    json!({
        "name": row.consumer.name,
        "kind": row.consumer.kind.as_str(),
        "version": row.consumer.version,
        "generation": row.consumer.generation,
        "stage": row.stage.map(stage),
        "component": status.map(|status| &status.component),
        "activity": status.map(|status| status.activity.as_str()),
        "not_running_since": status.and_then(|status| silent_since(status, now)),
        "position": row.position,
        "events_behind": row.behind.events,
        "events_behind_is_at_least": row.behind.at_least,
        "events_per_second": status.map(|status| status.rate),
        "handled": status.map(|status| status.handled),
        "unmatched": status.map(|status| status.unmatched),
        "parked": status.map(|status| status.parked),
        "last_error": status.and_then(|status| status.last_error.as_ref()),
        "updated_at": status.map(|status| status.updated_at),
    })
}

async fn rebuild(args: RebuildArgs, context: &Context, screen: &mut Screen<'_>) -> Outcome {
    let name = args.name;
    if let Some(models) = &context.models {
        let mut names: Vec<_> =
            models.models().await?.into_iter().map(|model| model.consumer.name).collect();
        names.dedup();
        if !names.contains(&name) {
            let there_are = match names[..] {
                [] => "there are none".to_owned(),
                _ => format!("there are {}", names.join(", ")),
            };
            return Err(
                format!("have {name} rebuilt: no read model is called so: {there_are}").into()
            );
        }
    }
    let operation = Operation::Rebuild { projection: name.clone() };
    let performed = context.operations.perform(operation, &args.actor).await;
    performed.explain(|| format!("have {name} rebuilt"))?;
    Ok(screen.line(&format!("{name} is rebuilt"))?)
}
