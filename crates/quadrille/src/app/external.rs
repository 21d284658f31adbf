use crate::{Aggregate, Command, Event, manifest::ExternalManifest};

/// Something outside of all apps on a store that takes part in their flows: another system, or
/// people. Declared, it is drawn in the flow graph, and what only it does is not taken for dead.
#[derive(Debug, Clone)]
pub struct External(ExternalManifest);

impl External {
    /// Something outside that does nothing yet.
    pub fn new(name: impl Into<String>) -> Self {
        Self(ExternalManifest { name: name.into(), ..ExternalManifest::default() })
    }

    /// Who answers for it.
    pub fn owner(mut self, owner: impl Into<String>) -> Self {
        self.0.owner = Some(owner.into());
        self
    }

    /// Event types that it appends itself, or that are imported from it.
    pub fn emits<T: Into<String>>(mut self, events: impl IntoIterator<Item = T>) -> Self {
        self.0.emits.extend(events.into_iter().map(Into::into));
        self
    }

    /// Event types that it reads.
    pub fn reads<T: Into<String>>(mut self, events: impl IntoIterator<Item = T>) -> Self {
        self.0.reads.extend(events.into_iter().map(Into::into));
        self
    }

    /// Commands that come from it, such as `["place", "cancel"]`.
    ///
    /// # Panics
    /// When the aggregate has no such command.
    pub fn sends<A: Aggregate>(mut self, commands: impl IntoIterator<Item = &'static str>) -> Self {
        let category = <A::Event as Event>::CATEGORY;
        self.0
            .sends
            .extend(commands.into_iter().map(|command| command_name::<A>(category, command)));
        self
    }

    pub(crate) fn manifest(&self) -> &ExternalManifest {
        &self.0
    }
}

/// `category.command`, of a command that there is.
pub(super) fn command_name<A: Aggregate>(category: &str, command: &str) -> String {
    let known = <A::Command as Command>::TYPES;
    let found = known.iter().any(|known| known.name == command);
    assert!(found, "`{category}` has no command `{command}`");
    format!("{category}.{command}")
}
