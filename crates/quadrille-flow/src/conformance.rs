//! What was declared beside what happened.

use crate::graph::{Graph, Kind};

/// What the log shows, marked with how it differs from what is declared: what happened and nobody
/// declared is [`Added`](crate::graph::Change::Added), what was declared and never happened
/// [`Removed`](crate::graph::Change::Removed).
///
/// Both graphs are of causes. What a log cannot tell is left out: read models, and what is outside.
/// Where a command does not say which events it may lead to, all events of its aggregate are
/// declared, so that some may never follow by design.
pub fn compare(declared: &Graph, observed: &Graph) -> Graph {
    let told = told(declared);
    let mut both = told.diff(observed);
    for node in &mut both.nodes {
        // A log names the component that wrote, and no owner.
        if let Some(known) = told.node(&node.id) {
            node.component = known.component.clone().or(node.component.take());
            node.owner = known.owner.clone();
        }
    }
    both
}

/// The part of a declared graph that leaves something in a log.
fn told(declared: &Graph) -> Graph {
    let silent = |id: &str| {
        let node = declared.node(id);
        node.is_some_and(|node| matches!(node.kind, Kind::Projector | Kind::External))
    };
    let nodes = declared.nodes.iter().filter(|node| !silent(&node.id));
    let edges = declared.edges.iter().filter(|edge| !silent(&edge.from) && !silent(&edge.to));
    Graph::new(nodes.cloned(), edges.cloned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Change, Edge, Node};

    fn node(kind: Kind, name: &str) -> Node {
        Node::new(kind, name)
    }

    #[test]
    fn what_a_log_cannot_tell_is_no_difference() {
        let placed = Node {
            component: Some("sales".into()),
            owner: Some("team-sales".into()),
            ..node(Kind::Event, "order.placed")
        };
        let rest = [
            node(Kind::Command, "order.place"),
            node(Kind::Command, "stock.reserve"),
            node(Kind::Projector, "orders"),
            node(Kind::External, "website"),
        ];
        let declared = Graph::new(
            [placed.clone()].into_iter().chain(rest),
            [
                Edge::new("command:order.place", "order.placed"),
                Edge::new("order.placed", "projector:orders"),
                Edge::new("external:website", "command:order.place"),
                Edge::new("order.placed", "command:stock.reserve"),
            ],
        );
        let seen = Node { count: Some(3), ..node(Kind::Event, "order.placed") };
        let observed = Graph::new(
            [seen, node(Kind::Command, "order.place"), node(Kind::Reaction, "mail")],
            [
                Edge::new("command:order.place", "order.placed"),
                Edge::new("order.placed", "reaction:mail"),
            ],
        );
        let both = compare(&declared, &observed);
        let nodes: Vec<_> = both.nodes.iter().map(|node| (&*node.id, node.change)).collect();
        assert_eq!(
            nodes,
            [
                ("command:order.place", Change::None),
                ("command:stock.reserve", Change::Removed),
                ("order.placed", Change::None),
                ("reaction:mail", Change::Added),
            ]
        );
        let edges: Vec<_> = both.edges.iter().map(|edge| (&*edge.to, edge.change)).collect();
        assert_eq!(
            edges,
            [
                ("order.placed", Change::None),
                ("command:stock.reserve", Change::Removed),
                ("reaction:mail", Change::Added),
            ]
        );
        let told = both.node("order.placed").unwrap();
        assert_eq!((told.count, &told.owner), (Some(3), &placed.owner));
        assert!(!compare(&observed, &observed).has_changed());
    }
}
