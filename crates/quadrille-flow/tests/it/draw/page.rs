//! An SVG picture as it is seen: boxes, lanes, labels and lines at their places.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use std::collections::BTreeMap;

/// A rectangle of the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rect {
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// A line: points on its way from its beginning to its tip.
#[derive(Debug)]
pub struct Line {
    pub title: String,
    pub points: Vec<(f64, f64)>,
    /// Where its arrow points.
    pub tip: (f64, f64),
}

/// What is seen in a picture.
#[derive(Debug, Default)]
pub struct Page {
    pub width: f64,
    pub height: f64,
    /// The boxes with what is shown while somebody points at them.
    pub boxes: Vec<(String, Rect)>,
    pub lanes: Vec<Rect>,
    pub labels: Vec<Rect>,
    pub lines: Vec<Line>,
    /// All texts, with their classes.
    pub texts: Vec<(String, String)>,
}

impl Rect {
    fn around(points: &[(f64, f64)]) -> Self {
        let fold = |at: fn(&(f64, f64)) -> f64, start, best: fn(f64, f64) -> f64| {
            points.iter().map(at).fold(start, best)
        };
        Self {
            left: fold(|p| p.0, f64::INFINITY, f64::min),
            top: fold(|p| p.1, f64::INFINITY, f64::min),
            right: fold(|p| p.0, f64::NEG_INFINITY, f64::max),
            bottom: fold(|p| p.1, f64::NEG_INFINITY, f64::max),
        }
    }

    /// Whether they share more than a border, which rounding may move.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.left + 0.2 < other.right
            && other.left + 0.2 < self.right
            && self.top + 0.2 < other.bottom
            && other.top + 0.2 < self.bottom
    }

    pub fn holds(&self, other: &Self) -> bool {
        self.left <= other.left + 0.2
            && self.top <= other.top + 0.2
            && self.right + 0.2 >= other.right
            && self.bottom + 0.2 >= other.bottom
    }

    pub fn has(&self, (x, y): (f64, f64), border: f64) -> bool {
        let inside = |low: f64, at: f64, high: f64| low + border < at && at < high - border;
        inside(self.left, x, self.right) && inside(self.top, y, self.bottom)
    }
}

/// Reads a picture; it must be well-formed.
pub fn read(svg: &str) -> Page {
    let mut page = Page::default();
    let mut reader = Reader::from_str(svg);
    reader.config_mut().check_end_names = true;
    // The classes of the groups around, the title of the innermost, and the text that is read.
    let (mut groups, mut title, mut text) = (vec![String::new()], String::new(), None);
    loop {
        match reader.read_event().expect("the picture is well-formed") {
            Event::Start(start) => match start.name().as_ref() {
                "svg" => {
                    let all = attributes(&start);
                    (page.width, page.height) = (number(&all["width"]), number(&all["height"]));
                }
                "g" => groups.push(attributes(&start).remove("class").unwrap_or_default()),
                "text" => {
                    let class = attributes(&start).remove("class").unwrap_or_default();
                    text = Some((class, String::new()));
                }
                "title" => text = Some(("tooltip".to_owned(), String::new())),
                _ => {}
            },
            Event::Empty(empty) => {
                let group = groups.last().expect("there is one").clone();
                let name = empty.name().as_ref().to_owned();
                page.shape(&name, &attributes(&empty), &group, &title);
            }
            Event::Text(part) => {
                if let Some((_, text)) = &mut text {
                    text.push_str(&part);
                }
            }
            Event::GeneralRef(name) => {
                if let Some((_, text)) = &mut text {
                    let letter = match &*name {
                        "amp" => '&',
                        "lt" => '<',
                        "gt" => '>',
                        "quot" => '"',
                        "#39" => '\'',
                        other => panic!("an unknown entity: {other}"),
                    };
                    text.push(letter);
                }
            }
            Event::End(end) => match end.name().as_ref() {
                "g" => drop(groups.pop()),
                "title" => title = text.take().expect("a title was begun").1,
                "text" => page.texts.extend(text.take()),
                _ => {}
            },
            Event::Eof => return page,
            _ => {}
        }
    }
}

