use super::{
    Before, By, Follower, Miner, Observed, Settings, View, Within,
    causes::{Cause, Causes, Recent},
    flows::{Round, micros},
    told::Mined,
};
use crate::graph::Kind;
use quadrille_core::{
    CommandStamp, DecodeError, Envelope, Position, Query,
    journal::{
        Cause as StepCause, Fact, Issued, Outcome, ProcessDiscarded, ProcessSettled,
        ProcessStepped, ReactionSettled, Settled,
    },
};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// What led to what, as every event and the framework's facts say it.
///
/// | edge | once for each | its latency |
/// |---|---|---|
/// | command to event | event | none: a command has no time of its own |
/// | event to reaction | event on which a command was sent | until the outcomes were recorded |
/// | reaction to command | command | from the event to the command's outcome |
/// | event to process | step | until the step |
/// | process to command | command issued | from the step to the command's outcome |
/// | process to deadline | deadline set | from the step until it is due |
/// | deadline to process | deadline taken | from when it was due until the step |
/// | command to process | refusal taken | from the refusal until the step |
/// | event to event | event without a command, such as an imported one | between the two |
///
/// Edges into commands say how many were refused and how many took more than one attempt. A command
/// that a reaction sent and whose outcome is not recorded yet comes straight from the event.
/// Refusals of commands from outside lie beside the log and are not in it.
///
/// Variants tell the events of users, in the order of the log: two that do not lead to one another
/// may have changed places.
#[derive(Debug, Clone, PartialEq)]
pub struct Causation {
    mined: Mined,
    causes: Causes,
    commands: Recent,
    unsettled: HashMap<Uuid, Unsettled>,
    round: Round,
}

/// A command that had events before its sender said so.
#[derive(Debug, Clone, PartialEq)]
struct Unsettled {
    from: u32,
    command: u32,
    flow: u32,
    since: i64,
    until: i64,
    position: Position,
}

impl Causation {
    /// Nothing, as yet.
    pub fn new(settings: &Settings) -> Self {
        Self {
            mined: Mined::new(settings),
            causes: Causes::default(),
            commands: Recent::default(),
            unsettled: HashMap::new(),
            round: Round::default(),
        }
    }

    fn event(&mut self, event: &Envelope) {
        let Mined { nodes, edges, flows, totals, .. } = &mut self.mined;
        totals.events += 1;
        let (node, at) = (nodes.event(&event.event_type), micros(event));
        nodes.see(node);
        nodes.belongs(node, &event.metadata.component);
        let step = flows.step(event.metadata.correlation.into(), event, node, nodes);
        let starts = step.before.is_none();
        if let Some(stamp) = &event.metadata.command {
            self.stamped(event, stamp, (node, step.flow), starts);
        } else {
            if starts {
                nodes.start(node);
            }
            match self.causes.find(event.metadata.causation.0) {
                Some(cause) => edges.see(cause.node, node).took(cause.at, at),
                None if starts => {}
                None => totals.without_cause += 1,
            }
        }
        self.causes.add(event.id.0, Cause { node, flow: step.flow, at });
    }

    fn stamped(
        &mut self,
        event: &Envelope,
        stamp: &CommandStamp,
        (node, flow): (u32, u32),
        starts: bool,
    ) {
        let Mined { nodes, edges, totals, .. } = &mut self.mined;
        let command = nodes.number(Kind::Command, &stamp.name);
        nodes.belongs(command, &event.metadata.component);
        edges.see(command, node);
        if starts {
            nodes.start(command);
        }
        let (id, cause) = (stamp.id.0, event.metadata.causation.0);
        if !self.commands.add(id) {
            return;
        }
        if cause == id {
            nodes.see(command);
        } else if self.causes.find(id).is_none() {
            match self.causes.find(cause) {
                Some(from) => {
                    let unsettled = Unsettled {
                        from: from.node,
                        command,
                        flow,
                        since: from.at,
                        until: micros(event),
                        position: event.position,
                    };
                    self.unsettled.insert(id, unsettled);
                }
                None => totals.without_cause += 1,
            }
        }
    }

    fn fact(&mut self, event: &Envelope) -> Result<(), DecodeError> {
        if let Some(settled) = ReactionSettled::read(event)? {
            self.reacted(event, &settled);
        } else if let Some(step) = ProcessStepped::read(event)? {
            self.stepped(event, &step);
        } else if let Some(settled) = ProcessSettled::read(event)? {
            self.settled(event, &settled);
        } else if let Some(discarded) = ProcessDiscarded::read(event)? {
            self.causes.take(discarded.subject);
        }
        Ok(())
    }

    fn reacted(&mut self, event: &Envelope, fact: &ReactionSettled) {
        let at = micros(event);
        self.mined.flows.touch(&event.metadata.correlation.into(), event);
        let reaction = self.handler(Kind::Reaction, &fact.reaction, event);
        let cause = self.causes.find(fact.cause.0);
        match cause {
            Some(cause) => self.mined.edges.see(cause.node, reaction).took(cause.at, at),
            None => self.mined.totals.without_cause += 1,
        }
        for settled in &fact.settled {
            self.unsettled.remove(&settled.id.0);
            let command = self.mined.nodes.number(Kind::Command, &settled.command);
            self.mined.nodes.see(command);
            self.mined.edges.see(reaction, command);
            let sent_at = cause.map(|cause| cause.at);
            self.outcome((reaction, command), settled, sent_at, at);
        }
    }

