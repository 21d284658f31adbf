//! Where everything lies.
//!
//! Every row has a height of its own, so that nothing meets anything of another row but the lines
//! that lead down. Lanes are as far apart as what stands between them needs.

use super::items::{Form, Item};
use crate::{
    draw::{svg::page::Rect, text::width},
    trace::{duration, sequence::Lane},
};

/// The height of a lane's name.
pub const HEAD: f64 = 34.0;
/// Room for the arrow that a lane sends itself.
pub const LOOP: f64 = 30.0;
/// The least distance of two lanes.
const APART: f64 = 120.0;
/// Room between what belongs to one lane and the line of another.
const CLEAR: f64 = 14.0;
/// Between two lines at the side of a lane.
const TRACK: f64 = 7.0;

pub struct Plan {
    /// The middle of each lane.
    pub lanes: Vec<f64>,
    /// The width of each lane's name.
    pub heads: Vec<f64>,
    pub places: Vec<Place>,
    /// For each row how far at the left of its lane a line comes from its cause above, if not on
    /// the lane itself.
    pub hooks: Vec<Option<f64>>,
    /// Where time passes in which nothing happens, and how much.
    pub pauses: Vec<(f64, String)>,
    /// Where times end.
    pub times: f64,
    pub right: f64,
    pub bottom: f64,
}

/// Where a row lies.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// The card, or the label of the message.
    pub rect: Rect,
    /// Where lines come from the side.
    pub y: f64,
    /// Where a line down the lane comes to it, and where one leaves.
    pub top: f64,
    pub bottom: f64,
}

impl Plan {
    pub fn new(lanes: &[Lane<'_>], items: &[Item], left: f64, top: f64) -> Self {
        let heads: Vec<f64> =
            lanes.iter().map(|lane| (width(lane.name(), 13.5) + 32.0).max(84.0)).collect();
        let mut passed = Passed::new(items);
        let later: Vec<_> = items.iter().map(|item| passed.pause_before(item)).collect();
        let times = items.iter().filter_map(|item| item.time.as_ref());
        let times = times.chain(later.iter().flatten()).map(|time| width(time, 11.0));
        let times = left + times.fold(0.0, f64::max);
        let sides = Sides::new(lanes.len(), items);
        let lanes = middles(&heads, items, &sides, times + 14.0);
        let right = right(&lanes, &heads, items, &sides);
        let (mut y, mut places, mut pauses) = (top + HEAD + 18.0, Vec::new(), Vec::new());
        for (item, later) in items.iter().zip(later) {
            if let Some(later) = later {
                pauses.push((y + 6.0, later));
                y += 26.0;
            }
            let place = place(item, &lanes, &sides, y);
            y = place.bottom + if item.form == Form::Card { 14.0 } else { 15.0 };
            places.push(place);
        }
        let hooks = sides.hooks;
        Self { lanes, heads, places, hooks, pauses, times, right, bottom: y + 4.0 }
    }
}

/// How far each lane reaches to its sides.
struct Sides {
    /// Half of its widest card.
    cards: Vec<f64>,
    /// How far lines reach that lead past its cards at the left; 0 where there are none.
    lines: Vec<f64>,
    hooks: Vec<Option<f64>>,
}

impl Sides {
    fn new(lanes: usize, items: &[Item]) -> Self {
        let mut cards = vec![0.0_f64; lanes];
        for item in items.iter().filter(|item| item.form == Form::Card) {
            cards[item.to] = cards[item.to].max(item.words.card().0 / 2.0);
        }
        let (mut lines, mut hooks) = (vec![0.0_f64; lanes], vec![None; items.len()]);
        // For each lane and track the row down to which it is taken.
        let mut tracks: Vec<Vec<usize>> = vec![Vec::new(); lanes];
        for (at, item) in items.iter().enumerate() {
            let Some(cause) = hooked(items, at) else { continue };
            let own = &mut tracks[item.to];
            let track = own.iter().position(|until| *until <= cause).unwrap_or(own.len());
            if track == own.len() {
                own.push(at);
            }
            own[track] = at;
            let reach = cards[item.to] + 9.0 + TRACK * track as f64;
            hooks[at] = Some(reach);
            lines[item.to] = lines[item.to].max(reach);
        }
        Self { cards, lines, hooks }
    }

