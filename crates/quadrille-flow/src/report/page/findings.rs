use super::html::{Html, nodes, safe};
use crate::{
    lint::Level,
    report::{Noted, Review},
};

pub fn section(html: &mut Html, review: &Review) {
    html.section("findings", "Open findings", "");
    if review.findings.is_empty() {
        html.element("p", "well", "Nothing found.");
    }
    let same = |a: &Noted, b: &Noted| (a.level, &a.lint) == (b.level, &b.lint);
    for group in review.findings.chunk_by(same) {
        let (class, level) = level(group[0].level);
        html.open("article", &format!("finding {class}"));
        let lint = safe(&group[0].lint);
        html.filled("h3", "", &format!("<span class=\"level\">{level}</span> {lint}"));
        html.open("ul", "");
        for finding in group {
            one(html, finding);
        }
        html.close("ul");
        html.element("p", "way-out", &group[0].way_out);
        html.close("article");
    }
    if !review.allowed.is_empty() {
        html.open("article", "finding allowed");
        html.element("h3", "", "Meant to be as they are");
        html.open("ul", "");
        for finding in &review.allowed {
            one(html, finding);
        }
        html.close("ul");
        html.close("article");
    }
    html.close("section");
}

/// A finding, in a list.
pub fn one(html: &mut Html, finding: &Noted) {
    let mut markup = format!(
        "{} <span class=\"subjects\">{}</span>",
        safe(&finding.message),
        nodes(&finding.subjects)
    );
    if let Some(reason) = &finding.reason {
        markup.push_str(&format!("<br/><em>{}: {}</em>", safe(&finding.lint), safe(reason)));
    }
    html.filled("li", "", &markup);
}

fn level(level: Level) -> (&'static str, &'static str) {
    match level {
        Level::Deny => ("deny", "error"),
        Level::Warn => ("warn", "warning"),
        Level::Allow => ("allowed", "off"),
    }
}
