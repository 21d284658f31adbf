use super::source;
use crate::{
    Screen,
    args::{Format, ManifestArgs},
    explain::Outcome,
    format::{counted, time},
    mount::Done,
    table::{Align, Table},
};
use quadrille_core::{
    EventStore,
    manifest::{ComponentManifest, Manifest, ReadManifest},
};
use quadrille_flow::{
    declared::{self, Recorded},
    is_unsafe,
};

pub(super) async fn run(
    args: &ManifestArgs,
    store: &dyn EventStore,
    screen: &mut Screen<'_>,
) -> Outcome<Done> {
    let recorded = match &args.app {
        Some(of) => vec![declared::load_version(store, &of.app, of.version).await?],
        None if args.format == Format::Json => {
            screen.json(&source::all(store).await?)?;
            return Ok(Done::Well);
        }
        None => declared::load(store).await?,
    };
    if args.format == Format::Json {
        for Recorded { manifest, .. } in &recorded {
            screen.json(manifest)?;
        }
        return Ok(Done::Well);
    }
    if recorded.is_empty() {
        screen.line("no app has started on this store")?;
    }
    for (at, recorded) in recorded.iter().enumerate() {
        if at > 0 {
            screen.line("")?;
        }
        let Recorded { manifest, version, position, recorded_at } = recorded;
        let place = format!("version {version}, position {position}, {}", time(*recorded_at));
        let app = manifest.app.replace(is_unsafe, "·");
        screen.line(&format!("{app}: {place} (UTC)"))?;
        table(manifest).write(screen)?;
    }
    Ok(Done::Well)
}

fn table(manifest: &Manifest) -> Table {
    let headings = ["component", "owner", "kind", "name", "what"];
    let mut table = Table::new(&headings.map(|heading| (heading, Align::Left)));
    for component in &manifest.components {
        for [kind, name, what] in parts(component) {
            let owner = component.owner.clone().unwrap_or_else(|| "-".into());
            table.row([component.name.clone(), owner, kind, name, what]);
        }
    }
    table
}

/// Kind, name and description of whatever is in a component.
fn parts(component: &ComponentManifest) -> Vec<[String; 3]> {
    let mut parts = Vec::new();
    let mut part = |kind: &str, name: &str, what: String| {
        parts.push([kind.to_owned(), name.to_owned(), what]);
    };
    for aggregate in &component.aggregates {
        let commands = counted(aggregate.commands.len() as u64, "command", "commands");
        let events = counted(aggregate.events.len() as u64, "event", "events");
        part("aggregate", &aggregate.category, format!("{commands}, {events}"));
        for command in &aggregate.commands {
            let emits = command.emits.as_ref();
            let what = emits.map(|events| format!("emits {}", list(events)));
            part("command", &command.name, what.unwrap_or_else(|| "may emit any event".into()));
        }
        for event in &aggregate.events {
            let fields: Vec<_> = event.fields.iter().map(|field| field.name.clone()).collect();
            let fields =
                if fields.is_empty() { String::new() } else { format!(": {}", list(&fields)) };
            part("event", &event.name, format!("v{}{fields}", event.version));
        }
    }
    for projector in &component.projectors {
        let what = format!("v{}, reads {}", projector.version, events(&projector.reads));
        part("projector", &projector.name, what);
    }
    for reaction in &component.reactions {
        let what = format!("reads {}, sends {}", events(&reaction.reads), list(&reaction.sends));
        part("reaction", &reaction.name, what);
    }
    for process in &component.processes {
        let inputs = counted(process.steps.len() as u64, "input", "inputs");
        part("process", &process.name, format!("v{}, {inputs}", process.version));
        for step in &process.steps {
            let trigger =
                if step.reads.is_empty() { step.trigger.clone() } else { events(&step.reads) };
            let follows = [&step.sends[..], &step.sets, &step.marks].concat();
            let what = format!("on {trigger}: {}", list(&follows));
            part("input", &format!("{}.{}", process.name, step.input), what);
        }
    }
    for external in &component.externals {
        let does =
            [("emits", &external.emits), ("reads", &external.reads), ("sends", &external.sends)];
        let does = does.iter().filter(|(_, names)| !names.is_empty());
        let does: Vec<_> = does.map(|(verb, names)| format!("{verb} {}", list(names))).collect();
        part("external", &external.name, list(&does));
    }
    parts
}

fn events(reads: &[ReadManifest]) -> String {
    list(&reads.iter().map(|read| read.event.clone()).collect::<Vec<_>>())
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "nothing".into() } else { names.join(", ") }
}