    fn left(&self, lane: usize) -> f64 {
        self.cards[lane].max(self.lines[lane])
    }
}

/// The cause of a card that lies in its lane, where something else lies in between.
fn hooked(items: &[Item], at: usize) -> Option<usize> {
    let item = &items[at];
    let cause = item.cause.filter(|_| item.form == Form::Card && item.from == Some(item.to))?;
    (items[cause].to == item.to && !is_next(items, cause, at)).then_some(cause)
}

/// Whether nothing lies in the lane between two rows of it.
pub fn is_next(items: &[Item], above: usize, at: usize) -> bool {
    items[above + 1..at].iter().all(|between| between.to != items[at].to)
}

fn middles(heads: &[f64], items: &[Item], sides: &Sides, left: f64) -> Vec<f64> {
    // What has to fit between each lane and the next.
    let mut between = vec![0.0_f64; heads.len()];
    for item in items {
        let text = item.words.text_width() + 8.0;
        let (lane, room) = match (item.form, item.from) {
            (Form::Card, _) => continue,
            (Form::Message, Some(from)) if from > item.to => (from - 1, text + 36.0),
            (Form::Message, from) => (from.unwrap_or(item.to), text + 36.0),
            (Form::Loop, _) => (item.to, LOOP + text + 22.0),
        };
        between[lane] = between[lane].max(room);
    }
    let mut middles: Vec<f64> = Vec::with_capacity(heads.len());
    for (at, head) in heads.iter().enumerate() {
        let Some((before, &x)) = at.checked_sub(1).zip(middles.last()) else {
            middles.push(left + (head / 2.0).max(sides.left(at)));
            continue;
        };
        let past = if sides.lines[at] > 0.0 { sides.cards[before] } else { 0.0 };
        let apart = [
            APART,
            (heads[before] + head) / 2.0 + 16.0,
            sides.cards[before] + CLEAR,
            sides.left(at) + CLEAR,
            sides.lines[at] + past + CLEAR,
            between[before] + sides.lines[at],
        ];
        middles.push(x + apart.into_iter().fold(0.0, f64::max).ceil());
    }
    middles
}

fn right(lanes: &[f64], heads: &[f64], items: &[Item], sides: &Sides) -> f64 {
    let lanes_end = lanes.iter().zip(heads).zip(&sides.cards);
    let lanes_end = lanes_end.map(|((x, head), card)| x + (head / 2.0).max(*card));
    let loops = items.iter().filter(|item| item.form == Form::Loop);
    let loops = loops.map(|item| lanes[item.to] + LOOP + item.words.text_width() + 16.0);
    lanes_end.chain(loops).fold(0.0, f64::max)
}

fn place(item: &Item, lanes: &[f64], sides: &Sides, top: f64) -> Place {
    let x = lanes[item.to];
    if item.form == Form::Card {
        let (width, height) = item.words.card();
        let rect = Rect { x: x - width / 2.0, y: top, width, height };
        return Place { rect, y: top + height / 2.0, top, bottom: top + height };
    }
    let (width, height) = (item.words.text_width() + 8.0, item.words.inner() + 3.0);
    if item.form == Form::Loop {
        let tall = height.max(20.0);
        let rect = Rect { x: x + LOOP + 6.0, y: top + (tall - height) / 2.0, width, height };
        let (begin, end) = (top + tall / 2.0 - 10.0, top + tall / 2.0 + 10.0);
        return Place { rect, y: begin, top: begin, bottom: end.max(top + tall - 4.0) };
    }
    // The label stands beside the lane that sends.
    let from = item.from.unwrap_or(item.to);
    let gap = if from > item.to { from - 1 } else { from };
    let (begin, end) = match lanes.get(gap + 1) {
        Some(next) => (lanes[gap], next - sides.lines[gap + 1]),
        None => (lanes[gap], lanes[gap] + width),
    };
    let rect = Rect { x: (begin + end - width) / 2.0, y: top, width, height };
    let y = top + height + 6.0;
    Place { rect, y, top: y, bottom: y }
}

/// How time passes from row to row.
struct Passed {
    all: u64,
    last: Option<u64>,
}

impl Passed {
    fn new(items: &[Item]) -> Self {
        Self { all: items.iter().filter_map(|item| item.at).max().unwrap_or(0), last: None }
    }

    /// How much later a row is, where that is a good part of the whole.
    fn pause_before(&mut self, item: &Item) -> Option<String> {
        let at = item.at?;
        let since = self.last.map(|last| at.saturating_sub(last));
        self.last = self.last.max(Some(at));
        let since =
            since.filter(|since| *since >= 1_000_000 && since.saturating_mul(20) >= self.all);
        since.map(|since| format!("{} later", duration(since)))
    }
}
