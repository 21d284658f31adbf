//! What the shapes, widths and colours mean: only those that occur.

use super::{
    Picture, nodes,
    page::{Rect, number},
    text,
};
use crate::{
    draw::{Colour, colours::STEPS, reading, text as words},
    graph::{Change, Kind},
};
use std::fmt::Write;

const FONT: f64 = 11.0;
const ROW: f64 = 26.0;
const BETWEEN: f64 = 20.0;

/// The legend, and where it ends.
pub struct Legend {
    pub svg: String,
    pub bottom: f64,
}

/// Draws a sign from its left end, with its middle at a height.
type Sign = dyn Fn(&mut String, f64, f64);

/// A sign and what it means.
pub struct Key {
    width: f64,
    draw: Box<Sign>,
    name: String,
}

pub fn draw(picture: &Picture, left: f64, top: f64, room: f64) -> Legend {
    rows(keys(picture), left, top, room)
}

/// Keys beside one another, in as many rows as they need.
pub fn rows(keys: Vec<Key>, left: f64, top: f64, room: f64) -> Legend {
    let mut svg = String::new();
    let (mut x, mut y) = (left, top + ROW / 2.0);
    let any = !keys.is_empty();
    for key in keys {
        let width = key.width + 7.0 + words::width(&key.name, FONT);
        if x > left && x + width > left + room {
            (x, y) = (left, y + ROW);
        }
        (key.draw)(&mut svg, x, y);
        text(&mut svg, "key", x + key.width + 7.0, y + 4.0, &key.name);
        x += width + BETWEEN;
    }
    Legend { svg, bottom: if any { y + ROW / 2.0 } else { top } }
}

fn keys(picture: &Picture) -> Vec<Key> {
    let mut keys: Vec<Key> = picture.kinds().into_iter().map(kind).collect();
    let counts: Vec<u64> = picture.edges.iter().filter_map(|arrow| arrow.edge.count).collect();
    if let (Some(least), Some(most)) = (counts.iter().min(), counts.iter().max()) {
        keys.extend((least < most).then(|| widths(*least, *most)));
    }
    match picture.colour {
        Colour::Latency => keys.extend(reading::latencies(picture).map(latencies)),
        Colour::Difference => {
            let occurs = |change| {
                picture.edges.iter().any(|arrow| arrow.edge.change == change)
                    || picture.nodes.iter().any(|drawn| drawn.change() == change)
            };
            keys.extend(occurs(Change::Added).then(|| line("added", "added")));
            keys.extend(occurs(Change::Removed).then(|| line("removed", "removed")));
        }
        Colour::Auto | Colour::Plain => {}
    }
    keys
}

/// What a shape and its colour stand for.
pub fn kind(kind: Option<Kind>) -> Key {
    let (width, height) = (34.0, 20.0);
    let draw = move |svg: &mut String, x: f64, y: f64| {
        let _ = write!(svg, "<g class=\"{}\">", reading::class(kind));
        nodes::shape(svg, kind, Rect { x, y: y - height / 2.0, width, height });
        nodes::mark(svg, kind, x + (width - nodes::MARK) / 2.0, y - nodes::MARK / 2.0);
        svg.push_str("</g>\n");
    };
    Key { width, draw: Box::new(draw), name: reading::names(kind).0.to_owned() }
}

fn stroke(svg: &mut String, class: &str, (x, y): (f64, f64), length: f64, width: f64) {
    let _ = writeln!(
        svg,
        "<g class=\"{class}\"><path class=\"wire\" stroke-width=\"{}\" d=\"M{} {}h{}\"/></g>",
        number(width),
        number(x),
        number(y),
        number(length)
    );
}

/// What a line stands for.
pub fn line(class: &'static str, name: &str) -> Key {
    let draw = move |svg: &mut String, x: f64, y: f64| stroke(svg, class, (x, y), 30.0, 2.4);
    Key { width: 30.0, draw: Box::new(draw), name: name.to_owned() }
}

/// The width of lines says how often they were seen.
fn widths(least: u64, most: u64) -> Key {
    let draw = move |svg: &mut String, x: f64, y: f64| {
        let weight = (1.0 + least as f64).ln() / (1.0 + most as f64).ln();
        for (at, weight) in [weight, (weight + 1.0) / 2.0, 1.0].into_iter().enumerate() {
            stroke(svg, "", (x + 18.0 * at as f64, y), 15.0, reading::stroke(weight));
        }
    };
    let name = format!("seen {} to {} times", words::count(least), words::count(most));
    Key { width: 51.0, draw: Box::new(draw), name }
}

/// The colour of lines says how long the effect took.
fn latencies((low, high): (u64, u64)) -> Key {
    let draw = |svg: &mut String, x: f64, y: f64| {
        for step in 0..STEPS {
            stroke(svg, &format!("t{step}"), (x + 16.0 * step as f64, y), 16.0, 6.0);
        }
    };
    let (low, high) = (words::duration(low), words::duration(high));
    let name = if low == high { format!("p50 {low}") } else { format!("p50 {low} to {high}") };
    Key { width: 16.0 * STEPS as f64, draw: Box::new(draw), name }
}
