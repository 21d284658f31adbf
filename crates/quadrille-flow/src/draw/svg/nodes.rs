//! Boxes: a shape, a mark and a colour for each kind, the name, and figures below it.

use super::{
    page::{Rect, number},
    text,
};
use crate::{
    draw::{
        picture::Drawn,
        reading,
        text::{shorten, width, wrap, xml},
    },
    graph::Kind,
};
use std::fmt::Write;

const NAME: f64 = 12.5;
const FIGURES: f64 = 11.0;
/// The widest that a line in a box can be.
const LINE: f64 = 150.0;
/// Room at both sides of what is in a box, for the slants of some shapes.
const SIDE: f64 = 12.0;
/// A mark and the space after it.
pub const MARK: f64 = 14.0;
/// How far the lid of a cylinder reaches down; what is written in it begins below.
const LID: f64 = 6.0;
const AFTER_MARK: f64 = 6.0;

/// What is written in a box, and its size.
pub struct Box {
    lines: Vec<String>,
    figures: Option<String>,
    pub width: f64,
    pub height: f64,
}

pub fn measure(drawn: &Drawn) -> Box {
    let lines = wrap(drawn.name, NAME, LINE);
    let change = reading::change(drawn.change()).map(str::to_owned);
    let figures: Vec<String> = change.into_iter().chain(drawn.figures()).collect();
    let figures = (!figures.is_empty()).then(|| shorten(&figures.join(" · "), FIGURES, LINE));
    let names = lines.iter().map(|line| width(line, NAME)).fold(0.0, f64::max);
    let text = names.max(figures.as_deref().map_or(0.0, |figures| width(figures, FIGURES)));
    let width = (2.0 * SIDE + MARK + AFTER_MARK + text).max(96.0);
    let lid = if drawn.kind() == Some(Kind::Projector) { LID } else { 0.0 };
    let height =
        lid + 18.0 + 15.0 * lines.len() as f64 + if figures.is_some() { 14.0 } else { 0.0 };
    Box { lines, figures, width: (width / 4.0).ceil() * 4.0, height }
}

pub fn draw(svg: &mut String, drawn: &Drawn, own: &Box, rect: Rect) {
    let (class, change) = (reading::class(drawn.kind()), reading::change(drawn.change()));
    let change = change.map(|change| format!(" {change}")).unwrap_or_default();
    let known = xml(&reading::of_node(drawn));
    let _ = write!(svg, "<g class=\"node {class}{change}\"><title>{known}</title>");
    shape(svg, drawn.kind(), rect);
    let lid = if drawn.kind() == Some(Kind::Projector) { LID } else { 0.0 };
    let (x, middle) = (rect.x + SIDE, rect.y + (rect.height + lid) / 2.0);
    mark(svg, drawn.kind(), x, middle - MARK / 2.0);
    let x = x + MARK + AFTER_MARK;
    let inner = own.height - lid - 18.0;
    let mut y = middle - inner / 2.0 + 11.5;
    for line in &own.lines {
        text(svg, "name", x, y, line);
        y += 15.0;
    }
    if let Some(figures) = &own.figures {
        text(svg, "figures", x, y - 0.5, figures);
    }
    svg.push_str("</g>\n");
}

/// The outline of a kind.
pub fn shape(svg: &mut String, kind: Option<Kind>, Rect { x, y, width, height }: Rect) {
    let (right, bottom, middle) = (x + width, y + height, y + height / 2.0);
    let slant = (height / 2.0).min(9.0);
    let outline = match kind {
        Some(Kind::Command) => {
            vec![(x, y), (right - slant, y), (right, middle), (right - slant, bottom), (x, bottom)]
        }
        Some(Kind::Deadline) => vec![
            (x + slant, y),
            (right - slant, y),
            (right, middle),
            (right - slant, bottom),
            (x + slant, bottom),
            (x, middle),
        ],
        Some(Kind::External) => {
            let cut = slant * 0.8;
            vec![
                (x + cut, y),
                (right - cut, y),
                (right, y + cut),
                (right, bottom - cut),
                (right - cut, bottom),
                (x + cut, bottom),
                (x, bottom - cut),
                (x, y + cut),
            ]
        }
        Some(Kind::Projector) => return cylinder(svg, Rect { x, y, width, height }),
        Some(Kind::Event | Kind::Reaction | Kind::Process) | None => Vec::new(),
    };
    if !outline.is_empty() {
        let points: Vec<String> =
            outline.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let _ = write!(svg, "<polygon class=\"shape\" points=\"{}\"/>", points.join(" "));
        return;
    }
    let radius = match kind {
        Some(Kind::Reaction) => (height / 2.0).min(17.0),
        _ => 4.0,
    };
    let _ = write!(
        svg,
        "<rect class=\"shape\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
        number(x),
        number(y),
        number(width),
        number(height),
        number(radius)
    );
    if kind == Some(Kind::Process) {
        for side in [x + 5.0, right - 5.0] {
            let _ = write!(
                svg,
                "<path class=\"mark\" d=\"M{} {}V{}\"/>",
                number(side),
                number(y),
                number(bottom)
            );
        }
    }
}

fn cylinder(svg: &mut String, Rect { x, y, width, height }: Rect) {
    let (half, flat) = (number(width / 2.0), 4.0);
    let (left, right) = (number(x), number(x + width));
    let (top, bottom) = (number(y + flat), number(y + height - flat));
    let _ = write!(
        svg,
        "<path class=\"shape\" d=\"M{left} {top}A{half} {flat} 0 0 1 {right} {top}V{bottom}\
         A{half} {flat} 0 0 1 {left} {bottom}Z\"/>\
         <path class=\"mark\" d=\"M{left} {top}A{half} {flat} 0 0 0 {right} {top}\"/>"
    );
}

/// The mark of a kind, 14 wide and high.
pub fn mark(svg: &mut String, kind: Option<Kind>, x: f64, y: f64) {
    let path = match kind {
        // A flash: it happened.
        Some(Kind::Event) => "M8 1 3 8h3.6L6 13l5-7H7.4Z",
        // A prompt.
        Some(Kind::Command) => "M1.5 3 6 7l-4.5 4M7.5 11h5",
        // An arrow that answers.
        Some(Kind::Reaction) => "M2 3v3.5a2.5 2.5 0 0 0 2.5 2.5h7.5M9 5.8 12.2 9 9 12.2",
        // Steps.
        Some(Kind::Process) => "M1 1.5h4.5v4H1ZM8.5 8.5H13v4H8.5ZM3.2 5.5v5h5.3M5.5 3.5h5.2v5",
        // A clock.
        Some(Kind::Deadline) => "M7 1a6 6 0 1 1 0 12a6 6 0 1 1 0-12ZM7 3.8V7l2.4 1.6",
        // A table.
        Some(Kind::Projector) => "M1.5 2.5h11v9.5h-11ZM1.5 5.7h11M6 5.7v6.3M1.5 8.9h11",
        // A globe.
        Some(Kind::External) => {
            "M7 1a6 6 0 1 1 0 12a6 6 0 1 1 0-12ZM1 7h12M7 1c-3.3 3.5-3.3 8.5 0 12\
             c3.3-3.5 3.3-8.5 0-12"
        }
        // A question.
        None => "M4.2 4.5a2.8 2.8 0 1 1 4 2.6c-.8.4-1.2.8-1.2 1.7M7 11.5v.1",
    };
    let _ = write!(
        svg,
        "<path class=\"mark\" transform=\"translate({} {})\" d=\"{path}\"/>",
        number(x),
        number(y)
    );
}
