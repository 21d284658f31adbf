//! Who sent what to whom, in the order of the log.

mod order;
mod text;

pub(crate) use order::{begins_with, in_order};

use super::{Lagging, Node, Trace, What};
use std::collections::HashMap;

/// A flow as lanes, and what passes between them.
pub(crate) struct Sequence<'a> {
    /// In the order in which they are met.
    pub lanes: Vec<Lane<'a>>,
    pub rows: Vec<Row<'a>>,
}

/// Whoever sends or does something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Lane<'a> {
    /// Callers, and other flows, under a name that no component has.
    Outside(&'static str),
    /// A component; where it is not known, the category of a stream or the name of a consumer.
    Component(&'a str),
}

/// One thing, at its place in time.
pub(crate) struct Row<'a> {
    pub told: Told<'a>,
    /// The lane of what led to it; `None` where that is nothing of its own.
    pub from: Option<usize>,
    /// The lane where it is.
    pub to: usize,
}

/// What a row tells of.
pub(crate) enum Told<'a> {
    /// A node, by its index.
    Node(usize),
    /// A read model that has not caught up.
    Lagging(&'a Lagging),
}

const OUTSIDE: Lane<'static> = Lane::Outside("outside");

impl<'a> Lane<'a> {
    pub fn name(&self) -> &'a str {
        match self {
            Self::Outside(name) => name,
            Self::Component(name) => name,
        }
    }

    fn of(node: &'a Node) -> Self {
        let known = node.component.as_deref();
        Self::Component(known.unwrap_or_else(|| match &node.what {
            What::Command(command) => command.to.category().as_str(),
            What::Recorded { stream } => stream.category().as_str(),
            What::Event(event) => event.stream.category().as_str(),
            What::Reaction { name } => name,
            What::Step(step) => &step.process,
            What::Deadline(deadline) => &deadline.process,
            What::Parked(parked) => &parked.consumer,
        }))
    }
}

impl<'a> Sequence<'a> {
    pub fn new(trace: &'a Trace) -> Self {
        let mut sequence = Self { lanes: Vec::new(), rows: Vec::new() };
        let mut places = HashMap::new();
        for at in in_order(&trace.nodes) {
            let node = &trace.nodes[at];
            let from = cause(&trace.nodes, node).map(|lane| sequence.lane(lane, &mut places));
            let to = sequence.lane(Lane::of(node), &mut places);
            sequence.rows.push(Row { told: Told::Node(at), from, to });
        }
        for model in &trace.lagging {
            let name = model.component.as_deref().unwrap_or(&model.name);
            let to = sequence.lane(Lane::Component(name), &mut places);
            sequence.rows.push(Row { told: Told::Lagging(model), from: None, to });
        }
        if sequence.lanes.contains(&Lane::Component("outside")) {
            let outside = sequence.lanes.iter_mut().filter(|lane| **lane == OUTSIDE);
            outside.for_each(|lane| *lane = Lane::Outside("callers"));
        }
        sequence
    }

    fn lane(&mut self, lane: Lane<'a>, places: &mut HashMap<Lane<'a>, usize>) -> usize {
        *places.entry(lane).or_insert_with(|| {
            self.lanes.push(lane);
            self.lanes.len() - 1
        })
    }
}

/// The lane of what led to a node: an event happens where its command was taken.
fn cause<'a>(nodes: &'a [Node], node: &Node) -> Option<Lane<'a>> {
    match (&node.what, node.parent) {
        (What::Event(_), _) => None,
        (_, Some(parent)) => Some(Lane::of(&nodes[parent])),
        (What::Command(_), None) => Some(OUTSIDE),
        (_, None) => None,
    }
}
