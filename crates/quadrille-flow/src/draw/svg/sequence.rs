//! Draws one flow as a sequence diagram.

mod items;
mod lines;
mod plan;
mod words;

use super::{
    Frame, MARGIN, SUBTITLE, TITLE, begin, legend, nodes,
    page::{Rect, number},
    text,
};
use crate::{
    draw::{
        Style,
        sequence::titles,
        text::{width, xml},
    },
    graph::Kind,
    trace::{
        Trace,
        sequence::{Lane, Sequence},
    },
};
use items::{Form, Item};
use plan::{HEAD, Place, Plan};
use std::fmt::Write;
use words::Words;

const RULES: &str = "
.quadrille-flow .lifeline{stroke:var(--lane-line);stroke-width:1.6;stroke-dasharray:5 4}
.quadrille-flow .head{font-size:13.5px;font-weight:700;text-anchor:middle}
.quadrille-flow .time{font-size:11px;fill:var(--quiet);text-anchor:end}
.quadrille-flow .later{font-size:11px;fill:var(--quiet);font-style:italic;text-anchor:end}
.quadrille-flow .pause{stroke:var(--lane-line);stroke-dasharray:1 5;stroke-width:2;\
stroke-linecap:round}
.quadrille-flow .sent .wire{stroke:var(--command);stroke-width:1.8}
.quadrille-flow .sent .tip{fill:var(--command)}
.quadrille-flow .open .wire{stroke-dasharray:7 4}
.quadrille-flow .refused .wire{stroke:var(--removed)}
.quadrille-flow .refused .tip{fill:var(--removed)}
.quadrille-flow .undoing .wire{stroke:var(--event)}
.quadrille-flow .undoing .tip{fill:var(--event)}
.quadrille-flow .read .wire{stroke-dasharray:2 4;stroke-width:1.8;stroke-linecap:round}
.quadrille-flow .message{font-size:12.5px;text-anchor:middle}
.quadrille-flow .figures.bad,.quadrille-flow .label.bad{fill:var(--removed)}
.quadrille-flow .figures.warn,.quadrille-flow .label.warn{fill:var(--deadline)}
.quadrille-flow .parked .shape{fill:var(--deadline-fill);stroke:var(--removed)}
.quadrille-flow .parked .mark{stroke:var(--removed)}
.quadrille-flow .marked .shape{stroke-width:3}
";

pub fn draw(trace: &Trace, style: &Style) -> String {
    let sequence = Sequence::new(trace);
    let items = items::items(trace, &sequence);
    let (title, subtitle) = titles(trace, style);
    let top = MARGIN + 60.0;
    let plan = Plan::new(&sequence.lanes, &items, MARGIN, top);
    let titles = width(&title, TITLE).max(width(&subtitle, SUBTITLE)).min(1_400.0);
    let inner = (plan.right - MARGIN).max(titles).max(300.0);
    let legend = legend::rows(keys(&items), MARGIN, plan.bottom + 14.0, inner);

    let mut svg = String::new();
    let frame = Frame {
        title: &title,
        description: &description(&sequence, &subtitle),
        more_rules: RULES,
        width: inner + 2.0 * MARGIN,
        height: legend.bottom + MARGIN,
    };
    begin(&mut svg, &frame, style.theme);
    text(&mut svg, "title", MARGIN, MARGIN + TITLE - 2.0, &title);
    text(&mut svg, "quiet subtitle", MARGIN, MARGIN + TITLE + 22.0, &subtitle);
    if items.is_empty() {
        text(&mut svg, "quiet subtitle", MARGIN, top + 16.0, "There is nothing to draw.");
    }
    svg.push_str("<g class=\"bare\">\n");
    lifelines(&mut svg, &sequence.lanes, &plan, top);
    for (y, later) in &plan.pauses {
        pause(&mut svg, &plan, *y, later);
    }
    for at in 0..items.len() {
        lines::draw(&mut svg, &items, &plan, at);
    }
    let mut said = None;
    for (item, place) in items.iter().zip(&plan.places) {
        match item.form {
            Form::Card => card(&mut svg, item, place),
            Form::Message | Form::Loop => label(&mut svg, &item.words, place),
        }
        if let Some(time) = item.time.as_ref().filter(|time| said != Some(*time)) {
            text(&mut svg, "time", plan.times, place.y + 4.0, time);
            said = Some(time);
        }
    }
    svg.push_str("</g>\n");
    svg.push_str(&legend.svg);
    svg.push_str("</svg>\n");
    svg
}

