//! Draws the plan as SVG.

mod edges;
mod legend;
mod nodes;
mod page;
pub mod sequence;

use super::{
    Direction, Style, Theme, colours,
    layout::{self, Band, Block, Link, Problem, Size},
    picture::{Lane, Picture},
    reading,
    text::{count, width, xml},
};
use page::{Page, Rect, number};
use std::fmt::Write;

/// Room around everything.
const MARGIN: f64 = 24.0;
/// Font sizes of the title, of what stands below it, and of a lane's name and its note.
const TITLE: f64 = 20.0;
const SUBTITLE: f64 = 13.0;
const LANE: f64 = 13.5;
const NOTE: f64 = 11.0;
/// Room for the heading of a lane above its boxes, and beside them.
const HEADING: f64 = 56.0;
const HEADING_ACROSS: f64 = 36.0;

pub fn draw(picture: &Picture, style: &Style) -> String {
    let boxes: Vec<nodes::Box> = picture.nodes.iter().map(nodes::measure).collect();
    let labels = edges::labels(picture, style);
    let problem = problem(picture, style, &boxes, &labels);
    let plan = layout::plan(&problem);

    let title = style.title.as_deref();
    let subtitle = subtitle(picture, style);
    let header = title.map_or(0.0, |_| 30.0) + subtitle.as_ref().map_or(0.0, |_| 24.0);
    let top = MARGIN + if header > 0.0 { header + 6.0 } else { 0.0 };
    let heading = if picture.lanes.is_empty() { 0.0 } else { HEADING };
    let page = Page::new(style.direction, &plan, MARGIN, top, heading);

    let text_width = title
        .map_or(0.0, |t| width(t, TITLE))
        .max(width(&subtitle.clone().unwrap_or_default(), SUBTITLE));
    let inner = page.width().max(text_width.min(1_400.0)).max(300.0);
    let bottom = page.bottom() + if picture.lanes.is_empty() { 8.0 } else { 20.0 };
    let legend = legend::draw(picture, MARGIN, bottom, inner);
    let (full_width, full_height) = (inner + 2.0 * MARGIN, legend.bottom + MARGIN);

    let mut svg = String::new();
    let frame = Frame {
        title: style.title.as_deref().unwrap_or("Flow graph"),
        description: &description(picture),
        more_rules: "",
        width: full_width,
        height: full_height,
    };
    begin(&mut svg, &frame, style.theme);
    let mut y = MARGIN;
    if let Some(title) = title {
        y += TITLE - 2.0;
        text(&mut svg, "title", MARGIN, y, title);
        y += 12.0;
    }
    if let Some(subtitle) = &subtitle {
        y += SUBTITLE - 1.0;
        text(&mut svg, "quiet subtitle", MARGIN, y, subtitle);
    }
    if picture.nodes.is_empty() {
        text(&mut svg, "quiet subtitle", MARGIN, top + 16.0, "There is nothing to draw.");
    }
    for (lane, &span) in picture.lanes.iter().zip(&plan.bands) {
        draw_lane(&mut svg, lane, page.band(span), style.direction);
    }
    edges::draw(&mut svg, picture, &plan, &page);
    for (at, drawn) in picture.nodes.iter().enumerate() {
        nodes::draw(&mut svg, drawn, &boxes[at], page.rect(plan.blocks[at]));
    }
    for (at, label) in labels.iter().enumerate() {
        if let Some(area) = plan.routes[at].label {
            edges::draw_label(&mut svg, label, page.rect(area));
        }
    }
    svg.push_str(&legend.svg);
    svg.push_str("</svg>\n");
    svg
}

