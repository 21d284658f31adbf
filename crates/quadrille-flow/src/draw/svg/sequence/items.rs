//! What is drawn, row by row.

use super::words::{self, Words};
use crate::graph::Kind;
use crate::trace::{
    Elapsed, Outcome, Trace, What, duration,
    sequence::{Row, Sequence, Told},
};

/// One row.
pub struct Item {
    /// The lane of what led to it, if a line is to come from there.
    pub from: Option<usize>,
    pub to: usize,
    /// The row of what led to it.
    pub cause: Option<usize>,
    pub form: Form,
    pub words: Words,
    /// When it happened, in microseconds since the flow began, and in words.
    pub at: Option<u64>,
    pub time: Option<String>,
    pub is_marked: bool,
    class: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Something that happened in a lane.
    Card,
    /// A command from one lane to another.
    Message,
    /// A command that a lane sent itself.
    Loop,
}

impl Item {
    /// The classes of the line that leads to it, if there is one.
    pub fn line(&self) -> Option<&'static str> {
        match self.form {
            Form::Message | Form::Loop => Some(self.class),
            Form::Card => self.from.filter(|from| *from != self.to).map(|_| "read"),
        }
    }
}

/// The rows of a flow. Events that no command led to stand for themselves.
pub fn items(trace: &Trace, sequence: &Sequence<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = Vec::with_capacity(sequence.rows.len());
    let mut places: Vec<Option<usize>> = vec![None; trace.nodes.len()];
    for row in &sequence.rows {
        let at = match row.told {
            Told::Node(at) => at,
            Told::Lagging(model) => {
                items.push(Item::card(row.to, words::of_model(model)));
                continue;
            }
        };
        let parent = trace.nodes[at].parent;
        let cause = parent.and_then(|parent| places[parent]);
        if let What::Recorded { .. } = trace.nodes[at].what {
            places[at] = cause;
            continue;
        }
        places[at] = Some(items.len());
        items.push(item(trace, row, at, cause, &items));
    }
    date(&mut items);
    items
}

/// Commands that were accepted, and reactions, happened when the first of their effects did.
fn date(items: &mut [Item]) {
    for at in (0..items.len()).rev() {
        if let (Some(cause), Some(moment)) = (items[at].cause, items[at].at)
            && items[cause].time.is_none()
            && matches!(items[cause].words.kind, Some(Kind::Command | Kind::Reaction))
        {
            items[cause].at = Some(moment);
        }
    }
}

fn item(trace: &Trace, row: &Row<'_>, at: usize, cause: Option<usize>, above: &[Item]) -> Item {
    let node = &trace.nodes[at];
    let is_recorded =
        node.parent.is_some_and(|parent| matches!(trace.nodes[parent].what, What::Recorded { .. }));
    let from = if is_recorded { cause.map(|cause| above[cause].to) } else { row.from };
    let form = match &node.what {
        What::Command(_) if from == Some(row.to) => Form::Loop,
        What::Command(_) => Form::Message,
        _ => Form::Card,
    };
    let since = trace.began_at.zip(node.at).map(|(began, at)| Elapsed::between(began, at).micros);
    Item {
        from,
        cause,
        form,
        at: since,
        time: since.map(duration),
        is_marked: node.marked,
        class: class(&node.what),
        ..Item::card(row.to, words::of_node(node))
    }
}

impl Item {
    fn card(to: usize, words: Words) -> Self {
        let (from, cause, at, time) = (None, None, None, None);
        let form = Form::Card;
        Self { from, to, cause, form, words, at, time, is_marked: false, class: "" }
    }
}

fn class(what: &What) -> &'static str {
    let What::Command(command) = what else { return "" };
    match command.outcome {
        Outcome::Rejected { .. } => "sent refused",
        Outcome::Accepted | Outcome::Unchanged if command.compensates => "sent undoing",
        Outcome::Accepted | Outcome::Unchanged => "sent",
        Outcome::Dropped | Outcome::Discarded | Outcome::Delayed | Outcome::Pending => "sent open",
    }
}
