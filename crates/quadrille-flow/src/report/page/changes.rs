use super::{
    findings,
    html::{Html, counted, node, safe},
};
use crate::{
    draw::text::count,
    graph::Change,
    report::{Changes, Moved, Noted},
};

pub fn section(html: &mut Html, changes: &Changes) {
    let since = changes.since.format("%-d %B %Y, %H:%M UTC");
    html.section("changes", "What changed", &format!("Since the report of {since}."));
    if changes.is_empty() {
        html.element("p", "well", "Nothing.");
    }
    graph(html, changes, Change::Added, "added", "New");
    graph(html, changes, Change::Removed, "removed", "Gone");
    moved(html, &changes.moved);
    list(html, "removed", "finding", "New", &changes.found);
    list(html, "added", "finding", "No longer open", &changes.gone);
    html.close("section");
}

fn graph(html: &mut Html, changes: &Changes, change: Change, class: &str, word: &str) {
    let (nodes, edges) = (changes.nodes(change), changes.edges(change));
    if nodes.is_empty() && edges.is_empty() {
        return;
    }
    let (some, ways) =
        (counted(nodes.len(), "node", "nodes"), counted(edges.len(), "edge", "edges"));
    html.open("article", &format!("change {class}"));
    html.element("h3", "", &format!("{word}: {some}, {ways}"));
    if !nodes.is_empty() {
        let nodes: Vec<String> = nodes.into_iter().map(node).collect();
        html.filled("p", "names", &nodes.join(" "));
    }
    if !edges.is_empty() {
        html.open("ul", "edges");
        for (from, to) in edges {
            let arrow = "<span class=\"arrow\">→</span>";
            html.filled("li", "", &format!("{} {arrow} {}", node(from), node(to)));
        }
        html.close("ul");
    }
    html.close("article");
}

fn moved(html: &mut Html, moved: &[Moved]) {
    if moved.is_empty() {
        return;
    }
    html.open("article", "change");
    html.element("h3", "", "Figures that moved");
    let columns = [("Figure", ""), ("Of", ""), ("Was", "number"), ("Is", "number"), ("", "number")];
    html.table(&columns);
    for Moved { of, figure, was, is } in moved {
        let (figure, of) =
            if figure.is_empty() { (safe(of), String::new()) } else { (safe(figure), node(of)) };
        let sign = if is > was { "+" } else { "−" };
        let by = format!("{sign}{}", count(is.abs_diff(*was)));
        html.row(&columns, &[figure, of, count(*was), count(*is), by]);
    }
    html.end_table();
    html.close("article");
}

fn list(html: &mut Html, class: &str, what: &str, word: &str, noted: &[Noted]) {
    if noted.is_empty() {
        return;
    }
    html.open("article", &format!("change {class}"));
    let number = counted(noted.len(), what, "findings");
    html.element("h3", "", &format!("{word}: {number}"));
    html.open("ul", "");
    noted.iter().for_each(|finding| findings::one(html, finding));
    html.close("ul");
    html.close("article");
}