    fn stepped(&mut self, event: &Envelope, step: &ProcessStepped) {
        let at = micros(event);
        let flow = self.mined.flows.touch(&event.metadata.correlation.into(), event);
        let flow = flow.unwrap_or(u32::MAX);
        let process = self.handler(Kind::Process, &step.process, event);
        let deadline = |name: &str| format!("{}.{name}", step.process);
        let cause = match step.cause {
            StepCause::Event(id) => {
                self.causes.find(id.0).map(|cause| (cause.node, Some(cause.at)))
            }
            StepCause::Rejected(id) => {
                self.causes.take(id.0).map(|cause| (cause.node, Some(cause.at)))
            }
            StepCause::Deadline(id) => {
                let due = self.causes.take(id).map(|cause| cause.at);
                Some((self.mined.nodes.number(Kind::Deadline, &deadline(&step.input)), due))
            }
        };
        match cause {
            Some((node, since)) => {
                let edge = self.mined.edges.see(node, process);
                since.into_iter().for_each(|since| edge.took(since, at));
            }
            None => self.mined.totals.without_cause += 1,
        }
        for dropped in &step.dropped {
            self.causes.take(dropped.0);
        }
        for issued in &step.issued {
            self.issued(process, issued, (flow, at));
        }
        for set in &step.deadlines {
            let node = self.handler(Kind::Deadline, &deadline(&set.name), event);
            let due = set.due.timestamp_micros();
            self.mined.edges.see(process, node).took(at, due);
            self.causes.add(set.id, Cause { node, flow, at: due });
        }
    }

    fn settled(&mut self, event: &Envelope, fact: &ProcessSettled) {
        let at = micros(event);
        let flow = self.mined.flows.touch(&event.metadata.correlation.into(), event);
        let flow = flow.unwrap_or(u32::MAX);
        let settled = &fact.settled;
        let process = self.mined.nodes.number(Kind::Process, &fact.process);
        let node = self.mined.nodes.number(Kind::Command, &settled.command);
        let sent_at = self.causes.take(settled.id.0).map(|sent| sent.at);
        self.outcome((process, node), settled, sent_at, at);
        if matches!(settled.outcome, Outcome::Rejected(_)) {
            self.causes.add(settled.id.0, Cause { node, flow, at });
        }
        if let Some(undo) = &fact.undone_by {
            self.issued(process, undo, (flow, at));
        }
    }

    fn issued(&mut self, process: u32, issued: &Issued, (flow, at): (u32, i64)) {
        let name = format!("{}.{}", issued.to.category(), issued.command);
        let node = self.mined.nodes.number(Kind::Command, &name);
        self.mined.nodes.see(node);
        self.mined.edges.see(process, node);
        self.causes.add(issued.id.0, Cause { node, flow, at });
    }

    /// How a command ended that was sent at a time and whose end was recorded at another.
    fn outcome(
        &mut self,
        (from, to): (u32, u32),
        settled: &Settled,
        sent_at: Option<i64>,
        at: i64,
    ) {
        let edge = self.mined.edges.tally(from, to);
        edge.rejected += u64::from(matches!(settled.outcome, Outcome::Rejected(_)));
        edge.retried += u64::from(settled.attempts > 1);
        let first = match &settled.outcome {
            Outcome::Accepted(events) => events.first().and_then(|id| self.causes.find(id.0)),
            _ => None,
        };
        if let Some(sent_at) = sent_at {
            edge.took(sent_at, first.map_or(at, |event| event.at));
        }
    }

    /// Something of whoever wrote this fact.
    fn handler(&mut self, kind: Kind, name: &str, event: &Envelope) -> u32 {
        let nodes = &mut self.mined.nodes;
        let node = nodes.number(kind, name);
        nodes.see(node);
        nodes.belongs(node, &event.metadata.component);
        node
    }

    /// Forgets what happened in flows that have ended, now and then.
    fn tidy(&mut self, event: &Envelope) {
        if self.round.is_over(micros(event)).is_some() && self.mined.flows.may_end() {
            let flows: HashSet<u32> = self.mined.flows.numbers();
            self.causes.retain(&flows);
            self.unsettled.retain(|_, command| flows.contains(&command.flow));
            self.round.begin(self.causes.len());
        }
    }
}

impl Follower for Causation {
    fn query(&self) -> Query {
        Query::everything()
    }

    fn push(&mut self, event: &Envelope) {
        self.mined.stand_at(event.position);
        if !event.stream.category().is_framework() {
            self.event(event);
        } else if self.fact(event).is_err() {
            self.mined.totals.unreadable += 1;
        }
        self.tidy(event);
    }

    fn through(&self) -> Option<Position> {
        self.mined.through
    }

    fn reach(&mut self, position: Position) {
        self.mined.through = self.mined.through.max(Some(position));
    }
}

impl Miner for Causation {
    fn held(&self) -> usize {
        self.mined.flows.open.len() + self.causes.len() + self.unsettled.len()
    }

    fn observed(&self, view: View) -> Observed {
        let (mut nodes, mut edges) = (self.mined.nodes.clone(), self.mined.edges.clone());
        let mut unsettled: Vec<_> = self.unsettled.values().collect();
        unsettled.sort_unstable_by_key(|command| command.position);
        for command in unsettled {
            edges.position = command.position;
            nodes.see(command.command);
            edges.see(command.from, command.command).took(command.since, command.until);
        }
        self.mined.told(edges.graph(&nodes), (By::Causation, Within::Correlation), view)
    }
    fn always_before(&self) -> Vec<Before> {
        self.mined.always_before()
    }
}
