use crate::graph::{Edge, Graph, Kind, Node};
use quadrille_core::manifest::{
    AggregateManifest, ComponentManifest, ExternalManifest, Manifest, ProcessManifest,
    ReadManifest, StepManifest,
};
use std::collections::HashMap;

/// What the manifests of some apps declare, as one graph.
///
/// A command leads to the events that it may emit: where that is not declared, to all of its
/// aggregate. An event leads to whatever reads it, a handler to the commands that it may send, and
/// a process manager to its deadlines and back. The refusal of a command leads to the process
/// manager that sent it, where that takes refusals. What nobody owns has a node as well, without a
/// component.
pub fn graph<'a>(manifests: impl IntoIterator<Item = &'a Manifest>) -> Graph {
    let mut draft = Draft::default();
    for component in manifests.into_iter().flat_map(|manifest| &manifest.components) {
        draft.component(component);
    }
    draft.finish()
}

#[derive(Default)]
struct Draft {
    nodes: HashMap<String, Node>,
    edges: Vec<Edge>,
}

/// Whose nodes are added.
struct Owner<'a> {
    component: &'a str,
    owner: Option<&'a str>,
}

impl Draft {
    fn component(&mut self, part: &ComponentManifest) {
        let whose = Owner { component: &part.name, owner: part.owner.as_deref() };
        for aggregate in &part.aggregates {
            self.aggregate(aggregate, &whose);
        }
        for projector in &part.projectors {
            let id = self.own(Kind::Projector, &projector.name, &whose);
            self.reads(&projector.reads, &id);
        }
        for reaction in &part.reactions {
            let id = self.own(Kind::Reaction, &reaction.name, &whose);
            self.reads(&reaction.reads, &id);
            self.all(&id, Kind::Command, &reaction.sends);
        }
        for process in &part.processes {
            self.process(process, &whose);
        }
        for external in &part.externals {
            self.external(external, &whose);
        }
    }

    fn aggregate(&mut self, aggregate: &AggregateManifest, whose: &Owner<'_>) {
        let events: Vec<String> = aggregate
            .events
            .iter()
            .map(|event| self.own(Kind::Event, &event.name, whose))
            .collect();
        for command in &aggregate.commands {
            let id = self.own(Kind::Command, &command.name, whose);
            for event in command.emits.as_ref().unwrap_or(&events) {
                self.edge(&id, Kind::Event, event);
            }
        }
    }

    fn process(&mut self, process: &ProcessManifest, whose: &Owner<'_>) {
        let id = self.own(Kind::Process, &process.name, whose);
        let deadline = |input: &str| format!("{}.{input}", process.name);
        for step in &process.steps {
            self.reads(&step.reads, &id);
            self.all(&id, Kind::Command, &step.sends);
            for input in &step.sets {
                let name = deadline(input);
                self.own(Kind::Deadline, &name, whose);
                self.edge(&id, Kind::Deadline, &name);
            }
            if step.trigger == "deadline" {
                let from = self.own(Kind::Deadline, &deadline(&step.input), whose);
                self.edges.push(Edge::new(from, &id));
            }
        }
        if process.steps.iter().any(|step| step.trigger == "rejection") {
            let sent = process.steps.iter().flat_map(|step: &StepManifest| &step.sends);
            self.edges.extend(sent.map(|name| Edge::new(Kind::Command.id(name), &id)));
        }
    }

    fn external(&mut self, external: &ExternalManifest, whose: &Owner<'_>) {
        let owner = external.owner.as_deref();
        let id = self.own(Kind::External, &external.name, &Owner { owner, ..*whose });
        self.all(&id, Kind::Event, &external.emits);
        self.all(&id, Kind::Command, &external.sends);
        for event in &external.reads {
            let from = self.other(Kind::Event, event);
            self.edges.push(Edge::new(from, &id));
        }
    }

    fn reads(&mut self, reads: &[ReadManifest], reader: &str) {
        for read in reads {
            let from = self.other(Kind::Event, &read.event);
            self.edges.push(Edge::new(from, reader));
        }
    }

    fn all(&mut self, from: &str, kind: Kind, names: &[String]) {
        for name in names {
            self.edge(from, kind, name);
        }
    }

    fn edge(&mut self, from: &str, kind: Kind, name: &str) {
        let to = self.other(kind, name);
        self.edges.push(Edge::new(from, to));
    }

    /// A node that this component declares.
    fn own(&mut self, kind: Kind, name: &str, whose: &Owner<'_>) -> String {
        let id = self.other(kind, name);
        let node = self.nodes.get_mut(&id).expect("a node that was just added");
        if node.component.is_none() {
            node.component = Some(whose.component.into());
            node.owner = whose.owner.map(Into::into);
        }
        id
    }

    /// A node that somebody declares, or nobody.
    fn other(&mut self, kind: Kind, name: &str) -> String {
        let id = kind.id(name);
        self.nodes.entry(id.clone()).or_insert_with(|| Node::new(kind, name));
        id
    }

    fn finish(self) -> Graph {
        Graph::new(self.nodes.into_values(), self.edges)
    }
}
