//! Walks through a graph.

mod betweenness;
mod strong;

use crate::graph::{Graph, Node};
use std::collections::{HashMap, VecDeque};

/// A graph by numbers: nodes are those that were kept, in the order of their ids.
pub(crate) struct Flow<'a> {
    pub nodes: Vec<&'a Node>,
    pub out: Vec<Vec<usize>>,
}

impl<'a> Flow<'a> {
    pub fn of(graph: &'a Graph, keep: impl Fn(&Node) -> bool) -> Self {
        let nodes: Vec<&Node> = graph.nodes.iter().filter(|node| keep(node)).collect();
        let places: HashMap<&str, usize> =
            nodes.iter().enumerate().map(|(at, node)| (&*node.id, at)).collect();
        let mut out = vec![Vec::new(); nodes.len()];
        for edge in &graph.edges {
            if let (Some(from), Some(to)) = (places.get(&*edge.from), places.get(&*edge.to)) {
                out[*from].push(*to);
            }
        }
        Self { nodes, out }
    }

    /// Where a node is, by its id.
    pub fn place(&self, id: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.id == id)
    }

    /// How far each node is from one; `None` where that does not lead to it.
    pub fn distances(&self, start: usize) -> Vec<Option<usize>> {
        let mut distances = vec![None; self.nodes.len()];
        distances[start] = Some(0);
        let mut next = VecDeque::from([(start, 0)]);
        while let Some((at, distance)) = next.pop_front() {
            for &to in &self.out[at] {
                if distances[to].is_none() {
                    distances[to] = Some(distance + 1);
                    next.push_back((to, distance + 1));
                }
            }
        }
        distances
    }

    /// A shortest way from a node back to itself.
    pub fn cycle(&self, start: usize) -> Option<Vec<usize>> {
        let mut before = vec![None; self.nodes.len()];
        let mut next = VecDeque::from([start]);
        while let Some(at) = next.pop_front() {
            for &to in &self.out[at] {
                if to == start {
                    let way = std::iter::successors(Some(at), |at| before[*at]);
                    let mut way: Vec<usize> = way.collect();
                    way.reverse();
                    return Some(way);
                }
                if before[to].is_none() {
                    before[to] = Some(at);
                    next.push_back(to);
                }
            }
        }
        None
    }

    /// A way through the graph on which the most weight lies, a node of each part in which all
    /// lead to one another. Its weight is what those parts weigh: the heaviest node of each.
    pub fn heaviest(&self, weight: impl Fn(&Node) -> usize) -> (usize, Vec<usize>) {
        let parts = self.strong();
        let mut part_of = vec![0; self.nodes.len()];
        for (part, members) in parts.iter().enumerate() {
            members.iter().for_each(|&at| part_of[at] = part);
        }
        // Parts come behind all that they lead to.
        let mut best: Vec<(usize, Vec<usize>)> = Vec::with_capacity(parts.len());
        for (part, members) in parts.iter().enumerate() {
            let heavy = members.iter().copied().max_by_key(|&at| weight(self.nodes[at]));
            let heavy = heavy.expect("a part has a member");
            let behind = members.iter().flat_map(|&at| &self.out[at]).map(|&to| part_of[to]);
            let longest = behind.filter(|&to| to != part).max_by_key(|&to| best[to].0);
            let (more, way) = longest.map_or((0, &[][..]), |to| (best[to].0, &best[to].1));
            let way = [&[heavy], way].concat();
            best.push((more + weight(self.nodes[heavy]), way));
        }
        best.into_iter().max_by_key(|(weight, _)| *weight).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Edge, Kind};

    pub fn graph(edges: &str) -> Graph {
        let pairs: Vec<_> = edges.split(' ').filter_map(|edge| edge.split_once('>')).collect();
        let names = pairs.iter().flat_map(|(from, to)| [*from, *to]);
        let nodes = names.map(|name| Node::new(Kind::Event, name));
        Graph::new(nodes, pairs.iter().map(|(from, to)| Edge::new(*from, *to)))
    }

    fn names<'a>(flow: &Flow<'a>, places: &[usize]) -> Vec<&'a str> {
        places.iter().map(|&at| &*flow.nodes[at].id).collect()
    }

    #[test]
    fn parts_are_those_that_lead_to_one_another() {
        let graph = graph("a>b b>c c>a c>d d>e e>d f>f");
        let flow = Flow::of(&graph, |_| true);
        let mut parts: Vec<_> = flow.strong().iter().map(|part| names(&flow, part)).collect();
        parts.iter_mut().for_each(|part| part.sort_unstable());
        assert_eq!(parts, [vec!["d", "e"], vec!["a", "b", "c"], vec!["f"]]);
        assert_eq!(flow.cycle(0).map(|way| names(&flow, &way)), Some(vec!["a", "b", "c"]));
        assert_eq!(flow.cycle(5).map(|way| names(&flow, &way)), Some(vec!["f"]));
    }

    #[test]
    fn a_node_is_as_far_as_the_shortest_way_is_long() {
        let graph = graph("a>b b>c a>c c>d e>a");
        let flow = Flow::of(&graph, |_| true);
        let from = flow.place("a").unwrap();
        assert_eq!(flow.distances(from), [Some(0), Some(1), Some(1), Some(2), None]);
        assert_eq!(flow.place("z"), None);
    }

    #[test]
    fn the_heaviest_way_counts_a_loop_once() {
        let graph = graph("a>b b>a b>c c>d a>d");
        let flow = Flow::of(&graph, |_| true);
        let (weight, way) = flow.heaviest(|_| 1);
        assert_eq!(weight, 3);
        assert_eq!(names(&flow, &way)[1..], ["c", "d"]);
        assert_eq!(Flow::of(&graph, |_| false).heaviest(|_| 1), (0, vec![]));
    }

    #[test]
    fn whoever_lies_between_all_others_has_one() {
        let check = |edges: &str, node: &str, expected: f64| {
            let graph = graph(edges);
            let flow = Flow::of(&graph, |_| true);
            let at = flow.nodes.iter().position(|of| of.id == node).unwrap();
            let got = flow.betweenness()[at];
            assert!((got - expected).abs() < 1e-9, "{node} of {edges}: {got}");
        };
        check("a>b b>c", "b", 0.5);
        check("a>b b>c", "a", 0.0);
        check("h>a a>h h>b b>h h>c c>h", "h", 1.0);
        // Two shortest ways share the pair a, d.
        check("a>b a>c b>d c>d", "b", 0.5 / 6.0);
        check("a>b", "a", 0.0);
    }
}
