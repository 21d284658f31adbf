use super::{
    CommandNode, Outcome, What,
    build::{Times, command_of},
    facts::Facts,
    order::{Draft, Key},
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    CommandId, CommandStamp, Envelope, EventId, Position, StreamId,
    journal::{self, Issued, Settled},
    state::RejectionRecord,
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The commands of a flow, told by whoever issued them, by their outcomes and by their events.
pub(super) struct Commands<'a> {
    all: &'a Facts<'a>,
    times: &'a Times,
    dropped: HashSet<CommandId>,
    given_up: HashSet<Uuid>,
    places: HashMap<(CommandId, StreamId), usize>,
    found: Vec<Found>,
}

/// What is known where a command is first met.
struct Met {
    cause: Option<Key>,
    position: Position,
    cause_at: Option<DateTime<Utc>>,
}

struct Found {
    met: Met,
    at: Option<DateTime<Utc>>,
    ended: Option<Position>,
    node: CommandNode,
}

impl<'a> Commands<'a> {
    pub fn new(all: &'a Facts<'a>, times: &'a Times) -> Self {
        let dropped = all.steps.iter().flat_map(|(_, step)| step.dropped.iter().copied()).collect();
        let given_up = all.given_up();
        Self { all, times, dropped, given_up, places: HashMap::new(), found: Vec::new() }
    }

    /// A command that `cause` issued.
    pub fn issued(&mut self, issued: &Issued, cause: Key, envelope: &Envelope) {
        let name = format!("{}.{}", issued.to.category(), issued.command);
        let met = Met {
            cause: Some(cause),
            position: envelope.position,
            cause_at: Some(envelope.metadata.occurred_at),
        };
        let node = &mut self.command(issued.id, &issued.to, &name, met).node;
        node.due = issued.due;
        node.compensates = issued.compensates;
    }

    /// Takes in all recorded outcomes.
    pub fn settle(&mut self, own: &Facts<'_>, drafts: &mut Vec<Draft>) {
        let completions = self.all.completions();
        for (envelope, fact) in &own.settled {
            let cause = envelope.metadata.causation.0;
            let met = Met {
                cause: Some(Key::Event(EventId(cause))),
                position: envelope.position,
                cause_at: self.times.get(&cause).copied(),
            };
            let command = self.outcome(&fact.settled, envelope, met);
            let issued_at = command.met.position;
            let completed = completions.get(&(&*fact.process, &*fact.key));
            command.node.late =
                completed.is_some_and(|at| issued_at < *at && *at < envelope.position);
            if let Some(undo) = &fact.undone_by {
                let key = Key::Command(fact.settled.id, fact.settled.to.clone());
                self.issued(undo, key, envelope);
            }
        }
        for (envelope, fact) in &own.reactions {
            let key = Key::Reaction(fact.cause, fact.reaction.clone());
            let cause_at = self.times.get(&fact.cause.0).copied();
            for settled in &fact.settled {
                let (cause, position) = (Some(key.clone()), envelope.position);
                self.outcome(settled, envelope, Met { cause, position, cause_at });
            }
            drafts.push(Draft {
                key,
                causes: vec![Key::Event(fact.cause)],
                position: envelope.position,
                ended: None,
                component: Some(envelope.metadata.component.clone()),
                at: None,
                cause_at: None,
                what: What::Reaction { name: fact.reaction.clone() },
            });
        }
    }

    /// The command that an event is stamped with.
    pub fn stamped(&mut self, event: &Envelope, stamp: &CommandStamp) -> Key {
        let cause = event.metadata.causation.0;
        let from_outside = cause == stamp.id.0;
        let met = Met {
            cause: (!from_outside).then_some(Key::Event(EventId(cause))),
            position: event.position,
            cause_at: self.times.get(&cause).copied(),
        };
        let known = from_outside || self.times.contains_key(&cause);
        let node = &mut self.command(stamp.id, &event.stream, &stamp.name, met).node;
        if node.outcome == Outcome::Pending {
            node.outcome = Outcome::Accepted;
        }
        node.actor = event.metadata.actor.clone();
        let trace = event.metadata.trace.as_ref();
        node.trace_id = trace.and_then(|trace| trace.trace_id()).map(str::to_owned);
        node.foreign_cause = (!known).then_some(cause);
        Key::Command(stamp.id, event.stream.clone())
    }

    /// A refusal that a direct caller met.
    pub fn reject(&mut self, rejection: &RejectionRecord, position: Position) {
        let met = Met { cause: None, position, cause_at: None };
        let (id, to) = (command_of(rejection), &rejection.stream);
        let command = self.command(id, to, &rejection.name, met);
        if command.node.outcome == Outcome::Pending {
            let (code, message) = (rejection.code.clone(), rejection.message.clone());
            command.node.outcome = Outcome::Rejected { code, message };
            command.node.actor = rejection.actor.clone();
            command.at = Some(rejection.occurred_at);
        }
    }

    pub fn into_drafts(self) -> Vec<Draft> {
        let (dropped, given_up) = (self.dropped, self.given_up);
        let finish = |Found { met, at, ended, mut node }: Found| {
            if node.outcome == Outcome::Pending {
                node.outcome = match node.due {
                    _ if dropped.contains(&node.id) => Outcome::Dropped,
                    _ if given_up.contains(&node.id.0) => Outcome::Discarded,
                    Some(_) => Outcome::Delayed,
                    None => Outcome::Pending,
                };
            }
            Draft {
                key: Key::Command(node.id, node.to.clone()),
                causes: met.cause.into_iter().collect(),
                position: met.position,
                ended,
                component: None,
                at,
                cause_at: met.cause_at,
                what: What::Command(node),
            }
        };
        self.found.into_iter().map(finish).collect()
    }

    fn outcome(&mut self, settled: &Settled, envelope: &Envelope, met: Met) -> &mut Found {
        let cause_at = met.cause_at;
        let command = self.command(settled.id, &settled.to, &settled.command, met);
        command.node.attempts = settled.attempts;
        command.ended = Some(envelope.position);
        command.node.outcome = match &settled.outcome {
            journal::Outcome::Accepted(_) => Outcome::Accepted,
            journal::Outcome::Unchanged => Outcome::Unchanged,
            journal::Outcome::Rejected(rejected) => {
                Outcome::Rejected { code: rejected.code.clone(), message: rejected.message.clone() }
            }
        };
        // An accepted command has events, which tell the time themselves.
        if command.node.outcome != Outcome::Accepted {
            command.at = Some(envelope.metadata.occurred_at);
            command.met.cause_at = cause_at;
        }
        command
    }

    fn command(&mut self, id: CommandId, to: &StreamId, name: &str, met: Met) -> &mut Found {
        let place = *self.places.entry((id, to.clone())).or_insert(self.found.len());
        if place == self.found.len() {
            let node = CommandNode {
                id,
                name: name.to_owned(),
                to: to.clone(),
                outcome: Outcome::Pending,
                attempts: 0,
                actor: None,
                trace_id: None,
                due: None,
                compensates: false,
                late: false,
                foreign_cause: None,
            };
            self.found.push(Found { met, at: None, ended: None, node });
        }
        &mut self.found[place]
    }
}
