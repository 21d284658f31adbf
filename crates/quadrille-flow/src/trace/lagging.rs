//! Read models that have not read all of a flow.

use super::Input;
use quadrille_core::{EventId, Position, manifest::ReadManifest};
use serde::Serialize;

/// A read model that queries see, and how far it has read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: u32,
    /// Where its checkpoint stands; `None` when it has not begun.
    pub checkpoint: Option<Position>,
}

/// A read model whose checkpoint lies before events of the flow that it reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lagging {
    /// Its name.
    pub name: String,
    /// Its version, the one that queries see.
    pub version: u32,
    /// The component that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// How far it has read; `None` when it has not begun.
    pub checkpoint: Option<Position>,
    /// How many events of the flow it reads and has not read yet.
    pub events: usize,
    /// The first of them.
    pub next: EventId,
    /// Its type.
    pub next_type: String,
    /// Its place in the log.
    pub next_position: Position,
}

impl Lagging {
    /// What it has not read, in words.
    pub(crate) fn missing(&self) -> String {
        let (next, position) = (&self.next_type, self.next_position);
        match self.events {
            1 => format!("has not read {next} at position {position}"),
            many => format!("has not read {many} events, from {next} at position {position} on"),
        }
    }
}

/// The read models whose checkpoint lies before events that they read. What one reads is told by the
/// manifests; of one that none of them names, nothing is said.
pub(super) fn lagging(input: &Input) -> Vec<Lagging> {
    let behind = |model: &Model| {
        let (component, reads) = declared(input, model)?;
        let checkpoint = model.checkpoint.unwrap_or(Position::START);
        let reads = |event_type: &str| reads.iter().any(|read| read.event == event_type);
        let mut missing = input.events.iter().filter(|event| {
            let is_users = !event.stream.category().is_framework();
            is_users && event.position > checkpoint && reads(&event.event_type)
        });
        let next = missing.next()?;
        Some(Lagging {
            name: model.name.clone(),
            version: model.version,
            component: Some(component.to_owned()),
            checkpoint: model.checkpoint,
            events: 1 + missing.count(),
            next: next.id,
            next_type: next.event_type.clone(),
            next_position: next.position,
        })
    };
    input.models.iter().filter_map(behind).collect()
}

/// The component of a read model and what it reads, as the manifest of its version says, or else
/// that of another version.
fn declared<'a>(input: &'a Input, model: &Model) -> Option<(&'a str, &'a [ReadManifest])> {
    let components = input.manifests.iter().flat_map(|manifest| &manifest.components);
    let named = components.flat_map(|component| {
        let named = component.projectors.iter().filter(|one| one.name == model.name);
        named.map(|projector| (&*component.name, projector))
    });
    let (component, projector) = named.max_by_key(|(_, one)| one.version == model.version)?;
    Some((component, &projector.reads))
}
