use crate::manifests::*;
use quadrille_core::{Position, Version, manifest::Manifest};
use quadrille_flow::{
    declared::{Recorded, dated, differences, graph},
    graph::{Change, Graph, Kind},
};

fn leads_to(graph: &Graph, from: &str) -> Vec<String> {
    graph.edges.iter().filter(|edge| edge.from == from).map(|edge| edge.to.clone()).collect()
}

#[test]
fn a_manifest_makes_a_graph() {
    let graph = graph([&shop()]);
    let check = |from: &str, to: &[&str]| assert_eq!(leads_to(&graph, from), to, "{from}");
    check("command:order.place", &["order.placed"]);
    check("order.placed", &["process:overdue", "projector:orders", "reaction:request-payment"]);
    check("reaction:request-payment", &["command:payment.request"]);
    check("process:overdue", &["command:order.cancel", "deadline:overdue.Late"]);
    check("deadline:overdue.Late", &["process:overdue"]);
    check("command:order.cancel", &["order.cancelled", "process:overdue"]);
    check("payment.requested", &["external:bank"]);
    check("external:bank", &["command:payment.capture"]);
    let node = graph.node("payment.captured").unwrap();
    assert_eq!((node.kind, node.component.as_deref()), (Kind::Event, Some("till")));
    assert_eq!(node.owner.as_deref(), Some("team-till"));
    assert_eq!(graph.node("external:bank").unwrap().owner.as_deref(), Some("team-bank"));
}

#[test]
fn a_command_that_does_not_say_may_emit_every_event_of_its_aggregate() {
    let mut sales = component("sales");
    sales.aggregates = vec![aggregate("order", "place>placed change", "cancelled")];
    let graph = graph([&app("shop", vec![sales])]);
    assert_eq!(leads_to(&graph, "command:order.place"), ["order.placed"]);
    assert_eq!(leads_to(&graph, "command:order.change"), ["order.cancelled", "order.placed"]);
}

#[test]
fn several_apps_make_one_graph_and_others_nodes_have_no_component() {
    let mut mail = component("mail");
    mail.reactions = vec![reaction("email", "order.placed order.shipped", "")];
    let mail = app("mail", vec![mail]);
    let alone = graph([&mail]);
    assert_eq!(alone.node("order.placed").unwrap().component, None);
    for both in [graph([&mail, &shop()]), graph([&shop(), &mail])] {
        assert_eq!(both.node("order.placed").unwrap().component.as_deref(), Some("sales"));
        assert_eq!(both.node("order.shipped").unwrap().component, None);
        assert!(both.edge("order.placed", "reaction:email").is_some());
    }
}

#[test]
fn the_graphs_of_two_manifests_are_compared() {
    let mut new = shop();
    new.components[2].reactions[0].sends = vec!["payment.capture".into()];
    let diff = graph([&shop()]).diff(&graph([&new]));
    let change = |to: &str| diff.edge("reaction:request-payment", to).unwrap().change;
    assert_eq!(change("command:payment.request"), Change::Removed);
    assert_eq!(change("command:payment.capture"), Change::Added);
    assert!(diff.nodes.iter().all(|node| node.change.is_none()));
}

fn check(change: impl FnOnce(&mut Manifest), expected: &[&str]) {
    let mut new = shop();
    change(&mut new);
    let found: Vec<String> =
        differences([&shop()], [&new]).iter().map(ToString::to_string).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_changed_is_said_subject_by_subject() {
    check(|_| {}, &[]);
    check(
        |new| {
            let placed = &mut new.components[1].aggregates[0].events[2];
            (placed.version, placed.fields) = (2, fields("id item"));
        },
        &["~ event order.placed: version: 1 → 2", "~ event order.placed: now field item: required"],
    );
    check(
        |new| new.components[1].projectors[0].reads.truncate(1),
        &[
            "~ projector orders: no longer reads order.cancelled: versions 1 to 1",
            "~ projector orders: no longer reads order.cancelled, field id: required",
        ],
    );
    check(
        |new| new.components[2].reactions[0].sends = vec!["payment.capture".into()],
        &[
            "~ reaction request-payment: no longer sends payment.request",
            "~ reaction request-payment: now sends payment.capture",
        ],
    );
    check(
        |new| new.components[1].owner = Some("team-orders".into()),
        &["~ component sales: owner: team-sales → team-orders"],
    );
    check(
        |new| {
            new.components[1].processes[0].steps.pop();
            new.components[0].reactions = vec![reaction("email", "order.placed", "")];
        },
        &["+ component shop", "+ reaction email", "- step overdue.Refused"],
    );
}

#[test]
fn a_graph_says_since_when_each_part_is_declared_without_a_break() {
    let recorded = |manifest: &Manifest, version: u64, position: u64| Recorded {
        manifest: manifest.clone(),
        version: Version(version),
        position: Position(position),
        recorded_at: crate::log::start(),
    };
    let with = |sends: &str| {
        let mut mail = component("mail");
        mail.reactions = vec![reaction("email", "order.placed", sends)];
        app("mail", vec![mail])
    };
    let history = [
        recorded(&with("a.x b.x"), 1, 10),
        recorded(&with("b.x"), 2, 20),
        recorded(&with("a.x b.x c.x"), 3, 30),
        recorded(&app("audit", vec![]), 1, 5),
    ];
    let graph = dated(&history);
    let since = |to: &str| graph.edge("reaction:email", to).unwrap().since;
    assert_eq!(since("command:a.x"), Some(Position(30)));
    assert_eq!(since("command:b.x"), Some(Position(10)));
    assert_eq!(since("command:c.x"), Some(Position(30)));
    assert_eq!(graph.node("reaction:email").unwrap().since, Some(Position(10)));
    // Another app that declared it earlier counts as well.
    let mut both = history.to_vec();
    let mut other = with("a.x");
    other.app = "other".into();
    both.push(recorded(&other, 1, 7));
    let edge = dated(&both).edge("reaction:email", "command:a.x").unwrap().since;
    assert_eq!(edge, Some(Position(7)));
}