fn problem(
    picture: &Picture,
    style: &Style,
    boxes: &[nodes::Box],
    labels: &[edges::Label],
) -> Problem {
    let turn = |width: f64, height: f64| match style.direction {
        Direction::Down => Size { along: height, across: width },
        Direction::Right => Size { along: width, across: height },
    };
    let busy = busy(picture);
    let blocks = picture.nodes.iter().zip(boxes).zip(&busy).map(|((drawn, own), &lines)| Block {
        size: match style.direction {
            Direction::Down => turn(own.width.max(lines_room(lines)), own.height),
            Direction::Right => turn(own.width, own.height.max(lines_room(lines))),
        },
        band: drawn.lane,
        lead: drawn.node.map_or(0, |node| {
            let few = |flows: u64| i64::try_from(flows).unwrap_or(i64::MAX).min(1 << 40);
            few(node.starts) - few(node.ends)
        }),
    });
    let links = picture.edges.iter().zip(labels).map(|(arrow, label)| Link {
        from: arrow.from,
        to: arrow.to,
        weight: arrow.edge.count.unwrap_or(1).max(1),
        label: label.size().map(|(width, height)| turn(width, height)),
    });
    let band = |lane: &Lane| match style.direction {
        Direction::Down => {
            let note = lane.note.as_deref().map_or(0.0, |note| width(note, NOTE));
            let least = width(&lane.name, LANE).max(note) + 48.0;
            Band { least, before: 22.0, after: 22.0 }
        }
        Direction::Right => Band { least: 0.0, before: HEADING_ACROSS, after: 18.0 },
    };
    let mut bands: Vec<Band> = picture.lanes.iter().map(band).collect();
    if bands.is_empty() {
        bands.push(Band { least: 0.0, before: 0.0, after: 0.0 });
    }
    Problem { blocks: blocks.collect(), links: links.collect(), bands }
}

/// How many lines leave each node or lead to it, whichever are more.
fn busy(picture: &Picture) -> Vec<usize> {
    let mut lines = vec![[0; 2]; picture.nodes.len()];
    for arrow in picture.edges.iter().filter(|arrow| arrow.from != arrow.to) {
        lines[arrow.from][0] += 1;
        lines[arrow.to][1] += 1;
    }
    lines.into_iter().map(|[leaving, coming]| leaving.max(coming)).collect()
}

/// How wide a box is so that this many lines can be told apart where they meet it.
fn lines_room(lines: usize) -> f64 {
    if lines < 2 { 0.0 } else { (lines as f64 * 9.0 + 18.0).min(240.0) }
}

/// What the style says, and what was left out.
fn subtitle(picture: &Picture, style: &Style) -> Option<String> {
    let parts: Vec<&str> =
        style.subtitle.as_deref().into_iter().chain(picture.left_out.as_deref()).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

/// What holds a picture.
struct Frame<'a> {
    title: &'a str,
    /// What somebody who cannot see the picture hears of it.
    description: &'a str,
    more_rules: &'a str,
    width: f64,
    height: f64,
}

fn begin(svg: &mut String, frame: &Frame<'_>, theme: Theme) {
    let (width, height) = (number(frame.width.ceil()), number(frame.height.ceil()));
    let class = match theme {
        Theme::Auto => "auto",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"quadrille-flow {class}\" role=\"img\" \
         width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <title>{}</title>\n<desc>{}</desc>\n<style>{}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n",
        xml(frame.title),
        xml(frame.description),
        colours::sheet(theme, frame.more_rules),
    );
}

/// What somebody who cannot see the picture hears of it.
fn description(picture: &Picture) -> String {
    let of = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        number => format!("{} {many}", count(number as u64)),
    };
    let mut words = format!(
        "A flow graph of {} and {}",
        of(picture.nodes.len(), "node", "nodes"),
        of(picture.edges.len(), "edge", "edges")
    );
    let kinds = picture.kinds().into_iter().map(|kind| {
        let number = picture.nodes.iter().filter(|drawn| drawn.kind() == kind).count();
        let (one, many) = reading::names(kind);
        of(number, one, many)
    });
    let kinds: Vec<String> = kinds.collect();
    if !kinds.is_empty() {
        let _ = write!(words, ": {}", kinds.join(", "));
    }
    words.push('.');
    if !picture.lanes.is_empty() {
        let lanes: Vec<&str> = picture.lanes.iter().map(|lane| lane.name.as_str()).collect();
        let _ = write!(words, " Lanes: {}.", lanes.join(", "));
    }
    if let Some(left_out) = &picture.left_out {
        let _ = write!(words, " {left_out}.");
    }
    words
}

fn draw_lane(svg: &mut String, lane: &Lane, rect: Rect, direction: Direction) {
    let _ = writeln!(
        svg,
        "<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\"/>",
        number(rect.x),
        number(rect.y),
        number(rect.width),
        number(rect.height)
    );
    let (x, y) = (rect.x + 18.0, rect.y + 24.0);
    text(svg, "lane-name", x, y, &lane.name);
    if let Some(note) = &lane.note {
        let (x, y) = match direction {
            Direction::Down => (x, y + 16.0),
            Direction::Right => (x + width(&lane.name, LANE) + 8.0, y),
        };
        text(svg, "quiet note", x, y, note);
    }
}

fn text(svg: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let (x, y, text) = (number(x), number(y), xml(text));
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
}
