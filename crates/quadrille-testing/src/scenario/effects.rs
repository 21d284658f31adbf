use super::show;
use quadrille_core::{
    Effect,
    journal::{Issued, ProcessStepped},
};
use std::time::Duration;

/// A command that is recorded already.
pub fn sent(issued: &Issued) -> String {
    let data = issued.data.get().as_bytes();
    show::send(issued.to.category(), issued.to.id(), &issued.command, data, Duration::ZERO)
}

/// The effects of a step as tests list them: in the process's own order, compensation followed by
/// the commands that undo, and without what a later effect of the same step made void.
pub fn visible(effects: Vec<Effect>, step: &ProcessStepped) -> Vec<String> {
    let mut issued = step.issued.iter().peekable();
    let mut deadlines: Vec<_> = step.deadlines.iter().map(|set| set.name.as_str()).collect();
    let mut lines = Vec::new();
    // The last deadline of a name is the one that stands.
    let last = |at: usize, name: &str| {
        effects[at + 1..]
            .iter()
            .all(|e| !matches!(e, Effect::Deadline { name: n, .. } if *n == name))
    };
    for (at, effect) in effects.iter().enumerate() {
        match effect {
            Effect::Send { message, after, .. } => {
                let stands = issued.next_if(|next| {
                    next.to.id() == message.id
                        && next.command == message.command
                        && next.data.get().as_bytes() == message.data
                });
                if stands.is_some() {
                    let (to, data) = (message.aggregate, &message.data);
                    lines.push(show::send(to, &message.id, message.command, data, *after));
                }
            }
            Effect::Deadline { name, data, after } => {
                if last(at, name) && deadlines.contains(name) {
                    deadlines.retain(|set| set != name);
                    lines.push(show::deadline(name, data, *after));
                }
            }
            Effect::Cancel { name } => lines.push(format!("cancel deadline {name}")),
            Effect::Undo { .. } => {}
            Effect::Compensate { reason } => {
                lines.push(format!("compensate: {reason}"));
                while let Some(undo) = issued.next_if(|next| next.compensates) {
                    lines.push(sent(undo));
                }
            }
            Effect::Complete => lines.push("complete".into()),
        }
    }
    lines
}
