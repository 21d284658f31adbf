//! A flow on an axis of time.

mod axis;
mod spans;

use super::{
    DeadlineState, Elapsed, Node, Trace, TreeStyle, What, duration,
    sequence::in_order,
    words::{Ink, Line, describe, draw, lagging, sign},
};
use axis::Axis;
use spans::{Span, spans};

/// Columns of the time in front.
const TIME: usize = 12;
/// Columns of a page whose width is not told.
const PAGE: usize = 100;

impl Trace {
    /// The flow on an axis of time: each thing with a bar from its cause to itself, in the order of
    /// the log. Where the times lie so far apart that a straight axis would show them in one place,
    /// it is not straight: each gap is as wide as its logarithm, and a line above says so. A deadline
    /// has a bar until it is due.
    pub fn timeline(&self, style: TreeStyle) -> String {
        let mut text = String::new();
        for line in self.header() {
            draw(&mut text, line, style);
        }
        let spans = spans(self);
        let page = style.width.unwrap_or(PAGE);
        let width = (page.saturating_sub(TIME + 2) * 2 / 5).clamp(20, 80);
        let axis = Axis::new(spans.iter().flat_map(|span| [span.from, span.to]), width);
        draw(&mut text, vec![(Ink::Dim, axis.about())], style);
        let labels = format!("{:>TIME$}  {}", "+start", axis.labels());
        draw(&mut text, vec![(Ink::Dim, labels)], style);
        let scale = format!("{:TIME$}  {}", "", axis.scale());
        draw(&mut text, vec![(Ink::Dim, scale)], style);
        for at in in_order(&self.nodes) {
            let mut line = vec![(Ink::Dim, self.since(&self.nodes[at]))];
            bar(&self.nodes[at], spans[at], &axis, &mut line);
            line.push((Ink::Plain, "  ".into()));
            describe(&self.nodes[at], None, &mut line);
            draw(&mut text, line, style);
        }
        for model in &self.lagging {
            let mut line = vec![(Ink::Dim, " ".repeat(TIME + axis.width() + 4))];
            line.extend(lagging(model));
            draw(&mut text, line, style);
        }
        text
    }

    fn since(&self, node: &Node) -> String {
        let began = self.began_at.zip(node.at);
        let since = began.map(|(began, at)| duration(Elapsed::between(began, at).micros));
        format!("{:>TIME$}  ", since.unwrap_or_default())
    }
}

/// The bar of a node, with its sign at the end.
fn bar(node: &Node, span: Span, axis: &Axis, line: &mut Line) {
    let mut cells = vec![(' ', Ink::Dim); axis.width()];
    axis.ticks().for_each(|at| cells[at].0 = '┊');
    let (from, to) = (axis.column(span.from), axis.column(span.to));
    let is_waiting = match &node.what {
        What::Deadline(deadline) => deadline.state == DeadlineState::Open,
        What::Command(command) => command.outcome == super::Outcome::Delayed,
        _ => false,
    };
    let stroke = if is_waiting { '┄' } else { '─' };
    cells[from..to].fill((stroke, Ink::Plain));
    cells[from] = ('├', Ink::Plain);
    cells[to] = sign(node);
    for run in cells.chunk_by(|a, b| a.1 == b.1) {
        line.push((run[0].1, run.iter().map(|cell| cell.0).collect()));
    }
}
