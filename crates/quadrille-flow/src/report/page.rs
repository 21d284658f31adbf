//! A review as an HTML page.

mod changes;
mod coupling;
mod findings;
mod flows;
mod html;
mod overview;

use super::{Changes, Review, stored};
use crate::draw::{self, Style, Theme, colours::palette};
use html::Html;

const STYLE: &str = include_str!("page/style.css");

/// A review as one HTML file, with what changed since an older one if that is known.
///
/// It is a pure function of the two: it holds no script, asks for nothing, and looks well on paper.
/// Names from manifests and logs are text in it, whatever they hold.
pub fn page(review: &Review, changes: Option<&Changes>) -> String {
    let mut html = Html::default();
    head(&mut html, review);
    html.open("main", "");
    overview::header(&mut html, review);
    if let Some(changes) = changes {
        changes::section(&mut html, changes);
    }
    findings::section(&mut html, review);
    picture(&mut html, review, changes);
    flows::section(&mut html, review);
    coupling::section(&mut html, review);
    coupling::fan_out(&mut html, review);
    overview::footer(&mut html);
    html.close("main");
    html.raw(&stored::element(review));
    html.raw("</body>\n</html>\n");
    html.text
}

fn head(html: &mut Html, review: &Review) {
    html.raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n");
    html.raw(
        "<meta http-equiv=\"Content-Security-Policy\" \
         content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n",
    );
    html.element("title", "", &review.title);
    let (light, dark) = (palette(Theme::Light), palette(Theme::Dark));
    html.raw(&format!(
        "<style>\n:root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n{STYLE}\
         @media print{{:root,figure .quadrille-flow.auto{{{light}}}}}\n</style>\n</head>\n<body>\n"
    ));
}

fn picture(html: &mut Html, review: &Review, changes: Option<&Changes>) {
    let about = match (changes.is_some(), review.observed) {
        (true, true) => {
            "As it is declared, with the counts of the log. What is new is green, what is gone is red and dashed."
        }
        (true, false) => "As it is declared. What is new is green, what is gone is red and dashed.",
        (false, true) => {
            "As it is declared, with how often each way was taken and how long half of its effects took."
        }
        (false, false) => "As it is declared.",
    };
    html.section("flow", "The flow", about);
    html.raw("<input type=\"checkbox\" id=\"full\"/><label for=\"full\">In full size</label>\n");
    html.open("figure", "");
    let graph = changes.map_or(&review.graph, |changes| &changes.graph);
    html.raw(&draw::svg(graph, &Style::default()));
    html.close("figure");
    overview::undeclared(html, review);
    html.close("section");
}
