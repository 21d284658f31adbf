//! How the things of a flow read in a terminal, whatever is drawn around them.

use super::{
    CommandNode, DeadlineNode, DeadlineState, Lagging, Node, Outcome, ParkedNode, StepNode,
    TreeStyle, What,
};
use crate::text::printable;
use chrono::{DateTime, SecondsFormat, Utc};
use quadrille_core::journal::Resolution;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What a piece of text looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Plain,
    Dim,
    Bold,
    Green,
    Cyan,
    Yellow,
    Red,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Dim => "\x1b[2m",
            Self::Bold => "\x1b[1m",
            Self::Green => "\x1b[32m",
            Self::Cyan => "\x1b[36m",
            Self::Yellow => "\x1b[33m",
            Self::Red => "\x1b[31m",
        }
    }
}

/// A line in pieces.
pub(super) type Line = Vec<(Ink, String)>;

/// The sign of a node, where it stands without words. A command that was refused is crossed.
pub(super) fn sign(node: &Node) -> (char, Ink) {
    match &node.what {
        What::Command(CommandNode { outcome: Outcome::Rejected { .. }, .. }) => ('✗', Ink::Red),
        What::Command(_) => ('▶', Ink::Bold),
        What::Recorded { .. } => ('▷', Ink::Dim),
        What::Event(_) => ('●', Ink::Green),
        What::Reaction { .. } => ('◇', Ink::Cyan),
        What::Step(_) => ('◆', Ink::Cyan),
        What::Deadline(_) => ('◷', Ink::Yellow),
        What::Parked(_) => ('■', Ink::Red),
    }
}

/// The sign of a read model.
pub(super) const MODEL: (char, Ink) = ('▤', Ink::Cyan);

/// Tells what a node is; an event in the stream of what stands above it does not name it again.
pub(super) fn describe(node: &Node, above: Option<&What>, line: &mut Line) {
    match &node.what {
        What::Command(command) => describe_command(command, node, line),
        What::Recorded { stream } => {
            line.push((Ink::Dim, "▷ ".into()));
            line.push((Ink::Bold, stream.to_string()));
            line.push((Ink::Dim, "  recorded without a command".into()));
        }
        What::Event(event) => {
            let in_same_stream = match above {
                Some(What::Command(command)) => command.to == event.stream,
                Some(What::Recorded { stream }) => *stream == event.stream,
                _ => false,
            };
            line.push((Ink::Green, format!("● {}", event.event_type)));
            let stream = if in_same_stream { String::new() } else { event.stream.to_string() };
            line.push((Ink::Dim, format!("  {stream}#{}", event.version)));
            if let Some(problem) = &event.unreadable {
                line.push((Ink::Red, format!("  unreadable: {problem}")));
            }
        }
        What::Reaction { name } => {
            line.push((Ink::Cyan, format!("◇ {name}")));
            line.push((Ink::Dim, "  reaction".into()));
        }
        What::Step(step) => describe_step(step, line),
        What::Deadline(deadline) => describe_deadline(deadline, line),
        What::Parked(parked) => describe_parked(parked, line),
    }
    if node.marked {
        line.push((Ink::Bold, "  ◀ asked for".into()));
    }
}

/// What a node is, as plain text.
pub(crate) fn plain(node: &Node) -> String {
    let mut line = Line::new();
    describe(node, None, &mut line);
    line.into_iter().map(|(_, part)| part).collect()
}

/// Tells of a read model that has not caught up.
pub(super) fn lagging(model: &Lagging) -> Line {
    vec![
        (Ink::Cyan, format!("▤ {}", model.name)),
        (Ink::Dim, format!(" v{}", model.version)),
        (Ink::Yellow, format!("  {}", model.missing())),
    ]
}

