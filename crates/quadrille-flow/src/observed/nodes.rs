use crate::graph::{Kind, Node};
use quadrille_core::Position;
use std::collections::HashMap;

/// What was met, by numbers.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Nodes {
    nodes: Vec<Node>,
    numbers: HashMap<Box<str>, u32>,
    /// Where in the log the miner stands.
    pub position: Position,
}

impl Nodes {
    /// The number of an event type.
    pub fn event(&mut self, event_type: &str) -> u32 {
        match self.numbers.get(event_type) {
            Some(number) => *number,
            None => self.add(Kind::Event, event_type, event_type),
        }
    }

    /// The number of anything.
    pub fn number(&mut self, kind: Kind, name: &str) -> u32 {
        let id = kind.id(name);
        match self.numbers.get(&*id) {
            Some(number) => *number,
            None => self.add(kind, name, &id),
        }
    }

    fn add(&mut self, kind: Kind, name: &str, id: &str) -> u32 {
        let number = u32::try_from(self.nodes.len()).expect("names fit into memory");
        let since = Some(self.position);
        self.nodes.push(Node { count: Some(0), since, ..Node::new(kind, name) });
        self.numbers.insert(id.into(), number);
        number
    }

    /// It was seen once more.
    pub fn see(&mut self, number: u32) {
        let count = &mut self.at(number).count;
        *count = count.map(|count| count + 1);
    }

    /// What was seen so far counts no more.
    pub fn count_anew(&mut self) {
        for node in &mut self.nodes {
            node.count = Some(0);
        }
    }

    /// It belongs to this component, as who wrote last says.
    pub fn belongs(&mut self, number: u32, component: &str) {
        let known = &mut self.at(number).component;
        if known.as_deref() != Some(component) {
            *known = Some(component.to_owned());
        }
    }

    /// A flow begins with it.
    pub fn start(&mut self, number: u32) {
        self.at(number).starts += 1;
    }

    /// A flow has come from one event to another: so far, it ends there.
    pub fn end(&mut self, from: Option<u32>, to: u32) {
        if let Some(from) = from {
            self.at(from).ends -= 1;
        }
        self.at(to).ends += 1;
    }

    pub fn id(&self, number: u32) -> &str {
        &self.nodes[number as usize].id
    }

    pub fn all(&self) -> &[Node] {
        &self.nodes
    }

    fn at(&mut self, number: u32) -> &mut Node {
        &mut self.nodes[number as usize]
    }
}
