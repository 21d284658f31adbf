//! Pictures for people to look at.

use super::graphs::{bank, changed, hostile, many, observed, order_fulfilment};
use quadrille_flow::{
    draw::{self, Direction, Lanes, Measure, Style, Theme},
    graph::Graph,
};
use std::{fs, path::Path};

/// Writes a picture into the folder for temporary files of the build.
fn write(name: &str, graph: &Graph, style: &Style) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    fs::create_dir_all(&folder).unwrap();
    let write = |ending: &str, text: String| {
        assert!(!text.is_empty());
        fs::write(folder.join(format!("{name}.{ending}")), text).unwrap();
    };
    write("svg", draw::svg(graph, style));
    let dark = Style { theme: Theme::Dark, ..style.clone() };
    write("dark.svg", draw::svg(graph, &dark));
    write("mmd", draw::mermaid(graph, style));
    write("dot", draw::dot(graph, style));
}

#[test]
fn everything_can_be_drawn() {
    let style = |title: &str, subtitle: &str| Style {
        subtitle: Some(subtitle.to_owned()),
        ..Style::titled(title)
    };
    let declared = style("order-fulfilment", "What the code declares");
    write("declared", &order_fulfilment(), &declared);
    let right = Style { direction: Direction::Right, ..declared.clone() };
    write("declared-right", &order_fulfilment(), &right);
    let plain = Style { lanes: Lanes::None, ..declared };
    write("declared-without-lanes", &order_fulfilment(), &plain);
    let seen = style("order-fulfilment", "What the log of 1,000 orders shows");
    write("observed", &observed(order_fulfilment()), &seen);
    let difference = style("order-fulfilment", "What changed since the last release");
    write("difference", &changed(order_fulfilment()), &difference);
    write("sixty", &many(60, 80, 5), &style("sixty nodes", "in five lanes"));
    write("hostile", &hostile(), &style("<hostile> & \"names\"", "%%{init}%% #35;"));
    let all = observed(many(1_000, 3_000, 8));
    write("thousand", &all, &style("a thousand nodes", "and three thousand edges"));
    if let Some(bank) = bank() {
        let all = style("loan applications", "What directly follows what");
        write("bank", &bank, &all);
        let most = Style { most: Some(40), labels: vec![Measure::Count], ..all };
        write("bank-40", &bank, &most);
    }
}
