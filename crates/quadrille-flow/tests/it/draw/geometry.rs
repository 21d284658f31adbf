//! Nothing in a picture covers anything else.

use super::{
    graphs::{bank, changed, many, observed, order_fulfilment},
    page::{self, Page},
};
use proptest::prelude::*;
use quadrille_flow::{
    draw::{self, Direction, Lanes, Style},
    graph::{Edge, Graph, Kind, Latency, Node},
};

/// Draws the graph in all ways that lay it out differently, and looks at each picture.
fn check(graph: &Graph) {
    for direction in [Direction::Down, Direction::Right] {
        for lanes in [Lanes::None, Lanes::Component, Lanes::Owner] {
            let style = Style { direction, lanes, ..Style::titled("a title") };
            let svg = draw::svg(graph, &style);
            assert_eq!(svg, draw::svg(graph, &style), "the same graph gives another picture");
            let page = page::read(&svg);
            assert_eq!(page.lines.len(), graph.edges.len());
            nothing_overlaps(&page);
            everything_is_inside(&page);
            lines_lead_from_box_to_box(&page);
        }
    }
}

fn nothing_overlaps(page: &Page) {
    let boxes: Vec<_> = page.boxes.iter().map(|(_, own)| *own).collect();
    let all: Vec<_> = boxes.iter().chain(&page.labels).collect();
    for (at, one) in all.iter().enumerate() {
        for other in &all[at + 1..] {
            assert!(!one.overlaps(other), "{one:?} overlaps {other:?}");
        }
    }
    for (at, one) in page.lanes.iter().enumerate() {
        assert!(page.lanes[at + 1..].iter().all(|other| !one.overlaps(other)));
    }
}

fn everything_is_inside(page: &Page) {
    let canvas = page::Rect { left: 0.0, top: 0.0, right: page.width, bottom: page.height };
    let boxes = page.boxes.iter().map(|(_, own)| own);
    for own in boxes.clone().chain(&page.labels).chain(&page.lanes) {
        assert!(canvas.holds(own), "{own:?} is outside of {canvas:?}");
    }
    for point in page.lines.iter().flat_map(|line| &line.points) {
        assert!(canvas.has(*point, 0.0), "{point:?} is outside of {canvas:?}");
    }
    if page.lanes.is_empty() {
        return;
    }
    // Each box says which component and which owner it has; those of a lane agree on one of them.
    let said = |title: &str, what: &str| {
        title.lines().find(|line| line.starts_with(what)).map(str::to_owned)
    };
    for lane in &page.lanes {
        let mut titles = page.boxes.iter().filter(|(_, own)| lane.holds(own)).map(|(t, _)| t);
        let first = titles.next().expect("no lane is empty");
        let agree = |what: &str, title: &str| said(title, what) == said(first, what);
        let titles: Vec<_> = titles.collect();
        assert!(["component ", "owner "].iter().any(|what| titles.iter().all(|t| agree(what, t))));
    }
    for own in boxes {
        assert_eq!(page.lanes.iter().filter(|lane| lane.holds(own)).count(), 1, "{own:?}");
    }
}

/// Lines begin and end at their boxes, and pass behind no box and no label of another line.
fn lines_lead_from_box_to_box(page: &Page) {
    let name = |title: &str| title.lines().next().unwrap_or_default().to_owned();
    let near = |own: &page::Rect, point| own.has(point, -1.0);
    for line in &page.lines {
        let ends = name(&line.title);
        let (from, to) = ends.split_once(" → ").expect("a line says where it leads");
        let begin = line.points[0];
        let of = |point| page.boxes.iter().find(|(_, own)| near(own, point)).map(|(t, _)| name(t));
        assert_eq!(of(begin).as_deref(), Some(from), "{ends} begins elsewhere");
        assert_eq!(of(line.tip).as_deref(), Some(to), "{ends} ends elsewhere");
        for point in &line.points {
            for (title, own) in &page.boxes {
                // It begins a little behind the side of its own box.
                let border = if name(title) == from { 9.5 } else { 1.5 };
                assert!(!own.has(*point, border), "{ends} passes behind {}", name(title));
            }
        }
        let passed = |label: &&page::Rect| line.points.iter().any(|point| label.has(*point, 0.5));
        assert!(page.labels.iter().filter(passed).count() <= 1, "{ends} passes other labels");
    }
}

