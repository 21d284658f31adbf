//! Draws the graph in the DOT language.

use super::{
    Direction, Style, colours,
    picture::{Drawn, Picture},
    reading,
    text::wrap,
};
use crate::{
    graph::{Change, Kind},
    is_unsafe,
};
use std::fmt::Write;

pub fn draw(picture: &Picture, style: &Style) -> String {
    let colour = |name: &str| colours::of(name, style.theme);
    let parts = [style.title.as_deref(), style.subtitle.as_deref(), picture.left_out.as_deref()];
    let title: Vec<&str> = parts.into_iter().flatten().collect();
    let direction = match style.direction {
        Direction::Down => "TB",
        Direction::Right => "LR",
    };
    let mut dot = String::from("digraph flow {\n");
    let _ = writeln!(
        dot,
        "  graph [rankdir={direction}, bgcolor=\"{}\", fontcolor=\"{ink}\", labelloc=t, \
         fontname=\"Helvetica\", fontsize=18, nodesep=0.3, ranksep=0.45, label=\"{}\"];\n\
         \x20 node [fontname=\"Helvetica\", fontsize=11, fontcolor=\"{ink}\", style=filled, \
         margin=\"0.15,0.06\"];\n\
         \x20 edge [fontname=\"Helvetica\", fontsize=9, fontcolor=\"{}\", color=\"{}\", \
         arrowsize=0.7];",
        colour("paper"),
        escape(&title.join("\n")),
        colour("label"),
        colour("edge"),
        ink = colour("ink"),
    );
    nodes(&mut dot, picture, &colour);
    edges(&mut dot, picture, style, &colour);
    dot.push_str("}\n");
    dot
}

fn nodes(dot: &mut String, picture: &Picture, colour: &impl Fn(&str) -> &'static str) {
    let members =
        |lane: usize| picture.nodes.iter().enumerate().filter(move |(_, drawn)| drawn.lane == lane);
    if picture.lanes.is_empty() {
        members(0).for_each(|(at, drawn)| node(dot, "  ", at, drawn, colour));
    }
    for (at, lane) in picture.lanes.iter().enumerate() {
        let names: Vec<&str> =
            [lane.name.as_str()].into_iter().chain(lane.note.as_deref()).collect();
        let _ = writeln!(
            dot,
            "  subgraph cluster_{at} {{\n    graph [style=\"rounded,filled\", fillcolor=\"{}\", \
             color=\"{}\", fontsize=12, label=\"{}\"];",
            colour("lane"),
            colour("lane-line"),
            escape(&names.join("\n"))
        );
        members(at).for_each(|(at, drawn)| node(dot, "    ", at, drawn, colour));
        dot.push_str("  }\n");
    }
}

fn node(
    dot: &mut String,
    indent: &str,
    at: usize,
    drawn: &Drawn,
    colour: &impl Fn(&str) -> &'static str,
) {
    let shape = match drawn.kind() {
        Some(Kind::Event) | None => "shape=box",
        Some(Kind::Command) => "shape=cds",
        Some(Kind::Reaction) => "shape=box, style=\"rounded,filled\"",
        Some(Kind::Process) => "shape=box, peripheries=2",
        Some(Kind::Deadline) => "shape=hexagon",
        Some(Kind::Projector) => "shape=cylinder",
        Some(Kind::External) => "shape=octagon",
    };
    let change = reading::change(drawn.change());
    let mut lines = wrap(drawn.name, 12.0, 170.0);
    lines.extend(change.map(str::to_owned).into_iter().chain(drawn.figures()));
    let class = reading::class(drawn.kind());
    let _ = write!(
        dot,
        "{indent}n{at} [label=\"{}\", tooltip=\"{}\", {shape}, fillcolor=\"{}\", color=\"{}\"",
        escape(&lines.join("\n")),
        escape(&reading::of_node(drawn)),
        colour(&format!("{class}-fill")),
        colour(change.unwrap_or(class)),
    );
    dot.push_str(match (drawn.change(), drawn.kind()) {
        (Change::Added, _) => ", penwidth=2.4",
        (Change::Removed, _) => ", penwidth=2, style=\"filled,dashed\"",
        (Change::None, None) => ", style=\"filled,dotted\"",
        (Change::None, Some(_)) => "",
    });
    dot.push_str("];\n");
}

fn edges(
    dot: &mut String,
    picture: &Picture,
    style: &Style,
    colour: &impl Fn(&str) -> &'static str,
) {
    let top = picture.top_count();
    for (arrow, own) in picture.edges.iter().zip(reading::edge_colours(picture)) {
        let width = reading::stroke(arrow.weight(top)) * 0.75;
        let _ = write!(dot, "  n{} -> n{} [penwidth={width:.2}", arrow.from, arrow.to);
        let label = arrow.label(&style.labels, picture.colour);
        if !label.is_empty() {
            let _ = write!(dot, ", label=\"{}\"", escape(&label.join("\n")));
        }
        if let Some(own) = own {
            let _ = write!(dot, ", color=\"{}\"", colour(own));
        }
        if arrow.edge.change == Change::Removed {
            dot.push_str(", style=dashed");
        }
        let _ = writeln!(dot, ", tooltip=\"{}\"];", escape(&reading::of_edge(arrow, picture)));
    }
}

/// Text within quotes. Graphviz reads escapes and HTML's entities there.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '"' => safe.push_str("\\\""),
            '\\' => safe.push_str("\\\\"),
            '&' => safe.push_str("&amp;"),
            '\n' => safe.push_str("\\n"),
            letter if is_unsafe(letter) => safe.push(' '),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_in_a_name_is_taken_for_dot() {
        let check = |name, expected| assert_eq!(escape(name), expected);
        check("order.placed", "order.placed");
        check("a\"];\nb", "a\\\"];\\nb");
        check("\\N &lt; \0", "\\\\N &amp;lt;  ");
    }
}
