//! Draws the graph as a Mermaid flowchart.

pub mod sequence;

use super::{
    Direction, Style, colours,
    picture::{Drawn, Picture},
    reading,
};
use crate::{
    graph::{Change, Kind},
    is_unsafe,
};
use std::fmt::Write;

pub fn draw(picture: &Picture, style: &Style) -> String {
    let mut chart = String::new();
    let parts = [style.title.as_deref(), style.subtitle.as_deref(), picture.left_out.as_deref()];
    let title: Vec<&str> = parts.into_iter().flatten().collect();
    if !title.is_empty() {
        // YAML reads what JSON writes.
        let title = serde_json::Value::from(title.join(" · "));
        let _ = writeln!(chart, "---\ntitle: {title}\n---");
    }
    let direction = match style.direction {
        Direction::Down => "TD",
        Direction::Right => "LR",
    };
    let _ = writeln!(chart, "flowchart {direction}");
    nodes(&mut chart, picture);
    edges(&mut chart, picture, style);
    looks(&mut chart, picture, style);
    chart
}

fn nodes(chart: &mut String, picture: &Picture) {
    let members =
        |lane: usize| picture.nodes.iter().enumerate().filter(move |(_, drawn)| drawn.lane == lane);
    if picture.lanes.is_empty() {
        members(0).for_each(|(at, drawn)| node(chart, "  ", at, drawn));
    }
    for (at, lane) in picture.lanes.iter().enumerate() {
        let note = lane.note.as_ref().map(|note| format!(" · {note}")).unwrap_or_default();
        let _ =
            writeln!(chart, "  subgraph lane{at}[\"{}\"]", escape(&(lane.name.clone() + &note)));
        members(at).for_each(|(at, drawn)| node(chart, "    ", at, drawn));
        chart.push_str("  end\n");
    }
}

fn node(chart: &mut String, indent: &str, at: usize, drawn: &Drawn) {
    let (open, close) = match drawn.kind() {
        Some(Kind::Event) | None => ("[", "]"),
        Some(Kind::Command) => ("[/", "/]"),
        Some(Kind::Reaction) => ("([", "])"),
        Some(Kind::Process) => ("[[", "]]"),
        Some(Kind::Deadline) => ("{{", "}}"),
        Some(Kind::Projector) => ("[(", ")]"),
        Some(Kind::External) => ("(", ")"),
    };
    let mut name = escape(drawn.name);
    for line in
        reading::change(drawn.change()).map(str::to_owned).into_iter().chain(drawn.figures())
    {
        let _ = write!(name, "<br>{}", escape(&line));
    }
    let class = reading::class(drawn.kind());
    let _ = writeln!(chart, "{indent}n{at}{open}\"{name}\"{close}:::{class}");
}

fn edges(chart: &mut String, picture: &Picture, style: &Style) {
    for arrow in &picture.edges {
        let line = if arrow.edge.change == Change::Removed { "-.->" } else { "-->" };
        let label = arrow.label(&style.labels, picture.colour);
        let label: Vec<String> = label.iter().map(|line| escape(line)).collect();
        let label = match label.is_empty() {
            true => String::new(),
            false => format!("|\"{}\"|", label.join("<br>")),
        };
        let _ = writeln!(chart, "  n{} {line}{label} n{}", arrow.from, arrow.to);
    }
}

fn looks(chart: &mut String, picture: &Picture, style: &Style) {
    let colour = |name: &str| colours::of(name, style.theme);
    for kind in picture.kinds() {
        let class = reading::class(kind);
        let (fill, stroke, ink) = (colour(&format!("{class}-fill")), colour(class), colour("ink"));
        let _ = write!(chart, "  classDef {class} fill:{fill},stroke:{stroke},color:{ink}");
        chart.push_str(if kind.is_none() { ",stroke-dasharray:2 3\n" } else { "\n" });
    }
    for change in [Change::Added, Change::Removed] {
        let changed = picture.nodes.iter().enumerate().filter(|(_, d)| d.change() == change);
        let changed: Vec<String> = changed.map(|(at, _)| format!("n{at}")).collect();
        if let (Some(name), false) = (reading::change(change), changed.is_empty()) {
            let dashes = if change == Change::Removed { ",stroke-dasharray:6 4" } else { "" };
            let _ = writeln!(
                chart,
                "  classDef {name} stroke:{},stroke-width:3px{dashes}\n  class {} {name}",
                colour(name),
                changed.join(",")
            );
        }
    }
    let top = picture.top_count();
    for (at, (arrow, own)) in picture.edges.iter().zip(reading::edge_colours(picture)).enumerate() {
        let width = reading::stroke(arrow.weight(top));
        let stroke = colour(own.unwrap_or("edge"));
        let _ = writeln!(chart, "  linkStyle {at} stroke:{stroke},stroke-width:{width:.1}px");
    }
}

/// Text within quotes. Whatever Mermaid or HTML might take for more than text becomes an entity.
fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'a'..='z' | 'A'..='Z' | '0'..='9' => safe.push(letter),
            ' ' | '_' | '.' | ',' | '/' | '-' | '(' | ')' => safe.push(letter),
            letter if is_unsafe(letter) => safe.push(' '),
            letter if letter.is_ascii() => {
                let _ = write!(safe, "#{};", u32::from(letter));
            }
            letter => safe.push(letter),
        }
    }
    if safe.is_empty() {
        // Mermaid refuses empty names.
        safe.push(' ');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_in_a_name_is_taken_for_mermaid() {
        let check = |name, expected| assert_eq!(escape(name), expected);
        check("order.placed", "order.placed");
        check("note_paid", "note_paid");
        check("", " ");
        check("a\"]\nend", "a#34;#93; end");
        check("%%{init: #1; <b>`", "#37;#37;#123;init#58; #35;1#59; #60;b#62;#96;");
        check("für 2.4 µs", "für 2.4 µs");
    }
}
