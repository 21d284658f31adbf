//! The declared graph as data: what an app registered, recorded in the store when it starts.

use crate::{
    Aggregate, Command, Event, Input, ProcessManager, Read, Rejection,
    process::{StepDeclaration, Trigger},
    view::reads_of,
};
use serde::{Deserialize, Serialize};

/// Everything that one app registered.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// The app's name.
    pub app: String,
    /// The store that it reads and writes, by its identity.
    pub store: String,
    /// Its components, in the order of registration.
    pub components: Vec<ComponentManifest>,
}

/// A named, owned group of aggregates and consumers.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ComponentManifest {
    /// Its name.
    pub name: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Its aggregates.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aggregates: Vec<AggregateManifest>,
    /// Its read models.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub projectors: Vec<ProjectorManifest>,
    /// Its stateless reactions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<ReactionManifest>,
    /// Its process managers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub processes: Vec<ProcessManifest>,
    /// What it has to do with outside.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub externals: Vec<ExternalManifest>,
}

/// Something outside of all apps: another system, or people.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ExternalManifest {
    /// Its name.
    pub name: String,
    /// Who answers for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Event types that it appends itself, or has imported.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub emits: Vec<String>,
    /// Event types that it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<String>,
    /// Commands that it sends: `category.command`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<String>,
}

/// An aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AggregateManifest {
    /// Its category.
    pub category: String,
    /// Its state's version.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub version: u32,
    /// What it accepts.
    pub commands: Vec<CommandManifest>,
    /// What it emits.
    pub events: Vec<EventManifest>,
    /// How it refuses: codes.
    pub rejections: Vec<String>,
}

/// A command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandManifest {
    /// `category.command`.
    pub name: String,
    /// Event types that it may lead to; `None` when undeclared.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emits: Option<Vec<String>>,
}

/// An event type of an owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventManifest {
    /// Its name.
    pub name: String,
    /// Its schema's version.
    pub version: u32,
    /// The oldest version that its owner reads: upcasters lead from there to the newest.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub reads_from: u32,
    /// The payload's fields.
    pub fields: Vec<FieldManifest>,
}

// What was recorded before these versions were has the first one.
fn first() -> u32 {
    1
}

fn is_first(version: &u32) -> bool {
    *version == 1
}

/// A field of a payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldManifest {
    /// Its name in the payload.
    pub name: String,
    /// Whether the reader can do without it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

/// What a consumer reads of an event type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadManifest {
    /// The event type.
    pub event: String,
    /// The lowest schema version that it understands.
    pub from_version: u32,
    /// The highest.
    pub to_version: u32,
    /// The fields that it reads.
    pub fields: Vec<FieldManifest>,
}

/// A read model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectorManifest {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Whether it is folded by rows.
    pub rows: bool,
    /// What it reads.
    pub reads: Vec<ReadManifest>,
}

/// A stateless reaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReactionManifest {
    /// Its name.
    pub name: String,
    /// What it reads.
    pub reads: Vec<ReadManifest>,
    /// Commands that it may send: `category.command`.
    pub sends: Vec<String>,
}

/// A process manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessManifest {
    /// Its name.
    pub name: String,
    /// Its state's version.
    pub version: u32,
    /// Its inputs.
    pub steps: Vec<StepManifest>,
}

/// One input of a process manager, and what may follow on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepManifest {
    /// The input's variant.
    pub input: String,
    /// `event`, `deadline` or `rejection`.
    pub trigger: String,
    /// What it reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reads: Vec<ReadManifest>,
    /// Commands that may be sent: `category.command`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sends: Vec<String>,
    /// Deadlines that may be set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sets: Vec<String>,
    /// `starts`, `completes`, `compensates`, `late`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub marks: Vec<String>,
}

impl From<&Read> for ReadManifest {
    fn from(read: &Read) -> Self {
        Self {
            event: read.event_type.into(),
            from_version: *read.versions.start(),
            to_version: *read.versions.end(),
            fields: fields(read.fields),
        }
    }
}

