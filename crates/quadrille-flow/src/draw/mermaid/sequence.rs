//! Draws one flow as a Mermaid sequence diagram.

use super::escape;
use crate::{
    draw::{Style, sequence::titles},
    trace::{
        Outcome, Trace, What,
        sequence::{Row, Sequence, Told},
        words::plain,
    },
};
use std::fmt::Write;

pub fn draw(trace: &Trace, style: &Style) -> String {
    let (title, subtitle) = titles(trace, style);
    // YAML reads what JSON writes.
    let title = serde_json::Value::from(format!("{title} · {subtitle}"));
    let mut chart = format!("---\ntitle: {title}\n---\nsequenceDiagram\n");
    let sequence = Sequence::new(trace);
    for (at, lane) in sequence.lanes.iter().enumerate() {
        let _ = writeln!(chart, "  participant l{at} as {}", name(lane.name()));
    }
    for row in &sequence.rows {
        match row.told {
            Told::Node(at) => {
                let node = &trace.nodes[at];
                let _ = writeln!(chart, "  {}: {}", way(&node.what, row), words(&plain(node)));
            }
            Told::Lagging(model) => {
                let text = words(&format!("{} {}", model.name, model.missing()));
                let _ = writeln!(chart, "  Note over l{}: ▤ {text}", row.to);
            }
        }
    }
    chart
}

/// An arrow from lane to lane, or a note above one.
fn way(what: &What, row: &Row<'_>) -> String {
    let to = row.to;
    let arrow = match what {
        What::Command(command) => match command.outcome {
            Outcome::Rejected { .. } => "-x",
            Outcome::Accepted | Outcome::Unchanged => "->>",
            _ => "-)",
        },
        What::Step(_) | What::Reaction { .. } => "-->>",
        _ => return format!("Note over l{to}"),
    };
    match row.from {
        Some(from) => format!("l{from}{arrow}l{to}"),
        None => format!("Note over l{to}"),
    }
}

/// What is said of a node; Mermaid keeps no more than one space.
fn words(text: &str) -> String {
    escape(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// A lane's name. `end` alone would end something.
fn name(name: &str) -> String {
    if name.eq_ignore_ascii_case("end") { format!("({name})") } else { escape(name) }
}
