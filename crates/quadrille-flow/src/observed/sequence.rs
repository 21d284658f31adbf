use super::{
    Before, By, Follower, Miner, Observed, Settings, View, Within,
    flows::{FlowId, micros},
    told::Mined,
};
use quadrille_core::{Category, Envelope, Position, Query};

/// What came after what within each flow, in the order of the log: the directly-follows graph.
///
/// It needs no causes, and so fits imported logs. It knows no commands and no handlers, and what it
/// shows one after the other need not have to do with one another.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    within: Within,
    categories: Vec<Category>,
    mined: Mined,
}

impl Sequence {
    /// Nothing, as yet.
    pub fn new(settings: &Settings) -> Self {
        let (within, categories) = (settings.within, Vec::new());
        Self { within, categories, mined: Mined::new(settings) }
    }

    /// Only of streams of this category; call it again to allow more.
    pub fn category(mut self, category: Category) -> Self {
        self.categories.push(category);
        self
    }
}

impl Sequence {
    /// A fact of the framework's own was told of a flow.
    pub(super) fn touch(&mut self, event: &Envelope) {
        self.mined.stand_at(event.position);
        self.mined.flows.touch(&event.metadata.correlation.into(), event);
    }

    pub(super) fn mined(&self) -> &Mined {
        &self.mined
    }
}

impl Follower for Sequence {
    fn query(&self) -> Query {
        Query { categories: self.categories.clone(), ..Query::all() }
    }

    fn push(&mut self, event: &Envelope) {
        self.mined.stand_at(event.position);
        let Mined { nodes, edges, flows, totals, .. } = &mut self.mined;
        let category = event.stream.category();
        if category.is_framework()
            || !(self.categories.is_empty() || self.categories.contains(category))
        {
            return;
        }
        totals.events += 1;
        let node = nodes.event(&event.event_type);
        nodes.see(node);
        nodes.belongs(node, &event.metadata.component);
        let id = match self.within {
            Within::Correlation => event.metadata.correlation.into(),
            Within::Stream => FlowId::from(&event.stream),
        };
        match flows.step(id, event, node, nodes).before {
            Some((before, at)) => edges.see(before, node).took(at, micros(event)),
            None => nodes.start(node),
        }
    }

    fn through(&self) -> Option<Position> {
        self.mined.through
    }

    fn reach(&mut self, position: Position) {
        self.mined.through = self.mined.through.max(Some(position));
    }
}

impl Miner for Sequence {
    fn held(&self) -> usize {
        self.mined.flows.open.len()
    }

    fn observed(&self, view: View) -> Observed {
        let graph = self.mined.edges.graph(&self.mined.nodes);
        self.mined.told(graph, (By::Sequence, self.within), view)
    }
    fn always_before(&self) -> Vec<Before> {
        self.mined.always_before()
    }
}