#[test]
fn the_flow_of_orders_is_drawn_without_overlaps() {
    check(&order_fulfilment());
    check(&observed(order_fulfilment()));
    check(&changed(order_fulfilment()));
}

#[test]
fn the_log_of_a_bank_is_drawn_without_overlaps() {
    if let Some(bank) = bank() {
        assert_eq!((bank.nodes.len(), bank.edges.len()), (24, 125));
        check(&bank);
    }
}

#[test]
fn sixty_nodes_and_very_many_are_drawn_without_overlaps() {
    check(&many(60, 90, 5));
    check(&observed(many(120, 300, 7)));
}

#[test]
fn small_graphs_are_drawn() {
    let node = |name: &str| Node::new(Kind::Event, name);
    check(&Graph::default());
    check(&Graph::new([node("a")], []));
    check(&Graph::new([node("a")], [Edge::new("a", "a")]));
    check(&Graph::new([node("a"), node("b")], [Edge::new("a", "b"), Edge::new("b", "a")]));
    check(&Graph::new("abcdefghij".chars().map(|c| node(&c.to_string())), []));
    check(&Graph::new([], [Edge::new("nobody", "knows")]));
    let labelled = Edge { count: Some(7), ..Edge::new("a", "a") };
    check(&Graph::new([node("a")], [labelled]));
}

#[test]
fn a_thousand_nodes_are_drawn() {
    let graph = many(1_000, 3_000, 8);
    let page = page::read(&draw::svg(&graph, &Style::default()));
    assert_eq!((page.boxes.len(), page.lines.len()), (1_000, graph.edges.len()));
}

fn any_graph() -> impl Strategy<Value = Graph> {
    let kind = prop::sample::select(vec![
        Kind::Event,
        Kind::Command,
        Kind::Reaction,
        Kind::Process,
        Kind::Deadline,
        Kind::Projector,
        Kind::External,
    ]);
    let node = (kind, prop::option::of(0..4_u8), prop::option::of(0..3_u8), 0..40_usize);
    let nodes = prop::collection::vec(node, 0..14);
    let latency = prop::option::of(0..10_000_000_000_u64);
    // Some ends name no node.
    let edge = (0..16_usize, 0..16_usize, prop::option::of(0..100_000_u64), latency);
    (nodes, prop::collection::vec(edge, 0..40)).prop_map(|(nodes, edges)| {
        let nodes: Vec<Node> = nodes
            .into_iter()
            .enumerate()
            .map(|(at, (kind, component, owner, length))| Node {
                component: component.map(|c| format!("component {c}")),
                owner: owner.map(|o| format!("owner {o}")),
                count: (length % 2 == 0).then_some(length as u64),
                ..Node::new(kind, format!("{at}{}", "_name".repeat(length)))
            })
            .collect();
        let id = |at: usize| nodes.get(at).map_or(format!("nobody-{at}"), |node| node.id.clone());
        let edges = edges.into_iter().map(|(from, to, count, p50_micros)| Edge {
            count,
            latency: p50_micros.map(|p50_micros| Latency {
                p50_micros,
                p95_micros: p50_micros,
                p99_micros: p50_micros,
            }),
            ..Edge::new(id(from), id(to))
        });
        let edges: Vec<Edge> = edges.collect();
        Graph::new(nodes, edges)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_graph_is_drawn_without_overlaps(graph in any_graph()) {
        check(&graph);
    }
}
