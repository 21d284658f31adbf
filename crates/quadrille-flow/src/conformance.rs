//! What was declared beside what happened.

use crate::graph::{Change, Edge, Graph, Kind};
use std::collections::BTreeSet;

/// What the log shows, marked with how it differs from what is declared: what happened and nobody
/// declared is [`Added`](crate::graph::Change::Added), what was declared and never happened
/// [`Removed`](crate::graph::Change::Removed).
///
/// Both graphs are of causes. What a log cannot tell is left out: read models, what is outside, and
/// reactions that send no commands, which record nothing. A reaction is recorded by what it sent, so
/// that an event that leads to one shows only where a command followed. While the outcome of a command
/// that a reaction sent is not recorded, the log shows it to come straight from the event: where a
/// declared reaction leads from one to the other, that is no difference. Where a command does not
/// say which events it may lead to, all events of its aggregate are declared, so that some may never follow by design.
///
/// What happened says since where in the log it does, and what never happened since where it is
/// declared, where the declared graph knows that: see [`dated`](crate::declared::dated).
pub fn compare(declared: &Graph, observed: &Graph) -> Graph {
    let told = told(declared);
    let mut both = told.diff(observed);
    settle(&told, &mut both);
    forgive_silence(&told, &mut both);
    for node in &mut both.nodes {
        // A log names the component that wrote, and no owner.
        if let Some(known) = told.node(&node.id) {
            node.component = known.component.clone().or(node.component.take());
            node.owner = known.owner.clone();
        }
    }
    both
}

/// Does not miss reactions that send nothing.
fn forgive_silence(told: &Graph, both: &mut Graph) {
    let sends = |id: &str| told.edges.iter().any(|edge| edge.from == id);
    let silent: BTreeSet<&str> = told
        .nodes
        .iter()
        .filter(|node| node.kind == Kind::Reaction && !sends(&node.id))
        .map(|node| node.id.as_str())
        .collect();
    let missed = |id: &str, change| change == Change::Removed && silent.contains(id);
    both.edges.retain(|edge| !missed(&edge.to, edge.change));
    both.nodes.retain(|node| !missed(&node.id, node.change));
}

/// Takes commands that are on their way for what they are.
fn settle(told: &Graph, both: &mut Graph) {
    let kind = |id: &str| told.node(id).map(|node| node.kind);
    let mut under_way = BTreeSet::new();
    both.edges.retain(|edge| {
        let short = edge.change == Change::Added
            && kind(&edge.from) == Some(Kind::Event)
            && kind(&edge.to) == Some(Kind::Command);
        let through: Vec<&Edge> = told
            .edges
            .iter()
            .filter(|to| short && to.from == edge.from && kind(&to.to) == Some(Kind::Reaction))
            .filter(|to| told.edge(&to.to, &edge.to).is_some())
            .collect();
        for to in &through {
            under_way.insert((to.from.clone(), to.to.clone()));
            under_way.insert((to.to.clone(), edge.to.clone()));
        }
        through.is_empty()
    });
    for edge in &mut both.edges {
        if under_way.contains(&(edge.from.clone(), edge.to.clone())) {
            edge.change = Change::None;
        }
    }
    for node in &mut both.nodes {
        if under_way.iter().any(|(_, to)| *to == node.id) {
            node.change = Change::None;
        }
    }
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
    use crate::graph::Node;
    use quadrille_core::Position;

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
                Edge {
                    since: Some(Position(4)),
                    ..Edge::new("order.placed", "command:stock.reserve")
                },
            ],
        );
        let since = Some(Position(9));
        let seen = Node { count: Some(3), since, ..node(Kind::Event, "order.placed") };
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
        let missed = both.edge("order.placed", "command:stock.reserve").unwrap();
        assert_eq!((told.since, missed.since), (Some(Position(9)), Some(Position(4))));
        assert!(!compare(&observed, &observed).has_changed());
    }

    fn edges(both: &Graph) -> Vec<(&str, &str, Change)> {
        both.edges.iter().map(|edge| (&*edge.from, &*edge.to, edge.change)).collect()
    }

    #[test]
    fn a_reaction_that_sends_nothing_is_not_missed() {
        let nodes = || [node(Kind::Event, "order.placed"), node(Kind::Reaction, "mail")];
        let declared = Graph::new(nodes(), [Edge::new("order.placed", "reaction:mail")]);
        let observed = Graph::new([node(Kind::Event, "order.placed")], []);
        assert!(!compare(&declared, &observed).has_changed());
    }

    #[test]
    fn a_command_on_its_way_was_declared() {
        let all = || {
            let (placed, reserve) = (Kind::Event, Kind::Command);
            let reaction = node(Kind::Reaction, "reserve-stock");
            [node(placed, "order.placed"), node(reserve, "stock.reserve"), reaction]
        };
        let (event, reaction) = ("order.placed", "reaction:reserve-stock");
        let command = "command:stock.reserve";
        let ways = [Edge::new(event, reaction), Edge::new(reaction, command)];
        let declared = Graph::new(all(), ways);
        let [placed, reserve, _] = all();
        let short = Edge { count: Some(1), ..Edge::new(event, command) };
        let observed = Graph::new([placed.clone(), reserve.clone()], [short.clone()]);
        let both = compare(&declared, &observed);
        assert_eq!(
            edges(&both),
            [(event, reaction, Change::None), (reaction, command, Change::None)]
        );
        assert!(!both.has_changed());

        // Where no reaction leads there, nobody declared it.
        let alone = Graph::new([placed, reserve], []);
        let both = compare(&alone, &observed);
        assert_eq!(edges(&both), [(event, command, Change::Added)]);
    }
}
