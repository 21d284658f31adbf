//! Lines, their tips and their labels.

use super::{
    Picture, Style,
    page::{Page, Rect, number},
};
use crate::draw::{
    layout::{Plan, Point, Route},
    reading,
    text::{width, xml},
};
use std::fmt::Write;

const FONT: f64 = 10.5;
const LINE: f64 = 13.0;
/// How far behind its box a line begins.
const BEHIND: f64 = 9.0;

/// What is written on a line.
pub struct Label {
    lines: Vec<String>,
    class: String,
}

/// For each edge what is written on its line.
pub fn labels(picture: &Picture, style: &Style) -> Vec<Label> {
    let bare = if picture.lanes.is_empty() { " bare" } else { "" };
    let colours = reading::edge_colours(picture);
    let labels = picture.edges.iter().zip(colours).map(|(arrow, colour)| Label {
        lines: arrow.label(&style.labels, picture.colour),
        class: format!("{}{bare}", colour.unwrap_or_default()),
    });
    labels.collect()
}

impl Label {
    /// Its width and height, if there is anything to write.
    pub fn size(&self) -> Option<(f64, f64)> {
        let widest = self.lines.iter().map(|line| width(line, FONT)).reduce(f64::max)?;
        Some(((widest + 8.0).ceil(), LINE * self.lines.len() as f64 + 4.0))
    }
}

pub fn draw(svg: &mut String, picture: &Picture, plan: &Plan, page: &Page) {
    let top = picture.top_count();
    let colours = reading::edge_colours(picture);
    let mut order: Vec<usize> = (0..picture.edges.len()).collect();
    // Heavy lines last, so that they lie above light ones.
    order.sort_by_key(|&at| (picture.edges[at].edge.count, at));
    for at in order {
        let arrow = &picture.edges[at];
        let width = reading::stroke(arrow.weight(top));
        let class = colours[at].unwrap_or_default();
        let (wire, tip) = path(&plan.routes[at], page, width);
        let _ = writeln!(
            svg,
            "<g class=\"edge {class}\"><title>{}</title><path class=\"wire\" \
             stroke-width=\"{}\" d=\"{wire}\"/><path class=\"tip\" d=\"{tip}\"/></g>",
            xml(&reading::of_edge(arrow, picture)),
            number(width)
        );
    }
}

pub fn draw_label(svg: &mut String, label: &Label, rect: Rect) {
    let _ = write!(
        svg,
        "<g class=\"{}\"><rect class=\"plate\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
         rx=\"3\"/>",
        label.class.trim(),
        number(rect.x),
        number(rect.y),
        number(rect.width),
        number(rect.height)
    );
    let x = rect.x + rect.width / 2.0;
    for (at, line) in label.lines.iter().enumerate() {
        super::text(svg, "label", x, rect.y + 12.0 + LINE * at as f64, line);
    }
    svg.push_str("</g>\n");
}

/// The radius of the bends at both ends of a track.
fn bend(from: Point, to: Point) -> f64 {
    ((from.across - to.across).abs() / 2.0).min(10.0)
}

/// The point at this distance on the straight way to another.
fn toward(from: Point, to: Point, by: f64) -> Point {
    let step = |from: f64, to: f64| match to - from {
        way if way.abs() < 0.05 => from,
        way => from + by * way.signum(),
    };
    Point { along: step(from.along, to.along), across: step(from.across, to.across) }
}

/// The line, and the arrow at its end.
fn path(route: &Route, page: &Page, width: f64) -> (String, String) {
    let (length, half) = (6.5 + 0.8 * width, 3.0 + 0.65 * width);
    let points = &route.points;
    let end = points[points.len() - 1];
    let before = points[points.len() - 2];
    let back = if route.is_loop {
        Point { along: 0.0, across: 1.0 }
    } else {
        Point { along: if end.along >= before.along { -1.0 } else { 1.0 }, across: 0.0 }
    };
    let step = |by: f64, aside: f64| {
        let (along, across) = (back.along * by, back.across * by);
        page.point(Point {
            along: end.along + along + back.across * aside,
            across: end.across + across + back.along * aside,
        })
    };
    let at = |(x, y): (f64, f64)| format!("{} {}", number(x), number(y));
    let tip =
        format!("M{}L{}L{}Z", at(step(0.0, 0.0)), at(step(length, half)), at(step(length, -half)));
    let last = step(length - 1.0, 0.0);
    let mut wire = format!("M{}", at(page.point(points[0])));
    if !route.is_loop {
        // Boxes are drawn above lines, and some have slanted sides.
        let begin = toward(points[0], points[1], -BEHIND);
        let begin = Point { across: points[0].across, ..begin };
        wire = format!("M{}L{}", at(page.point(begin)), at(page.point(points[0])));
    }
    if route.is_loop {
        let (out, home) = (page.point(points[1]), page.point(points[2]));
        let _ = write!(wire, "C{} {} {}", at(out), at(home), at(last));
        return (wire, tip);
    }
    for (nth, pair) in points.windows(2).enumerate() {
        let is_last = nth + 2 == points.len();
        let to = if is_last { last } else { page.point(pair[1]) };
        if (pair[0].across - pair[1].across).abs() < 0.05 {
            // A bend at its end begins before it.
            let next = points.get(nth + 2).filter(|next| next.along == pair[1].along);
            let to =
                next.map_or(to, |next| page.point(toward(pair[1], pair[0], bend(pair[1], *next))));
            let _ = write!(wire, "L{}", at(to));
        } else if pair[0].along == pair[1].along {
            let radius = bend(pair[0], pair[1]);
            let (leaves, comes) =
                (toward(pair[0], pair[1], radius), toward(pair[1], pair[0], radius));
            let (first, second) = (page.point(pair[0]), page.point(pair[1]));
            let after = page.point(toward(pair[1], points[nth + 2], radius));
            let _ = write!(wire, "Q{} {}", at(first), at(page.point(leaves)));
            let _ = write!(wire, "L{}Q{} {}", at(page.point(comes)), at(second), at(after));
        } else {
            // It leaves and comes in the direction of the flow.
            let bend = (pair[0].along + pair[1].along) / 2.0;
            let first = page.point(Point { along: bend, across: pair[0].across });
            let second = page.point(Point { along: bend, across: pair[1].across });
            let _ = write!(wire, "C{} {} {}", at(first), at(second), at(to));
        }
    }
    (wire, tip)
}
