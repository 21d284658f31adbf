use super::{Input, Seen, flow::Flow};
use crate::{
    declared,
    expected::FlowReport,
    graph::{Graph, Kind, Node},
    observed::Before,
};
use quadrille_core::manifest::{
    AggregateManifest, ComponentManifest, ExternalManifest, Manifest, ProcessManifest, ReadManifest,
};
use std::collections::BTreeMap;

/// What lints look at, with the graph that it makes.
pub(super) struct Model<'a> {
    input: Input<'a>,
    pub graph: Graph,
}

/// Something that reads events.
pub(super) struct Reader<'a> {
    /// The app that it is part of.
    pub app: &'a str,
    pub id: String,
    pub kind: Kind,
    pub reads: Vec<&'a ReadManifest>,
}

impl<'a> Model<'a> {
    pub fn of(input: Input<'a>) -> Self {
        Self { input, graph: declared::graph(input.manifests) }
    }

    /// What the log shows, if somebody looked.
    pub fn observed(&self) -> Option<&'a Graph> {
        self.input.observed
    }

    /// What the log showed earlier and what it has shown since, if somebody says so.
    pub fn baseline(&self) -> Option<[&'a Graph; 2]> {
        self.input.baseline
    }

    /// How flows did that were held against specifications.
    pub fn expected(&self) -> &'a [FlowReport] {
        self.input.expected
    }

    /// What has always come before what, if somebody looked.
    pub fn always_before(&self) -> &'a [Before] {
        self.input.always_before
    }

    pub fn components(&self) -> impl Iterator<Item = &'a ComponentManifest> + use<'a> {
        self.input.manifests.iter().flat_map(|manifest| &manifest.components)
    }

    pub fn apps(&self) -> impl Iterator<Item = &'a Manifest> + use<'a> {
        self.input.manifests.iter()
    }

    pub fn aggregates(&self) -> impl Iterator<Item = &'a AggregateManifest> + use<'a> {
        self.components().flat_map(|component| &component.aggregates)
    }

    pub fn processes(&self) -> impl Iterator<Item = &'a ProcessManifest> + use<'a> {
        self.components().flat_map(|component| &component.processes)
    }

    pub fn externals(&self) -> impl Iterator<Item = &'a ExternalManifest> + use<'a> {
        self.components().flat_map(|component| &component.externals)
    }

    /// Every consumer that runs here, with what it reads.
    pub fn readers(&self) -> Vec<Reader<'a>> {
        let mut readers = Vec::new();
        let parts = self.apps().flat_map(|app| app.components.iter().map(move |part| (app, part)));
        for (app, part) in parts {
            let app = &*app.app;
            let reader = |kind: Kind, name, reads| Reader { app, id: kind.id(name), kind, reads };
            let projectors = part.projectors.iter();
            readers.extend(
                projectors.map(|p| reader(Kind::Projector, &p.name, p.reads.iter().collect())),
            );
            let reactions = part.reactions.iter();
            readers.extend(
                reactions.map(|r| reader(Kind::Reaction, &r.name, r.reads.iter().collect())),
            );
            readers.extend(part.processes.iter().map(|p| {
                let reads = p.steps.iter().flat_map(|step| &step.reads).collect();
                reader(Kind::Process, &p.name, reads)
            }));
        }
        readers
    }

    /// The graph, ready to be walked, without the nodes that are left out.
    pub fn flow(&self, keep: impl Fn(&Node) -> bool) -> Flow<'_> {
        Flow::of(&self.graph, keep)
    }

    /// What leads to a node.
    pub fn into<'m>(&'m self, id: &str) -> impl Iterator<Item = &'m Node> + use<'m, 'a> {
        let id = id.to_owned();
        let edges = self.graph.edges.iter().filter(move |edge| edge.to == id);
        edges.filter_map(|edge| self.graph.node(&edge.from))
    }

    /// What a node leads to.
    pub fn from<'m>(&'m self, id: &str) -> impl Iterator<Item = &'m Node> + use<'m, 'a> {
        let id = id.to_owned();
        let edges = self.graph.edges.iter().filter(move |edge| edge.from == id);
        edges.filter_map(|edge| self.graph.node(&edge.to))
    }

    /// When an event type was seen, if somebody looked and it was.
    pub fn seen(&self, event: &str) -> Option<&'a Seen> {
        self.input.seen.and_then(|seen: &BTreeMap<_, _>| seen.get(event))
    }

    /// What the log says of an event type, to be put behind a sentence.
    pub fn last_seen(&self, event: &str) -> String {
        match (self.input.seen, self.seen(event)) {
            (None, _) => String::new(),
            (Some(_), None) => "; the log holds none".into(),
            (Some(_), Some(seen)) => {
                format!("; last seen {}", seen.last.recorded_at.format("%Y-%m-%d %H:%M:%S"))
            }
        }
    }
}
