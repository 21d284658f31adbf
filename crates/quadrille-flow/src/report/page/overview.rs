use super::html::{Html, counted, node, safe};
use crate::{
    draw::text::count,
    report::{Figure, Review},
};

pub fn header(html: &mut Html, review: &Review) {
    html.open("header", "");
    html.element("p", "eyebrow", "Flow report");
    html.element("h1", "", &review.title);
    let made = review.made_at.format("%-d %B %Y, %H:%M UTC");
    let looked = if review.observed { "manifests and log" } else { "manifests" };
    let apps: Vec<String> =
        review.apps.iter().map(|app| format!("<code>{}</code>", safe(app))).collect();
    let of = if review.apps.len() == 1 { "the app" } else { "the apps" };
    let apps = apps.join(", ");
    html.filled("p", "meta", &format!("{made} · from the {looked} of {of} {apps}"));
    html.close("header");
    html.raw("<dl class=\"figures\">\n");
    for Figure { name, value } in &review.figures {
        let grave = match name.as_str() {
            "errors" if *value > 0 => " class=\"deny\"",
            "warnings" if *value > 0 => " class=\"warn\"",
            _ => "",
        };
        let (name, value) = (safe(name), count(*value));
        html.raw(&format!("<div{grave}><dt>{name}</dt><dd>{value}</dd></div>\n"));
    }
    html.raw("</dl>\n");
}

/// What happened that nobody declared.
pub fn undeclared(html: &mut Html, review: &Review) {
    if !review.observed {
        return;
    }
    if review.undeclared.is_empty() {
        html.element("p", "quiet", "Nothing happened that is not declared.");
        return;
    }
    let edges = counted(review.undeclared.len(), "edge", "edges");
    html.element("h3", "", &format!("Happened, and nobody declared it: {edges}"));
    let columns = [("From", ""), ("To", ""), ("Count", "number")];
    html.table(&columns);
    for edge in &review.undeclared {
        let seen = edge.count.map(count).unwrap_or_default();
        html.row(&columns, &[node(&edge.from), node(&edge.to), seen]);
    }
    html.end_table();
}

pub fn footer(html: &mut Html) {
    let words = format!(
        "Written by quadrille {}. The data of this page is in it: \
         <code>quadrille flow report --since</code> with this file says what has changed.",
        env!("CARGO_PKG_VERSION")
    );
    html.filled("footer", "", &words);
}
