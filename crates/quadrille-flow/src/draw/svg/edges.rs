//! Lines, their tips and their labels.

use super::{
    Picture, Style,
    colours::STEPS,
    page::{Page, Rect, number},
};
use crate::{
    draw::{
        Colour,
        layout::{Plan, Point, Route},
        picture::Arrow,
        text::{self, width, xml},
    },
    graph::Change,
};
use std::fmt::Write;

const FONT: f64 = 10.5;
const LINE: f64 = 13.0;

/// What is written on a line.
pub struct Label {
    lines: Vec<String>,
    class: String,
}

pub fn measure(arrow: &Arrow, picture: &Picture, style: &Style) -> Label {
    let bare = if picture.lanes.is_empty() { " bare" } else { "" };
    let class = format!("{}{bare}", class(arrow, picture));
    Label { lines: arrow.label(&style.labels, picture.colour), class }
}

impl Label {
    /// Its width and height, if there is anything to write.
    pub fn size(&self) -> Option<(f64, f64)> {
        let widest = self.lines.iter().map(|line| width(line, FONT)).reduce(f64::max)?;
        Some(((widest + 8.0).ceil(), LINE * self.lines.len() as f64 + 4.0))
    }
}

/// The class that colours a line.
fn class(arrow: &Arrow, picture: &Picture) -> String {
    match (picture.colour, arrow.edge.change, arrow.edge.latency) {
        (Colour::Difference, Change::Added, _) => "added".to_owned(),
        (Colour::Difference, Change::Removed, _) => "removed".to_owned(),
        (Colour::Latency, _, Some(latency)) => match scale(picture) {
            Some((low, high)) => format!("t{}", step(latency.p50_micros, low, high)),
            None => String::new(),
        },
        _ => String::new(),
    }
}

/// The least and the greatest median latency, at least a microsecond.
pub fn scale(picture: &Picture) -> Option<(u64, u64)> {
    let latencies = picture.edges.iter().filter_map(|arrow| arrow.edge.latency);
    latencies.map(|latency| latency.p50_micros.max(1)).fold(None, |scale, own| match scale {
        None => Some((own, own)),
        Some((low, high)) => Some((low.min(own), high.max(own))),
    })
}

/// Which step of the scale, of equal ratios from low to high, a latency is on.
fn step(micros: u64, low: u64, high: u64) -> usize {
    let (ratio, all) = (micros.max(1) as f64 / low as f64, high as f64 / low as f64);
    if all <= 1.0 {
        return 0;
    }
    ((ratio.ln() / all.ln() * STEPS as f64) as usize).min(STEPS - 1)
}

pub fn draw(svg: &mut String, picture: &Picture, plan: &Plan, page: &Page) {
    let top = picture.top_count();
    let mut order: Vec<usize> = (0..picture.edges.len()).collect();
    // Heavy lines last, so that they lie above light ones.
    order.sort_by_key(|&at| (picture.edges[at].edge.count, at));
    for at in order {
        let arrow = &picture.edges[at];
        let width = stroke(arrow.weight(top));
        let class = class(arrow, picture);
        let (wire, tip) = path(&plan.routes[at], page, width);
        let _ = writeln!(
            svg,
            "<g class=\"edge {class}\"><title>{}</title><path class=\"wire\" \
             stroke-width=\"{}\" d=\"{wire}\"/><path class=\"tip\" d=\"{tip}\"/></g>",
            xml(&title(arrow, picture)),
            number(width)
        );
    }
}

/// How wide a line of this weight is.
pub fn stroke(weight: f64) -> f64 {
    1.3 + 4.2 * weight * weight
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
    if route.is_loop {
        let (out, home) = (page.point(points[1]), page.point(points[2]));
        let _ = write!(wire, "C{} {} {}", at(out), at(home), at(last));
        return (wire, tip);
    }
    for (nth, pair) in points.windows(2).enumerate() {
        let is_last = nth + 2 == points.len();
        let to = if is_last { last } else { page.point(pair[1]) };
        if (pair[0].across - pair[1].across).abs() < 0.05 {
            let _ = write!(wire, "L{}", at(to));
            continue;
        }
        // It leaves and comes in the direction of the flow.
        let bend = (pair[0].along + pair[1].along) / 2.0;
        let first = page.point(Point { along: bend, across: pair[0].across });
        let second = page.point(Point { along: bend, across: pair[1].across });
        let _ = write!(wire, "C{} {} {}", at(first), at(second), at(to));
    }
    (wire, tip)
}

/// What is shown while somebody points at a line.
fn title(arrow: &Arrow, picture: &Picture) -> String {
    let name = |at: usize| picture.nodes[at].name;
    let edge = arrow.edge;
    let mut title = format!("{} → {}", name(arrow.from), name(arrow.to));
    if let Some(count) = edge.count {
        let _ = write!(title, "\n{} times", text::count(count));
    }
    if let Some(share) = edge.share {
        let _ = write!(title, "\n{} of what leaves {}", text::share(share), name(arrow.from));
    }
    if let Some(latency) = edge.latency {
        let [p50, p95, p99] =
            [latency.p50_micros, latency.p95_micros, latency.p99_micros].map(text::duration);
        let _ = write!(title, "\np50 {p50}, p95 {p95}, p99 {p99}");
    }
    for (number, what) in [(edge.rejected, "refused"), (edge.retried, "tried again")] {
        if number > 0 {
            let _ = write!(title, "\n{} {what}", text::count(number));
        }
    }
    match edge.change {
        Change::None => {}
        Change::Added => title.push_str("\nadded"),
        Change::Removed => title.push_str("\nremoved"),
    }
    title
}
