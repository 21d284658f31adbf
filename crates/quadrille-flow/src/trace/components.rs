//! Which component everything belongs to.

use super::{Input, Node, What};
use std::collections::HashMap;

/// The components of aggregates and of consumers: as apps declare them, and as events say it, which
/// were written by whoever it was.
pub(super) struct Components<'a> {
    categories: HashMap<&'a str, &'a str>,
    consumers: HashMap<&'a str, &'a str>,
}

impl<'a> Components<'a> {
    pub fn new(input: &'a Input) -> Self {
        let (mut categories, mut consumers) = (HashMap::new(), HashMap::new());
        for component in input.manifests.iter().flat_map(|manifest| &manifest.components) {
            let name = &*component.name;
            categories.extend(component.aggregates.iter().map(|one| (&*one.category, name)));
            consumers.extend(component.projectors.iter().map(|one| (&*one.name, name)));
            consumers.extend(component.reactions.iter().map(|one| (&*one.name, name)));
            consumers.extend(component.processes.iter().map(|one| (&*one.name, name)));
        }
        for event in input.context.iter().chain(&input.events) {
            let category = event.stream.category();
            if !category.is_framework() {
                categories.insert(category.as_str(), &*event.metadata.component);
            }
        }
        Self { categories, consumers }
    }

    /// Fills in what is not known yet.
    pub fn assign(&self, nodes: &mut [Node]) {
        for at in 0..nodes.len() {
            // An event says whose command it came from.
            if let (What::Event(_), Some(parent)) = (&nodes[at].what, nodes[at].parent)
                && matches!(nodes[parent].what, What::Command(_))
                && nodes[parent].component.is_none()
            {
                nodes[parent].component = nodes[at].component.clone();
            }
        }
        for node in nodes.iter_mut().filter(|node| node.component.is_none()) {
            let known = match &node.what {
                What::Command(command) => self.categories.get(command.to.category().as_str()),
                What::Deadline(deadline) => self.consumers.get(&*deadline.process),
                What::Parked(parked) => self.consumers.get(&*parked.consumer),
                _ => None,
            };
            node.component = known.map(|&component| component.to_owned());
        }
    }
}
