use super::html::{Html, node, nodes, owner, safe};
use crate::{
    draw::text::count,
    report::{Coupling, Review},
};
use std::collections::BTreeSet;

/// Events that are listed at most; the rest is counted.
const MOST_EVENTS: usize = 12;

pub fn section(html: &mut Html, review: &Review) {
    let about = "What components need of one another: events of others that they read, commands to \
                 others that they send. One that others need and that needs nothing is stable \
                 (0): it is hard to change. One that needs much and that nobody needs is unstable \
                 (1): it is easy to change, and changes whenever others do.";
    html.section("coupling", "Coupling", about);
    let columns = [
        ("Component", ""),
        ("Answers for it", ""),
        ("Parts", "number"),
        ("Reads", "number"),
        ("Sends", "number"),
        ("Needed", "number"),
        ("Instability", "bar"),
        ("Depends on", "names"),
    ];
    html.table(&columns);
    for part in &review.components {
        html.row(&columns, &cells(part));
    }
    html.end_table();
    html.filled(
        "p",
        "key",
        "<b>Parts</b>: aggregates, handlers and read models. <b>Reads</b> and <b>Sends</b>: event \
         types and commands of others (efferent). <b>Needed</b>: its own that others read or send \
         (afferent).",
    );
    html.close("section");
}

fn cells(part: &Coupling) -> [String; 8] {
    let number = |number: usize| count(number as u64);
    [
        format!("<b>{}</b>", safe(&part.component)),
        owner(part.owner.as_ref()),
        number(part.aggregates + part.handlers + part.read_models),
        titled(&part.reads),
        titled(&part.sends),
        titled(&part.read_by_others.union(&part.sent_by_others).cloned().collect()),
        part.instability().map_or_else(String::new, |share| bar(share, &format!("{share:.2}"))),
        part.depends_on.iter().map(|name| safe(name)).collect::<Vec<_>>().join(", "),
    ]
}

/// How many there are, and on closer look which.
fn titled(names: &BTreeSet<String>) -> String {
    let list: Vec<String> = names.iter().map(|name| safe(name)).collect();
    format!("<span title=\"{}\">{}</span>", list.join(", "), count(names.len() as u64))
}

fn bar(share: f64, text: &str) -> String {
    let percent = (share.clamp(0.0, 1.0) * 100.0).round();
    format!("<span class=\"track\"><span style=\"width:{percent}%\"></span></span> {text}")
}

pub fn fan_out(html: &mut Html, review: &Review) {
    let about = "Events that several read: whoever changes one of them has to ask all of these.";
    html.section("fan-out", "Fan-out", about);
    if review.fan_out.is_empty() {
        html.element("p", "quiet", "No event has more than one reader.");
        html.close("section");
        return;
    }
    let columns = [
        ("Event", ""),
        ("Component", ""),
        ("Handlers", "bar"),
        ("Read models", "number"),
        ("Outside", "number"),
        ("Who", "names"),
    ];
    let most = review.fan_out.iter().map(|event| event.handlers.len()).max().unwrap_or(1).max(1);
    html.table(&columns);
    for event in review.fan_out.iter().take(MOST_EVENTS) {
        let handlers = event.handlers.len();
        let who = event.handlers.iter().chain(&event.read_models).chain(&event.outside);
        html.row(
            &columns,
            &[
                node(&event.event),
                event.component.as_ref().map(|name| safe(name)).unwrap_or_default(),
                bar(handlers as f64 / most as f64, &count(handlers as u64)),
                count(event.read_models.len() as u64),
                count(event.outside.len() as u64),
                nodes(who),
            ],
        );
    }
    html.end_table();
    let rest = review.fan_out.len().saturating_sub(MOST_EVENTS);
    if rest > 0 {
        html.element("p", "quiet", &format!("… and {} more.", count(rest as u64)));
    }
    html.close("section");
}