fn describe_command(command: &CommandNode, node: &Node, line: &mut Line) {
    line.push((Ink::Bold, format!("▶ {}", command.name)));
    line.push((Ink::Dim, format!(" → {}", command.to)));
    if let (None, Some(actor)) = (node.parent, &command.actor) {
        line.push((Ink::Dim, format!("  by {actor}")));
    }
    if let (None, Some(trace)) = (node.parent, &command.trace_id) {
        line.push((Ink::Dim, format!("  trace {trace}")));
    }
    if command.compensates {
        line.push((Ink::Yellow, "  compensates".into()));
    }
    if let Some(due) = command.due {
        line.push((Ink::Yellow, format!("  delayed until {}", time(due))));
    }
    if command.attempts > 1 {
        line.push((Ink::Yellow, format!("  {} attempts", command.attempts)));
    }
    match &command.outcome {
        Outcome::Accepted | Outcome::Delayed => {}
        Outcome::Unchanged => line.push((Ink::Dim, "  changed nothing".into())),
        Outcome::Rejected { code, message } => {
            line.push((Ink::Red, format!("  ✗ {code}: {message}")));
        }
        Outcome::Dropped => line.push((Ink::Yellow, "  dropped".into())),
        Outcome::Discarded => line.push((Ink::Yellow, "  discarded".into())),
        Outcome::Pending => line.push((Ink::Yellow, "  no outcome yet".into())),
    }
    if command.late {
        line.push((Ink::Yellow, "  late: the process had completed".into()));
    }
    if let Some(cause) = command.foreign_cause {
        line.push((Ink::Dim, format!("  caused outside of this flow by {cause}")));
    }
}

fn describe_step(step: &StepNode, line: &mut Line) {
    line.push((Ink::Cyan, format!("◆ {}", step.process)));
    line.push((Ink::Dim, format!(" {}: ", step.key)));
    line.push((Ink::Plain, step.input.clone()));
    if !step.cancelled.is_empty() {
        line.push((Ink::Dim, format!("  cancels {}", step.cancelled.join(", "))));
    }
    if let Some(reason) = &step.compensates {
        line.push((Ink::Yellow, format!("  ↩ compensates: {reason}")));
    }
    if step.completes {
        line.push((Ink::Cyan, "  ✓ completes".into()));
    }
    if step.late {
        line.push((Ink::Yellow, "  late: the process had completed".into()));
    }
    if !step.undeclared.is_empty() {
        line.push((Ink::Red, format!("  undeclared: {}", step.undeclared.join("; "))));
    }
}

fn describe_deadline(deadline: &DeadlineNode, line: &mut Line) {
    line.push((Ink::Yellow, format!("◷ {}", deadline.name)));
    line.push((Ink::Dim, format!("  due {}", time(deadline.due))));
    match deadline.state {
        DeadlineState::Open => line.push((Ink::Yellow, "  open".into())),
        DeadlineState::Fired => line.push((Ink::Yellow, "  fired".into())),
        DeadlineState::Discarded => line.push((Ink::Yellow, "  discarded".into())),
        DeadlineState::Cancelled => line.push((Ink::Dim, "  cancelled".into())),
        DeadlineState::Completed => {
            line.push((Ink::Dim, "  gone: the process completed".into()));
        }
    }
}

fn describe_parked(parked: &ParkedNode, line: &mut Line) {
    line.push((Ink::Red, format!("■ parked by {}", parked.consumer)));
    line.push((Ink::Plain, format!("  {}", parked.reason)));
    if parked.attempts > 1 {
        line.push((Ink::Yellow, format!("  {} attempts", parked.attempts)));
    }
    match &parked.resolved {
        None => line.push((Ink::Red, "  open".into())),
        Some(resolved) => {
            let done = match resolved.resolution {
                Resolution::Replay => "replayed",
                Resolution::Discard => "discarded",
            };
            let (actor, reason) = (&resolved.actor, &resolved.reason);
            line.push((Ink::Dim, format!("  {done} by {actor}: {reason}")));
        }
    }
}

/// A moment in UTC.
pub(crate) fn time(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Millis, true);
    text.replacen('T', " ", 1).trim_end_matches('Z').trim_end_matches(".000").to_owned()
}

/// Writes a line, cut to the width. What would do something to the terminal never reaches it.
pub(super) fn draw(text: &mut String, line: Line, style: TreeStyle) {
    let line: Line = line.into_iter().map(|(ink, part)| (ink, printable(&part))).collect();
    let mut room = style.width.unwrap_or(usize::MAX);
    let full = line.iter().map(|(_, part)| part.width()).sum::<usize>() > room;
    room -= usize::from(full && room > 0);
    for (ink, part) in line.into_iter().filter(|(_, part)| !part.is_empty()) {
        let mut shown = String::with_capacity(part.len());
        for c in part.chars() {
            let width = c.width().unwrap_or(0);
            if width > room {
                room = 0;
                break;
            }
            room -= width;
            shown.push(c);
        }
        let ink = if style.colour { ink.code() } else { "" };
        let end = if ink.is_empty() { "" } else { "\x1b[0m" };
        let written = write!(text, "{ink}{shown}{end}");
        debug_assert!(written.is_ok(), "writing to a string succeeds");
    }
    text.truncate(text.trim_end_matches(' ').len());
    text.push_str(if full { "…\n" } else { "\n" });
}
