use crate::text::printable;
use quadrille_core::manifest::{
    AggregateManifest, ComponentManifest, ExternalManifest, FieldManifest, Manifest,
    ProcessManifest, ReadManifest,
};
use serde::Serialize;
use std::{collections::BTreeMap, fmt};

/// What became of something between two manifests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It is only in the second.
    Added,
    /// It is only in the first.
    Removed,
    /// It is in both, and not the same.
    Changed,
}

/// Something that two manifests do not agree in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// What became of it.
    pub changed: Changed,
    /// What it is, such as `event order.placed`.
    pub subject: String,
    /// What about it changed, such as `version: 1 → 2`; nothing where all of it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.changed {
            Changed::Added => '+',
            Changed::Removed => '-',
            Changed::Changed => '~',
        };
        write!(f, "{sign} {}", printable(&self.subject))?;
        self.detail.as_ref().map_or(Ok(()), |detail| write!(f, ": {}", printable(detail)))
    }
}

/// What changed from some manifests to others, subject by subject.
pub fn differences<'a>(
    old: impl IntoIterator<Item = &'a Manifest>,
    new: impl IntoIterator<Item = &'a Manifest>,
) -> Vec<Difference> {
    let (old, new) = (Facts::of(old), Facts::of(new));
    let one =
        |changed, subject: &str, detail| Difference { changed, subject: subject.into(), detail };
    let mut found = Vec::new();
    for (subject, before) in &old.0 {
        let Some(after) = new.0.get(subject) else {
            found.push(one(Changed::Removed, subject, None));
            continue;
        };
        let details = before.keys().chain(after.keys().filter(|key| !before.contains_key(*key)));
        found.extend(details.filter_map(|key| {
            let detail = detail(key, before.get(key), after.get(key))?;
            Some(one(Changed::Changed, subject, Some(detail)))
        }));
    }
    let added = new.0.keys().filter(|subject| !old.0.contains_key(*subject));
    found.extend(added.map(|subject| one(Changed::Added, subject, None)));
    found.sort_by(|a, b| a.subject.cmp(&b.subject));
    found
}

fn detail(key: &str, before: Option<&String>, after: Option<&String>) -> Option<String> {
    let named = |value: &str| if value.is_empty() { key.into() } else { format!("{key}: {value}") };
    match (before, after) {
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) => Some(named(&format!("{before} → {after}"))),
        (None, Some(after)) => Some(format!("now {}", named(after))),
        (Some(before), None) => Some(format!("no longer {}", named(before))),
        (None, None) => None,
    }
}

/// What manifests say: of each subject, by a key, a value.
#[derive(Default)]
struct Facts(BTreeMap<String, BTreeMap<String, String>>);

type Subject<'a> = &'a mut BTreeMap<String, String>;

impl Facts {
    fn of<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Self {
        let mut facts = Self::default();
        for component in manifests.into_iter().flat_map(|manifest| &manifest.components) {
            facts.component(component);
        }
        facts
    }

    fn subject(&mut self, kind: &str, name: &str, component: &str) -> Subject<'_> {
        let subject = self.0.entry(format!("{kind} {name}")).or_default();
        say(subject, "component", component);
        subject
    }

    fn component(&mut self, part: &ComponentManifest) {
        if part.is_empty() {
            return;
        }
        let owned = self.0.entry(format!("component {}", part.name)).or_default();
        owner(owned, part.owner.as_ref());
        let name = &part.name;
        part.aggregates.iter().for_each(|aggregate| self.aggregate(aggregate, name));
        for projector in &part.projectors {
            let subject = self.subject("projector", &projector.name, name);
            say(subject, "version", projector.version);
            say(subject, "written", if projector.rows { "by rows" } else { "with SQL" });
            reads(subject, &projector.reads);
        }
        for reaction in &part.reactions {
            let subject = self.subject("reaction", &reaction.name, name);
            reads(subject, &reaction.reads);
            each(subject, "sends", &reaction.sends);
        }
        part.processes.iter().for_each(|process| self.process(process, name));
        part.externals.iter().for_each(|external| self.external(external, name));
    }

    fn aggregate(&mut self, aggregate: &AggregateManifest, component: &str) {
        let subject = self.subject("aggregate", &aggregate.category, component);
        say(subject, "version", aggregate.version);
        each(subject, "rejects with", &aggregate.rejections);
        for command in &aggregate.commands {
            let subject = self.subject("command", &command.name, component);
            match &command.emits {
                Some(events) => each(subject, "emits", events),
                None => say(subject, "emits any event of its aggregate", ""),
            }
        }
        for event in &aggregate.events {
            let subject = self.subject("event", &event.name, component);
            say(subject, "version", event.version);
            say(subject, "read from version", event.reads_from);
            fields(subject, "field", &event.fields);
        }
    }

    fn process(&mut self, process: &ProcessManifest, component: &str) {
        let subject = self.subject("process", &process.name, component);
        say(subject, "version", process.version);
        for step in &process.steps {
            let subject =
                self.subject("step", &format!("{}.{}", process.name, step.input), component);
            say(subject, "trigger", &step.trigger);
            reads(subject, &step.reads);
            each(subject, "sends", &step.sends);
            each(subject, "sets", &step.sets);
            each(subject, "marked", &step.marks);
        }
    }

    fn external(&mut self, external: &ExternalManifest, component: &str) {
        let subject = self.subject("external", &external.name, component);
        owner(subject, external.owner.as_ref());
        each(subject, "emits", &external.emits);
        each(subject, "reads", &external.reads);
        each(subject, "sends", &external.sends);
    }
}

fn say(subject: Subject<'_>, key: &str, value: impl ToString) {
    subject.insert(key.into(), value.to_string());
}

fn owner(subject: Subject<'_>, owner: Option<&String>) {
    if let Some(owner) = owner {
        say(subject, "owner", owner);
    }
}

fn each(subject: Subject<'_>, verb: &str, names: &[String]) {
    for name in names {
        say(subject, &format!("{verb} {name}"), "");
    }
}

fn reads(subject: Subject<'_>, reads: &[ReadManifest]) {
    for read in reads {
        let versions = format!("versions {} to {}", read.from_version, read.to_version);
        say(subject, &format!("reads {}", read.event), versions);
        fields(subject, &format!("reads {}, field", read.event), &read.fields);
    }
}

fn fields(subject: Subject<'_>, what: &str, fields: &[FieldManifest]) {
    for field in fields {
        let need = if field.optional { "optional" } else { "required" };
        say(subject, &format!("{what} {}", field.name), need);
    }
}
