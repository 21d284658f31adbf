use super::html::{Html, counted, node, nodes, owner, safe};
use crate::{
    draw::text::count,
    report::{Known, Part, Review},
};

/// Columns that a table of flows has room for.
const MOST_COLUMNS: usize = 16;

pub fn section(html: &mut Html, review: &Review) {
    let about = "A flow begins with a command or an event from outside. Whoever is on its way has to \
                 be asked when it changes.";
    html.section("who", "Who knows which flow", about);
    if review.flows.is_empty() {
        html.element("p", "quiet", "No flow begins anywhere: nothing is declared.");
    } else {
        matrix(html, review);
        review.flows.iter().for_each(|flow| one(html, flow));
    }
    html.close("section");
}

/// Flows against components.
fn matrix(html: &mut Html, review: &Review) {
    let names: Vec<&String> = review.components.iter().map(|part| &part.component).collect();
    let known = |name: &String, flow: &Known| part_of(flow, name).is_some();
    let shown: Vec<&String> = names
        .into_iter()
        .filter(|name| review.flows.iter().any(|flow| known(name, flow)))
        .collect();
    let shown = &shown[..shown.len().min(MOST_COLUMNS)];
    let mut columns = vec![("Flow", "")];
    columns.extend(shown.iter().map(|name| (name.as_str(), "tilted")));
    columns.extend([("Components", "number"), ("Depth", "number"), ("Fan-out", "number")]);
    html.table(&columns);
    for flow in &review.flows {
        let mut cells = vec![node(&flow.entry)];
        cells.extend(shown.iter().map(|name| cell(part_of(flow, name))));
        let figures = [flow.parts.len(), flow.depth, flow.widest];
        cells.extend(figures.iter().map(|figure| count(*figure as u64)));
        html.row(&columns, &cells);
    }
    html.end_table();
    html.filled(
        "p",
        "key",
        "<b class=\"acts\">2</b> has two handlers on the way · <b class=\"decides\">●</b> decides \
         on a command, and has no handler · <b class=\"reads\">○</b> only reads. <b>Depth</b>: \
         handlers one after the other on the longest way. <b>Fan-out</b>: handlers of the event that \
         has most.",
    );
}

fn part_of<'a>(flow: &'a Known, name: &str) -> Option<&'a Part> {
    flow.parts.iter().find(|part| part.component.as_deref() == Some(name))
}

fn cell(part: Option<&Part>) -> String {
    match part {
        None => String::new(),
        Some(part) if !part.handlers.is_empty() => {
            format!("<b class=\"acts\">{}</b>", part.handlers.len())
        }
        Some(part) if part.decides => "<b class=\"decides\">●</b>".into(),
        Some(part) if part.read_models.is_empty() => "<b class=\"decides\">·</b>".into(),
        Some(_) => "<b class=\"reads\">○</b>".into(),
    }
}

fn one(html: &mut Html, flow: &Known) {
    html.open("article", "flow");
    let from: Vec<String> = flow
        .from
        .iter()
        .map(|from| format!("<b>{}</b> {}", safe(&from.name), owner(from.owner.as_ref())))
        .collect();
    let from = match from.is_empty() {
        true => "<span class=\"nobody\">nobody is declared to begin it</span>".to_owned(),
        false => format!("from {}", from.join(", ")),
    };
    html.filled("h3", "", &format!("{} <small>{from}</small>", node(&flow.entry)));
    let figures = [
        counted(flow.parts.len(), "component", "components"),
        counted(flow.commands, "command", "commands"),
        counted(flow.events, "event type", "event types"),
        format!("depth {}", flow.depth),
    ];
    html.element("p", "quiet", &figures.join(" · "));
    html.open("ol", "way");
    for part in &flow.parts {
        html.filled("li", "", &way(part));
    }
    html.close("ol");
    html.close("article");
}

fn way(part: &Part) -> String {
    let name = part.component.as_ref().map_or_else(
        || "<span class=\"nobody\">of no component</span>".to_owned(),
        |name| format!("<b>{}</b> {}", safe(name), owner(part.owner.as_ref())),
    );
    let does = match (part.handlers.is_empty(), part.decides) {
        (false, _) => nodes(&part.handlers),
        (true, true) => "<span class=\"quiet\">decides</span>".into(),
        (true, false) => String::new(),
    };
    format!("{name} {does} {}", nodes(&part.read_models))
}