fn description(sequence: &Sequence<'_>, subtitle: &str) -> String {
    let lanes: Vec<&str> = sequence.lanes.iter().map(Lane::name).collect();
    format!("A sequence diagram of one flow: {subtitle}. Lanes: {}.", lanes.join(", "))
}

/// The lanes: a name above, and a line down to the bottom.
fn lifelines(svg: &mut String, lanes: &[Lane<'_>], plan: &Plan, top: f64) {
    for ((lane, &x), &wide) in lanes.iter().zip(&plan.lanes).zip(&plan.heads) {
        let bottom = plan.bottom;
        let _ = writeln!(
            svg,
            "<path class=\"lifeline\" d=\"M{x} {}L{x} {}\"/>",
            number(top + HEAD),
            number(bottom),
            x = number(x)
        );
        let radius = if matches!(lane, Lane::Outside(_)) { HEAD / 2.0 } else { 8.0 };
        let _ = writeln!(
            svg,
            "<rect class=\"lane\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"/>",
            number(x - wide / 2.0),
            number(top),
            number(wide),
            number(HEAD),
            number(radius)
        );
        text(svg, "head", x, top + HEAD / 2.0 + 5.0, lane.name());
    }
}

/// Time in which nothing happens.
fn pause(svg: &mut String, plan: &Plan, y: f64, later: &str) {
    let _ = writeln!(
        svg,
        "<path class=\"pause\" d=\"M{} {y}L{} {y}\"/>",
        number(plan.times + 10.0),
        number(plan.right),
        y = number(y)
    );
    text(svg, "later", plan.times, y + 4.0, later);
}

/// What happened in a lane.
fn card(svg: &mut String, item: &Item, place: &Place) {
    let words = &item.words;
    let Rect { x, y, height, .. } = place.rect;
    let marked = if item.is_marked { " marked" } else { "" };
    let _ = write!(
        svg,
        "<g class=\"node {}{marked}\"><title>{}</title>",
        words.class,
        xml(&words.title)
    );
    nodes::shape(svg, words.kind, place.rect);
    let middle = y + height / 2.0 + words.lid() / 2.0;
    let (left, top) = (x + words::SIDE, middle - nodes::MARK / 2.0);
    match words.kind {
        Some(_) => nodes::mark(svg, words.kind, left, top),
        // A stop.
        None => {
            let _ = write!(
                svg,
                "<path class=\"mark\" transform=\"translate({} {})\" d=\"M4.5 2.5v9M9.5 2.5v9\"/>",
                number(left),
                number(top)
            );
        }
    }
    let left = left + nodes::MARK + words::AFTER_MARK;
    let mut baseline = middle - words.inner() / 2.0 + 11.5;
    for line in &words.names {
        text(svg, "name", left, baseline, line);
        baseline += words::NAME_LINE;
    }
    for (tone, line) in &words.details {
        text(svg, &format!("figures{}", tone.class()), left, baseline - 0.5, line);
        baseline += words::DETAIL_LINE;
    }
    svg.push_str("</g>\n");
}

/// What is written above a message, or beside one that a lane sends itself.
fn label(svg: &mut String, words: &Words, place: &Place) {
    let Rect { x, y, width, height } = place.rect;
    let _ = write!(
        svg,
        "<g><title>{}</title><rect class=\"plate\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
         rx=\"3\"/>",
        xml(&words.title),
        number(x),
        number(y),
        number(width),
        number(height)
    );
    let middle = x + width / 2.0;
    let mut baseline = y + 12.5;
    for line in &words.names {
        text(svg, "message", middle, baseline, line);
        baseline += words::NAME_LINE;
    }
    for (tone, line) in &words.details {
        text(svg, &format!("label{}", tone.class()), middle, baseline - 1.5, line);
        baseline += words::DETAIL_LINE;
    }
    svg.push_str("</g>\n");
}

/// What lines and shapes mean: only those that occur.
fn keys(items: &[Item]) -> Vec<legend::Key> {
    let mut keys = Vec::new();
    let mut line = |class: &'static str, name: &str| {
        if items.iter().any(|item| item.line() == Some(class)) {
            keys.push(legend::line(class, name));
        }
    };
    line("sent", "command");
    line("sent refused", "refused");
    line("sent undoing", "compensating");
    line("sent open", "no outcome yet");
    line("read", "was read by");
    let kinds = [Kind::Event, Kind::Reaction, Kind::Process, Kind::Deadline, Kind::Projector];
    for kind in kinds {
        let is_card = |item: &&Item| matches!(item.form, Form::Card);
        if items.iter().filter(is_card).any(|item| item.words.kind == Some(kind)) {
            keys.push(legend::kind(Some(kind)));
        }
    }
    keys
}
