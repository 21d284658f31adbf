//! What is written, in all formats.

use super::{
    graphs::{changed, hostile, observed, order_fulfilment},
    page,
};
use quadrille_flow::{
    draw::{self, Colour, Lanes, Measure, Style, Theme},
    graph::{Edge, Graph, Kind, Node},
};

fn ends(count: u64, share: f64) -> Edge {
    Edge { count: Some(count), share: Some(share), ..Edge::new("a", count.to_string()) }
}

fn texts(graph: &Graph, style: &Style) -> Vec<String> {
    let page = page::read(&draw::svg(graph, style));
    page.texts.into_iter().map(|(_, text)| text).collect()
}

#[test]
fn a_picture_says_how_much_was_left_out() {
    let graph = Graph::new([], [ends(900, 0.9), ends(90, 0.09), ends(10, 0.01)]);
    let check = |style: Style, edges: usize, expected: &str| {
        let svg = draw::svg(&graph, &style);
        assert_eq!(page::read(&svg).lines.len(), edges);
        for picture in [svg, draw::mermaid(&graph, &style), draw::dot(&graph, &style)] {
            assert!(picture.contains(expected), "not in {picture}");
        }
    };
    let style = Style::default;
    check(Style { most: Some(2), ..style() }, 2, "1 of 3 edges left out (1% of all counts)");
    check(
        Style { min_share: Some(0.1), ..style() },
        1,
        "2 of 3 edges left out (10% of all counts)",
    );
    check(Style { min_count: Some(91), ..style() }, 1, "2 of 3 edges left out");
    let all = draw::svg(&graph, &Style { min_count: Some(10), ..style() });
    assert!(!all.contains("left out"));
}

#[test]
fn what_lost_all_its_edges_is_left_out_and_what_had_none_stays() {
    let names = ["a", "b", "c", "alone"];
    let edge = |from, to, count| Edge { count: Some(count), ..Edge::new(from, to) };
    let graph = Graph::new(
        names.map(|name| Node::new(Kind::Event, name)),
        [edge("a", "b", 9), edge("b", "c", 1)],
    );
    let dot = draw::dot(&graph, &Style { most: Some(1), ..Style::default() });
    let drawn =
        names.map(|name| dot.contains(&format!("\"{name}")) || dot.contains(&format!(">{name}<")));
    assert_eq!(drawn, [true, true, false, true], "{dot}");
}

#[test]
fn edges_say_what_the_style_asks_for() {
    let graph = observed(order_fulfilment());
    let labels = |labels: Vec<Measure>| {
        let page = page::read(&draw::svg(&graph, &Style { labels, ..Style::default() }));
        (page.labels.len(), page.texts.iter().filter(|(class, _)| class == "label").count())
    };
    let edges = graph.edges.len();
    assert_eq!(labels(vec![]), (0, 0));
    assert_eq!(labels(vec![Measure::Count]), (edges, edges));
    assert_eq!(labels(vec![Measure::Count, Measure::Latency]), (edges, 2 * edges));
}

#[test]
fn names_are_escaped_and_come_back_as_they_were() {
    let graph = hostile();
    let page = page::read(&draw::svg(&graph, &Style::titled("<&\"'>")));
    for node in graph.nodes.iter().filter(|node| !node.name.contains(char::is_control)) {
        let known = page.boxes.iter().any(|(title, _)| title.starts_with(&node.name));
        assert!(known, "{:?} is missing", node.name);
    }
    assert_eq!(page.boxes.len(), graph.nodes.len());
    assert!(page.texts.contains(&("title".to_owned(), "<&\"'>".to_owned())));
}

#[test]
fn ends_without_a_node_are_drawn_plainly() {
    let node = Node::new(Kind::Event, "a");
    let graph = Graph::new([node], [Edge::new("a", "nobody")]);
    let page = page::read(&draw::svg(&graph, &Style::default()));
    assert!(page.boxes.iter().any(|(title, _)| title == "nobody\nno node has this id"));
    assert!(draw::mermaid(&graph, &Style::default()).contains("n1[\"nobody\"]:::unknown"));
    assert!(draw::dot(&graph, &Style::default()).contains("n1 [label=\"nobody\""));
}

