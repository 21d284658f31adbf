use super::{Change, Edge, Graph, Node};
use std::collections::BTreeSet;

impl Graph {
    /// Both graphs in one, with what became of each node and edge from this one to the other.
    /// What is in both is as the other has it.
    pub fn diff(&self, other: &Self) -> Self {
        let id = |node: &Node| node.id.clone();
        let ends = |edge: &Edge| (edge.from.clone(), edge.to.clone());
        let nodes = both(&self.nodes, &other.nodes, id, |node, change| node.change = change);
        let edges = both(&self.edges, &other.edges, ends, |edge, change| edge.change = change);
        Self::new(nodes, edges)
    }

    /// Whether a diff found something.
    pub fn has_changed(&self) -> bool {
        let changes = self.nodes.iter().map(|node| node.change);
        changes.chain(self.edges.iter().map(|edge| edge.change)).any(|change| !change.is_none())
    }
}

fn both<T: Clone, K: Ord>(
    old: &[T],
    new: &[T],
    key: impl Fn(&T) -> K,
    mark: impl Fn(&mut T, Change),
) -> Vec<T> {
    let keys = |of: &[T]| of.iter().map(&key).collect::<BTreeSet<_>>();
    let (before, after) = (keys(old), keys(new));
    let marked = |one: &T, change| {
        let mut one = one.clone();
        mark(&mut one, change);
        one
    };
    let change = |one: &T| if before.contains(&key(one)) { Change::None } else { Change::Added };
    let kept = new.iter().map(|one| marked(one, change(one)));
    let gone = old.iter().filter(|one| !after.contains(&key(one)));
    kept.chain(gone.map(|one| marked(one, Change::Removed))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::Kind;

    fn graph(events: &[&str], edges: &[(&str, &str)]) -> Graph {
        let nodes = events.iter().map(|name| Node::new(Kind::Event, *name));
        Graph::new(nodes, edges.iter().map(|(from, to)| Edge::new(*from, *to)))
    }

    #[test]
    fn a_diff_holds_both_and_says_what_became_of_each() {
        let (old, new) = (graph(&["a", "b"], &[("a", "b")]), graph(&["b", "c"], &[("b", "c")]));
        let diff = old.diff(&new);
        let nodes: Vec<_> = diff.nodes.iter().map(|node| (&*node.id, node.change)).collect();
        assert_eq!(nodes, [("a", Change::Removed), ("b", Change::None), ("c", Change::Added)]);
        let edges: Vec<_> = diff.edges.iter().map(|edge| (&*edge.from, edge.change)).collect();
        assert_eq!(edges, [("a", Change::Removed), ("b", Change::Added)]);
        assert!(diff.has_changed());
    }

    #[test]
    fn a_graph_does_not_differ_from_itself() {
        let graph = graph(&["a", "b"], &[("a", "b")]);
        assert_eq!(graph.diff(&graph), graph);
        assert!(!graph.diff(&graph).has_changed());
    }
}