fn fields(fields: &[crate::Field]) -> Vec<FieldManifest> {
    let one =
        |field: &crate::Field| FieldManifest { name: field.name.into(), optional: field.optional };
    fields.iter().map(one).collect()
}

/// What consumers read, for a manifest.
pub fn reads(reads: &[Read]) -> Vec<ReadManifest> {
    reads.iter().map(ReadManifest::from).collect()
}

impl AggregateManifest {
    /// An aggregate's part of the manifest.
    pub fn of<A: Aggregate>() -> Self {
        let (category, types) = (A::Event::CATEGORY, A::Event::TYPES);
        let emitted = |variant: &&str| {
            let found = types.iter().find(|event| event.variant == *variant);
            found.map_or_else(|| (*variant).to_owned(), |event| event.name.to_owned())
        };
        let command = |command: &crate::CommandType| CommandManifest {
            name: format!("{category}.{}", command.name),
            emits: command.emits.map(|variants| variants.iter().map(emitted).collect()),
        };
        let own = reads_of::<A::Event>();
        let event = |event: &crate::EventType| EventManifest {
            name: event.name.into(),
            version: event.version,
            reads_from: own
                .iter()
                .find(|read| read.event_type == event.name)
                .map_or(event.version, |read| *read.versions.start()),
            fields: fields(event.fields),
        };
        Self {
            category: category.into(),
            version: A::VERSION,
            commands: A::Command::TYPES.iter().map(command).collect(),
            events: types.iter().map(event).collect(),
            rejections: A::Error::CODES.iter().map(|code| (*code).to_owned()).collect(),
        }
    }
}

impl ComponentManifest {
    /// Whether nothing is in it: an app whose parts are all in components of their own has one that is.
    pub fn is_empty(&self) -> bool {
        *self == Self { name: self.name.clone(), ..Self::default() }
    }
}

impl ProcessManifest {
    /// Inputs that complete it.
    pub fn completing(&self) -> impl Iterator<Item = &StepManifest> {
        self.steps.iter().filter(|step| step.marks.iter().any(|mark| mark == "completes"))
    }

    /// A process manager's part of the manifest.
    pub fn of<P: ProcessManager>() -> Self {
        let steps = P::Input::steps().iter().map(StepManifest::from).collect();
        Self { name: P::NAME.into(), version: P::VERSION, steps }
    }
}

impl From<&StepDeclaration> for StepManifest {
    fn from(step: &StepDeclaration) -> Self {
        let trigger = match step.trigger {
            Trigger::Event => "event",
            Trigger::Deadline => "deadline",
            Trigger::Rejection => "rejection",
        };
        let marks = [
            (step.starts, "starts"),
            (step.completes, "completes"),
            (step.compensates, "compensates"),
            (step.late, "late"),
        ];
        Self {
            input: step.variant.into(),
            trigger: trigger.into(),
            reads: reads(&step.reads),
            sends: step.sends.iter().map(|(to, name)| format!("{to}.{name}")).collect(),
            sets: step.sets.iter().map(|name| (*name).to_owned()).collect(),
            marks: marks.iter().filter(|(set, _)| *set).map(|(_, mark)| (*mark).into()).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the first release wrote it.
    const OLD: &str = r#"{"app":"shop","store":"s","components":[{"name":"sales","aggregates":[{
        "category":"order","commands":[{"name":"order.place"}],"rejections":[],
        "events":[{"name":"order.placed","version":2,"fields":[{"name":"item"}]}]}]}]}"#;

    #[test]
    fn what_older_releases_recorded_is_read() {
        let manifest: Manifest = serde_json::from_str(OLD).unwrap();
        let component = &manifest.components[0];
        let (order, placed) = (&component.aggregates[0], &component.aggregates[0].events[0]);
        assert_eq!((order.version, placed.version, placed.reads_from), (1, 2, 1));
        assert!(component.owner.is_none() && component.externals.is_empty());
        let again = serde_json::to_value(&manifest).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(OLD).unwrap());
    }
}