#[test]
fn changes_are_told_in_words_and_dashes_too() {
    let graph = changed(order_fulfilment());
    let style = Style::default();
    let page = page::read(&draw::svg(&graph, &style));
    let says = |class: &str, word: &str| {
        page.texts.iter().filter(|(c, text)| c == class && text == word).count()
    };
    assert!(says("label", "added") > 3 && says("label", "removed") > 3);
    assert!(says("figures", "added") > 1 && says("figures", "removed") > 1);
    assert_eq!((says("key", "added"), says("key", "removed")), (1, 1));
    assert!(draw::mermaid(&graph, &style).contains("-.->"));
    assert!(draw::dot(&graph, &style).contains("style=dashed"));
}

#[test]
fn the_legend_names_what_occurs_and_nothing_else() {
    let graph = Graph::new([Node::new(Kind::Event, "a"), Node::new(Kind::Projector, "p")], []);
    let texts = texts(&graph, &Style::default());
    assert_eq!(texts, ["a", "p", "event", "read model"]);
}

#[test]
fn who_sees_no_picture_is_told_what_it_shows() {
    let style = Style::titled("orders");
    let svg = draw::svg(&order_fulfilment(), &style);
    assert!(svg.contains(" role=\"img\" "));
    assert!(svg.contains("<title>orders</title>"));
    let described = "<desc>A flow graph of 74 nodes and 106 edges: 23 events, 21 commands, \
                     17 reactions, 5 process managers, 2 deadlines, 6 read models. Lanes: ";
    assert!(svg.contains(described), "{}", &svg[..600]);
}

#[test]
fn themes_differ_in_their_colours_only() {
    let drawn = |theme| draw::svg(&order_fulfilment(), &Style { theme, ..Style::default() });
    let body = |theme| drawn(theme).split_once("</style>").unwrap().1.to_owned();
    assert_eq!(body(Theme::Auto), body(Theme::Dark));
    assert_eq!(body(Theme::Light), body(Theme::Dark));
    assert!(drawn(Theme::Auto).contains("@media (prefers-color-scheme:dark)"));
    assert!(!drawn(Theme::Dark).contains("@media"));
}

#[test]
fn edges_are_coloured_by_what_is_known() {
    let drawn = |graph: &Graph, colour| draw::svg(graph, &Style { colour, ..Style::default() });
    let seen = observed(changed(order_fulfilment()));
    assert!(drawn(&seen, Colour::Auto).contains("class=\"edge added\""));
    assert!(drawn(&seen, Colour::Latency).contains("class=\"edge t4\""));
    assert!(!drawn(&seen, Colour::Latency).contains("class=\"edge added\""));
    assert!(!drawn(&seen, Colour::Plain).contains("class=\"edge t4\""));
    assert!(drawn(&observed(order_fulfilment()), Colour::Auto).contains("class=\"edge t4\""));
}

#[test]
fn lanes_have_a_heading_and_the_owner_that_all_agree_on() {
    let by_component = texts(&order_fulfilment(), &Style::default());
    assert!(by_component.contains(&"till".to_owned()));
    assert!(by_component.contains(&"team-payments".to_owned()));
    let none = texts(&order_fulfilment(), &Style { lanes: Lanes::None, ..Style::default() });
    assert!(!none.contains(&"till".to_owned()));
    let mermaid = draw::mermaid(&order_fulfilment(), &Style::default());
    assert_eq!(mermaid.matches("  subgraph lane").count(), 7);
    let dot = draw::dot(&order_fulfilment(), &Style::default());
    assert_eq!(dot.matches("subgraph cluster_").count(), 7);
}
