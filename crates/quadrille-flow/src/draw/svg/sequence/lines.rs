//! Lines from causes to effects, and their tips.

use super::{
    items::{Form, Item},
    plan::{LOOP, Plan, is_next},
};
use crate::draw::{svg::page::number, text::xml};
use std::fmt::Write;

type Point = (f64, f64);

/// The line that leads to a row, if there is one.
pub fn draw(svg: &mut String, items: &[Item], plan: &Plan, at: usize) {
    let item = &items[at];
    match (item.form, item.line()) {
        (Form::Message, Some(class)) => across(svg, items, plan, at, class),
        (Form::Loop, Some(class)) => loop_back(svg, item, plan, at, class),
        (Form::Card, Some(class)) => across(svg, items, plan, at, class),
        (_, None) => down(svg, items, plan, at),
    }
}

/// From lane to lane.
fn across(svg: &mut String, items: &[Item], plan: &Plan, at: usize, class: &str) {
    let item = &items[at];
    let place = &plan.places[at];
    let (from, to) = (plan.lanes[item.from.unwrap_or(item.to)], plan.lanes[item.to]);
    let ahead = if from <= to { 1.0 } else { -1.0 };
    let half = if item.form == Form::Card { place.rect.width / 2.0 } else { 0.0 };
    let end = (to - ahead * half, place.y);
    let is_refused = class.ends_with("refused");
    let before = if is_refused { 9.0 } else { 6.0 };
    let wire =
        format!("M{}L{}", at_point((from, place.y)), at_point((end.0 - ahead * before, end.1)));
    let tip = match is_refused {
        true => cross((end.0 - ahead * 9.0, end.1)),
        false => tip(end, (ahead, 0.0)),
    };
    write(svg, class, item, &wire, &tip);
}

/// Out of a lane and back.
fn loop_back(svg: &mut String, item: &Item, plan: &Plan, at: usize, class: &str) {
    let (x, y) = (plan.lanes[item.to], plan.places[at].y);
    let (out, low) = (x + LOOP - 4.0, y + 20.0);
    let is_refused = class.ends_with("refused");
    let wire = format!(
        "M{}L{}Q{} {}L{}Q{} {}L{}",
        at_point((x, y)),
        at_point((out - 8.0, y)),
        at_point((out, y)),
        at_point((out, y + 8.0)),
        at_point((out, low - 8.0)),
        at_point((out, low)),
        at_point((out - 8.0, low)),
        at_point((x + if is_refused { 9.0 } else { 6.0 }, low)),
    );
    let tip = if is_refused { cross((x + 9.0, low)) } else { tip((x, low), (-1.0, 0.0)) };
    write(svg, class, item, &wire, &tip);
}

/// From what lies above in the same lane: on the lane where nothing lies in between, else past it.
fn down(svg: &mut String, items: &[Item], plan: &Plan, at: usize) {
    let item = &items[at];
    let Some(cause) = item.cause.filter(|cause| items[*cause].to == item.to) else { return };
    let (x, place, above) = (plan.lanes[item.to], &plan.places[at], &plan.places[cause]);
    if let Some(reach) = plan.hooks[at] {
        let side = x - reach;
        let begins = if items[cause].form == Form::Card { above.rect.x } else { x };
        let (high, low) =
            (if items[cause].form == Form::Card { above.y } else { above.bottom }, place.y);
        let end = (place.rect.x, low);
        let wire = format!(
            "M{}L{}Q{} {}L{}Q{} {}L{}",
            at_point((begins, high)),
            at_point((side + 5.0, high)),
            at_point((side, high)),
            at_point((side, high + 5.0)),
            at_point((side, low - 5.0)),
            at_point((side, low)),
            at_point((side + 5.0, low)),
            at_point((end.0 - 6.0, low)),
        );
        write(svg, "", item, &wire, &tip(end, (1.0, 0.0)));
    } else if is_next(items, cause, at) {
        let end = (x, place.top);
        let wire = format!("M{}L{}", at_point((x, above.bottom)), at_point((x, end.1 - 6.0)));
        write(svg, "", item, &wire, &tip(end, (0.0, 1.0)));
    }
}

fn write(svg: &mut String, class: &str, item: &Item, wire: &str, tip: &str) {
    let _ = writeln!(
        svg,
        "<g class=\"edge {class}\"><title>{}</title><path class=\"wire\" stroke-width=\"1.4\" \
         d=\"{wire}\"/><path class=\"tip\" d=\"{tip}\"/></g>",
        xml(&item.words.title)
    );
}

/// An arrow that ends at a point.
fn tip((x, y): Point, (ahead, down): Point) -> String {
    let corner =
        |aside: f64| at_point((x - 8.0 * ahead + aside * down, y - 8.0 * down + aside * ahead));
    format!("M{}L{}L{}Z", at_point((x, y)), corner(4.0), corner(-4.0))
}

/// A cross around a point.
fn cross((x, y): Point) -> String {
    let corners = [
        (-5.5, -4.0),
        (-4.0, -5.5),
        (0.0, -1.5),
        (4.0, -5.5),
        (5.5, -4.0),
        (1.5, 0.0),
        (5.5, 4.0),
        (4.0, 5.5),
        (0.0, 1.5),
        (-4.0, 5.5),
        (-5.5, 4.0),
        (-1.5, 0.0),
    ];
    let points = corners.map(|(right, below)| at_point((x + right, y + below)));
    format!("M{}Z", points.join("L"))
}

fn at_point((x, y): Point) -> String {
    format!("{} {}", number(x), number(y))
}