fn attributes(start: &BytesStart) -> BTreeMap<String, String> {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.expect("a well-formed attribute");
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        (key, value.expect("a well-formed value").into_owned())
    });
    attributes.collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

impl Page {
    fn shape(&mut self, name: &str, all: &BTreeMap<String, String>, group: &str, title: &str) {
        let class = all.get("class").map(String::as_str).unwrap_or_default();
        let path = || steps(&all["d"]);
        match (name, class) {
            ("rect", "lane") => self.lanes.push(rect(all)),
            ("rect", "plate") => self.labels.push(rect(all)),
            (_, "shape") if group.starts_with("node") => {
                let own = match name {
                    "rect" => rect(all),
                    "polygon" => {
                        let points = all["points"].split(' ').map(|point| {
                            let (x, y) = point.split_once(',').unwrap();
                            (number(x), number(y))
                        });
                        Rect::around(&points.collect::<Vec<_>>())
                    }
                    _ => cylinder(&all["d"]),
                };
                self.boxes.push((title.to_owned(), own));
            }
            ("path", "wire") if group.starts_with("edge") => {
                let line = Line { title: title.to_owned(), points: path(), tip: (0.0, 0.0) };
                self.lines.push(line);
            }
            ("path", "tip") => self.lines.last_mut().expect("a line has a tip").tip = path()[0],
            _ => {}
        }
    }
}

fn rect(all: &BTreeMap<String, String>) -> Rect {
    let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(&all[name]));
    Rect { left: x, top: y, right: x + width, bottom: y + height }
}

/// The numbers of a path, by its commands.
fn commands(path: &str) -> Vec<(char, Vec<f64>)> {
    let mut commands = Vec::new();
    for part in path.split_inclusive(|c: char| c.is_ascii_alphabetic()) {
        let numbers = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        if let Some((_, last)) = commands.last_mut() {
            *last = numbers.split_whitespace().map(number).collect::<Vec<_>>();
        }
        if let Some(letter) = part.chars().last().filter(char::is_ascii_alphabetic) {
            commands.push((letter, Vec::new()));
        }
    }
    commands
}

/// Points along a path of lines and curves.
fn steps(path: &str) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (command, n) in commands(path) {
        match command {
            'M' | 'L' => {
                let to = (n[0], n[1]);
                let from = points.last().copied().unwrap_or(to);
                points.extend((1..=20).map(|at| mix(from, to, f64::from(at) / 20.0)));
            }
            'C' => {
                let from = *points.last().expect("a curve begins somewhere");
                let (a, b, to) = ((n[0], n[1]), (n[2], n[3]), (n[4], n[5]));
                for at in 1..=40 {
                    let at = f64::from(at) / 40.0;
                    let (ab, bc, cd) = (mix(from, a, at), mix(a, b, at), mix(b, to, at));
                    points.push(mix(mix(ab, bc, at), mix(bc, cd, at), at));
                }
            }
            'Q' => {
                let from = *points.last().expect("a curve begins somewhere");
                let (a, to) = ((n[0], n[1]), (n[2], n[3]));
                for at in 1..=20 {
                    let at = f64::from(at) / 20.0;
                    points.push(mix(mix(from, a, at), mix(a, to, at), at));
                }
            }
            'Z' => {}
            other => panic!("an unknown command: {other}"),
        }
    }
    points
}

fn mix(from: (f64, f64), to: (f64, f64), at: f64) -> (f64, f64) {
    (from.0 + (to.0 - from.0) * at, from.1 + (to.1 - from.1) * at)
}

/// Around a cylinder: `M left top A … right top V bottom A … left bottom Z`.
fn cylinder(path: &str) -> Rect {
    let commands = commands(path);
    let (start, arc) = (&commands[0].1, &commands[1].1);
    let (flat, bottom) = (arc[1], commands[2].1[0]);
    Rect { left: start[0], top: start[1] - flat, right: arc[5], bottom: bottom + flat }
}
