//! What is written in a card or on a message, and how much room it takes.

use crate::{
    draw::{
        svg::nodes,
        text::{width, wrap},
    },
    graph::Kind,
    trace::{
        CommandNode, DeadlineNode, DeadlineState, Lagging, Node, Outcome, ParkedNode, StepNode,
        What,
        words::{plain, time},
    },
};
use quadrille_core::journal::Resolution;

const NAME: f64 = 12.5;
const DETAIL: f64 = 11.0;
pub const NAME_LINE: f64 = 15.0;
pub const DETAIL_LINE: f64 = 13.5;
/// The widest that a line can be.
const LINE: f64 = 210.0;
/// Room at both sides of what is in a card, and after its mark.
pub const SIDE: f64 = 12.0;
pub const AFTER_MARK: f64 = 6.0;
/// How far the lid of a read model reaches down.
const LID: f64 = 6.0;

/// What is written.
pub struct Words {
    pub class: &'static str,
    pub kind: Option<Kind>,
    pub names: Vec<String>,
    pub details: Vec<(Tone, String)>,
    /// All of it.
    pub title: String,
}

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Warning,
    Bad,
}

impl Tone {
    pub fn class(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Warning => " warn",
            Self::Bad => " bad",
        }
    }
}

impl Words {
    fn new(class: &'static str, kind: Option<Kind>, name: &str, title: String) -> Self {
        Self { class, kind, names: wrap(name, NAME, LINE), details: Vec::new(), title }
    }

    fn say(&mut self, tone: Tone, text: &str) {
        let lines = wrap(text, DETAIL, LINE);
        self.details.extend(lines.into_iter().map(|line| (tone, line)));
    }

    /// The height of all lines.
    pub fn inner(&self) -> f64 {
        NAME_LINE * self.names.len() as f64 + DETAIL_LINE * self.details.len() as f64
    }

    pub fn lid(&self) -> f64 {
        if self.kind == Some(Kind::Projector) { LID } else { 0.0 }
    }

    /// The width of the widest line.
    pub fn text_width(&self) -> f64 {
        let names = self.names.iter().map(|line| width(line, NAME));
        let details = self.details.iter().map(|(_, line)| width(line, DETAIL));
        names.chain(details).fold(0.0, f64::max)
    }

    /// The size of a card that holds it.
    pub fn card(&self) -> (f64, f64) {
        let width = 2.0 * SIDE + nodes::MARK + AFTER_MARK + self.text_width();
        ((width / 4.0).ceil() * 4.0, self.inner() + 16.0 + self.lid())
    }
}

pub fn of_model(model: &Lagging) -> Words {
    let title = format!("{} v{} {}", model.name, model.version, model.missing());
    let mut words = Words::new("projector", Some(Kind::Projector), &model.name, title);
    words.say(Tone::Warning, &model.missing());
    words
}

pub fn of_node(node: &Node) -> Words {
    let words = |class, kind, name: &str| Words::new(class, kind, name, plain(node));
    match &node.what {
        What::Command(command) => {
            let mut words = words("command", Some(Kind::Command), &command.name);
            say_command(&mut words, command, node.parent.is_none());
            words
        }
        What::Recorded { stream } => words("event", Some(Kind::Event), &stream.to_string()),
        What::Event(event) => {
            let mut words = words("event", Some(Kind::Event), &event.event_type);
            words.say(Tone::Plain, &format!("{}#{}", event.stream, event.version));
            if let Some(problem) = &event.unreadable {
                words.say(Tone::Bad, &format!("unreadable: {problem}"));
            }
            words
        }
        What::Reaction { name } => words("reaction", Some(Kind::Reaction), name),
        What::Step(step) => {
            let name = format!("{}: {}", step.process, step.input);
            let mut words = words("process", Some(Kind::Process), &name);
            say_step(&mut words, step);
            words
        }
        What::Deadline(deadline) => {
            let mut words = words("deadline", Some(Kind::Deadline), &deadline.name);
            say_deadline(&mut words, deadline);
            words
        }
        What::Parked(parked) => {
            let name = format!("parked by {}", parked.consumer);
            let mut words = words("parked", None, &name);
            say_parked(&mut words, parked);
            words
        }
    }
}

fn say_command(words: &mut Words, command: &CommandNode, is_root: bool) {
    let actor = command.actor.as_ref().filter(|_| is_root);
    let actor = actor.map(|actor| format!(" · by {actor}")).unwrap_or_default();
    words.say(Tone::Plain, &format!("{}{actor}", command.to));
    let mut marks = Vec::new();
    marks.extend(command.compensates.then(|| "↩ compensates".to_owned()));
    marks.extend((command.attempts > 1).then(|| format!("{} attempts", command.attempts)));
    marks.extend(command.late.then(|| "late: the process had completed".to_owned()));
    marks.extend(command.due.map(|due| format!("delayed until {}", time(due))));
    marks.extend(command.foreign_cause.map(|_| "caused outside of this flow".to_owned()));
    let (mark, refusal) = match &command.outcome {
        Outcome::Accepted | Outcome::Delayed => (None, None),
        Outcome::Unchanged => (Some("changed nothing"), None),
        Outcome::Rejected { code, message } => (None, Some(format!("✗ {code}: {message}"))),
        Outcome::Dropped => (Some("dropped"), None),
        Outcome::Discarded => (Some("discarded"), None),
        Outcome::Pending => (Some("no outcome yet"), None),
    };
    marks.extend(mark.map(str::to_owned));
    if !marks.is_empty() {
        words.say(Tone::Warning, &marks.join(" · "));
    }
    if let Some(refusal) = refusal {
        words.say(Tone::Bad, &refusal);
    }
}

fn say_step(words: &mut Words, step: &StepNode) {
    let completes = if step.completes { " · ✓ completes" } else { "" };
    words.say(Tone::Plain, &format!("{}{completes}", step.key));
    if !step.cancelled.is_empty() {
        words.say(Tone::Plain, &format!("cancels {}", step.cancelled.join(", ")));
    }
    if let Some(reason) = &step.compensates {
        words.say(Tone::Warning, &format!("↩ compensates: {reason}"));
    }
    if step.late {
        words.say(Tone::Warning, "late: the process had completed");
    }
    if !step.undeclared.is_empty() {
        words.say(Tone::Bad, &format!("undeclared: {}", step.undeclared.join("; ")));
    }
}

fn say_deadline(words: &mut Words, deadline: &DeadlineNode) {
    words.say(Tone::Plain, &format!("due {}", time(deadline.due)));
    let (tone, state) = match deadline.state {
        DeadlineState::Open => (Tone::Warning, "open"),
        DeadlineState::Fired => (Tone::Plain, "fired"),
        DeadlineState::Discarded => (Tone::Warning, "discarded"),
        DeadlineState::Cancelled => (Tone::Plain, "cancelled"),
        DeadlineState::Completed => (Tone::Plain, "gone: the process completed"),
    };
    words.say(tone, state);
}

fn say_parked(words: &mut Words, parked: &ParkedNode) {
    words.say(Tone::Plain, &parked.reason);
    if parked.attempts > 1 {
        words.say(Tone::Warning, &format!("{} attempts", parked.attempts));
    }
    match &parked.resolved {
        None => words.say(Tone::Bad, "open"),
        Some(resolved) => {
            let done = match resolved.resolution {
                Resolution::Replay => "replayed",
                Resolution::Discard => "discarded",
            };
            words.say(Tone::Plain, &format!("{done} by {}: {}", resolved.actor, resolved.reason));
        }
    }
}
