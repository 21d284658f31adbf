use super::{
    CommandNode, DeadlineNode, DeadlineState, Elapsed, Node, Outcome, ParkedNode, StepNode, Trace,
    What, duration, sections::Sections,
};
use chrono::{DateTime, SecondsFormat, Utc};
use quadrille_core::journal::Resolution;
use std::fmt::Write;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of each of the two times in front.
const TIME: usize = 12;

/// How a tree is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeStyle {
    /// Columns to keep within; `None` never cuts a line.
    pub width: Option<usize>,
    /// Whether to use the terminal's colours.
    pub colour: bool,
}

#[derive(Clone, Copy)]
enum Ink {
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

type Line = Vec<(Ink, String)>;

impl Trace {
    /// The flow as a tree of text. In front of each line stand the time since the flow began and
    /// the time since its cause. What lies deeper than 16 levels goes on further down, at the left:
    /// both places have the same number, and the first line of the second names the node again.
    pub fn tree(&self, style: TreeStyle) -> String {
        let mut text = String::new();
        for line in self.header() {
            draw(&mut text, line, style);
        }
        let columns = format!("{:>TIME$}{:>TIME$}  ", "+start", "+cause");
        draw(&mut text, vec![(Ink::Dim, columns)], style);
        let sections = Sections::new(&self.nodes);
        for section in sections.iter() {
            if let Some((from, number)) =
                section.from.and_then(|at| Some((at, sections.number(at)?)))
            {
                draw(&mut text, self.goes_on(from, number), style);
            }
            for &at in &section.nodes {
                let node = &self.nodes[at];
                let mut line = vec![self.times(node), (Ink::Dim, sections.branches(at))];
                describe(node, node.parent.map(|parent| &self.nodes[parent].what), &mut line);
                draw(&mut text, line, style);
                if let Some(number) = sections.number(at) {
                    let below = sections.branches_below(at);
                    let line = format!("{:1$}{below}", "", 2 * TIME + 2);
                    let note = (Ink::Yellow, format!("… goes on at [{number}]"));
                    draw(&mut text, vec![(Ink::Dim, line), note], style);
                }
            }
        }
        text
    }

    fn header(&self) -> Vec<Line> {
        let mut facts = Vec::new();
        if let Some((began, ended)) = self.began_at.zip(self.ended_at) {
            facts.push(time(began));
            facts.push(format!("lasted {}", duration(Elapsed::between(began, ended).micros)));
        }
        let totals = &self.totals;
        let mut count = |count: usize, one: &str, many: &str| {
            if count > 0 {
                facts.push(format!("{count} {}", if count == 1 { one } else { many }));
            }
        };
        count(totals.events, "event", "events");
        count(totals.commands, "command", "commands");
        count(totals.rejected, "rejected", "rejected");
        count(totals.retried, "retried", "retried");
        count(totals.compensating, "compensating", "compensating");
        count(totals.open_deadlines, "open deadline", "open deadlines");
        count(totals.parked, "parked", "parked");
        count(totals.undeclared, "undeclared effect", "undeclared effects");
        count(totals.negative, "clock in doubt", "clocks in doubt");
        let mut lines = vec![
            vec![(Ink::Dim, "flow ".into()), (Ink::Bold, self.correlation.to_string())],
            vec![(Ink::Dim, facts.join(" · "))],
        ];
        if self.truncated {
            let notice = "only its beginning was read: the flow is longer".to_owned();
            lines.push(vec![(Ink::Red, notice)]);
        }
        lines
    }

    /// The top of a piece: its number, and once more the node that it goes on from, whose times
    /// stand where it was first.
    fn goes_on(&self, from: usize, number: usize) -> Line {
        let mark = format!("[{number}]");
        let mut line = vec![(Ink::Yellow, format!("{mark:>0$}  ", 2 * TIME))];
        describe(&self.nodes[from], None, &mut line);
        line.push((Ink::Dim, "  goes on here".into()));
        line
    }

    fn times(&self, node: &Node) -> (Ink, String) {
        let began = self.began_at.zip(node.at);
        let since_start = began.map(|(began, at)| duration(Elapsed::between(began, at).micros));
        let since_cause = node.since_cause.map(|since| match since.negative {
            true => "0 (!)".to_owned(),
            false => duration(since.micros),
        });
        let (start, cause) = (since_start.unwrap_or_default(), since_cause.unwrap_or_default());
        let doubtful = node.since_cause.is_some_and(|since| since.negative);
        (if doubtful { Ink::Red } else { Ink::Dim }, format!("{start:>TIME$}{cause:>TIME$}  "))
    }
}

fn describe(node: &Node, above: Option<&What>, line: &mut Line) {
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

fn time(time: DateTime<Utc>) -> String {
    let text = time.to_rfc3339_opts(SecondsFormat::Millis, true);
    text.replacen('T', " ", 1).trim_end_matches('Z').trim_end_matches(".000").to_owned()
}

/// Writes a line, cut to the width. Control characters never reach the terminal.
fn draw(text: &mut String, line: Line, style: TreeStyle) {
    let mut room = style.width.unwrap_or(usize::MAX);
    let full = line.iter().map(|(_, part)| part.width()).sum::<usize>() > room;
    room -= usize::from(full && room > 0);
    for (ink, part) in line.into_iter().filter(|(_, part)| !part.is_empty()) {
        let mut shown = String::with_capacity(part.len());
        for c in part.chars().map(|c| if c.is_control() { '·' } else { c }) {
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
