use super::{Before, Follower, Miner, Observed, Open, Sequence, Settings, View, flows::FlowId};
use chrono::{DateTime, Utc};
use quadrille_core::{
    CommandId, CorrelationId, Envelope, EventId, Position, Query, StreamId,
    journal::{Fact, Instance, ManifestRecorded},
    state::ParkedEvent,
};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Open flows, where each one stands, and what it waits for: the outcomes of commands that process
/// managers sent, their deadlines, refusals that they have not taken, events that a process instance
/// which has neither completed nor compensated may take, and parked events.
///
/// What a consumer has not read yet is not in the log, and so is a command that a reaction is about
/// to send. Whether a process takes refusals is told by the manifests that apps recorded: one that
/// takes none leaves them where they are, and nothing waits for it.
///
/// Beside what a [`Sequence`] holds it keeps each process instance that waits, and the names of those
/// that are done, since a late input may reach them.
#[derive(Debug, Clone)]
pub struct Waiting {
    sequence: Sequence,
    instances: HashMap<StreamId, Held>,
    done: HashSet<StreamId>,
    take_refusals: HashSet<String>,
    unreadable: u64,
}

/// A process instance that waits, and the flow that it moved in last.
#[derive(Debug, Clone)]
struct Held {
    instance: Instance,
    flow: CorrelationId,
}

/// An open flow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// Where it stands, and since when.
    #[serde(flatten)]
    pub flow: Open,
    /// What it is known to wait for.
    pub waits_for: Vec<WaitsFor>,
}

/// Something that a flow waits for.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum WaitsFor {
    /// Somebody who decides what becomes of an event that a consumer put aside.
    Decision {
        /// The consumer.
        consumer: String,
        /// The event.
        event: EventId,
        /// Its type.
        event_type: String,
        /// Its stream.
        stream: StreamId,
        /// Why it was put aside.
        reason: String,
        /// When.
        parked_at: DateTime<Utc>,
    },
    /// The outcome of a command, or the time when it goes out.
    Command {
        /// The process that sent it.
        process: String,
        /// The instance.
        key: String,
        /// The command.
        id: CommandId,
        /// `category.command`.
        name: String,
        /// The aggregate's stream.
        to: StreamId,
        /// When it goes out, unless at once.
        #[serde(skip_serializing_if = "Option::is_none")]
        due: Option<DateTime<Utc>>,
    },
    /// A deadline.
    Deadline {
        /// The process that set it.
        process: String,
        /// The instance.
        key: String,
        /// The input's variant.
        name: String,
        /// When it is due.
        due: DateTime<Utc>,
    },
    /// A step of a process instance on the refusal of its command, which it has not taken.
    Refusal {
        /// The process that sent the command.
        process: String,
        /// The instance.
        key: String,
        /// The command.
        id: CommandId,
        /// `category.command`.
        name: String,
    },
    /// An event that a process instance may take, which has neither completed nor compensated and
    /// waits for nothing else.
    Event {
        /// The process.
        process: String,
        /// The instance.
        key: String,
    },
}

impl Waiting {
    /// Nothing, as yet. Flows are correlations.
    pub fn new(settings: &Settings) -> Self {
        let settings = Settings { within: super::Within::Correlation, ..settings.clone() };
        Self {
            sequence: Sequence::new(&settings),
            instances: HashMap::new(),
            done: HashSet::new(),
            take_refusals: HashSet::new(),
            unreadable: 0,
        }
    }

    /// Facts of process managers that this release cannot read. What they tell of counts nowhere.
    pub fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// Flows that have not ended and are known to wait for something, or with `all` whatever they
    /// wait for, those that have stood still longest first. `parked` is what consumers hold.
    pub fn standing(
        &self,
        parked: &[(String, ParkedEvent)],
        view: View,
        all: bool,
    ) -> Vec<Standing> {
        let mut waits = self.waits();
        for (consumer, event) in parked {
            waits.entry(event.correlation.0).or_default().insert(0, decision(consumer, event));
        }
        let mined = self.sequence.mined();
        let now = view.now.map(|now| now.timestamp_micros()).or(mined.flows.newest);
        let of = |id: &FlowId| match id {
            FlowId::Correlation(id) => waits.get(id),
            FlowId::Stream(_) => None,
        };
        let open = mined.flows.open_at(now.unwrap_or(0));
        let mut open: Vec<_> = open.filter(|(id, _)| all || of(id).is_some()).collect();
        open.sort_by_key(|(_, flow)| (flow.at, flow.number));
        open.truncate(view.open);
        let standing = open.into_iter().map(|(id, flow)| Standing {
            flow: mined.open(id, flow, now),
            waits_for: of(id).cloned().unwrap_or_default(),
        });
        standing.collect()
    }

    /// What process instances wait for, by flows.
    fn waits(&self) -> HashMap<Uuid, Vec<WaitsFor>> {
        let mut instances: Vec<_> = self.instances.iter().collect();
        instances.sort_by_key(|(stream, _)| *stream);
        let mut waits: HashMap<Uuid, Vec<WaitsFor>> = HashMap::new();
        for (stream, held) in instances {
            let Some((process, key)) = names(stream) else { continue };
            let takes_refusals = self.take_refusals.contains(process);
            // One that waited for a refusal is done once newer code takes none.
            if !held.is_done(takes_refusals) {
                for (flow, what) in held.waits_for(process, key, takes_refusals) {
                    waits.entry(flow.0).or_default().push(what);
                }
            }
        }
        waits
    }

    /// Learns from a manifest which processes take refusals; the newest one counts.
    fn declared(&mut self, fact: &Envelope) {
        // Of one that newer code wrote nothing is learned.
        let Ok(Some(ManifestRecorded { manifest })) = ManifestRecorded::read(fact) else { return };
        for process in manifest.components.into_iter().flat_map(|component| component.processes) {
            if process.steps.iter().any(|step| step.trigger == "rejection") {
                self.take_refusals.insert(process.name);
            } else {
                self.take_refusals.remove(&process.name);
            }
        }
    }

    fn fact(&mut self, fact: &Envelope) {
        let Some((process, _)) = names(&fact.stream) else { return };
        let held = self.instances.entry(fact.stream.clone()).or_insert_with(|| {
            let mut instance = Instance::default();
            instance.completed = self.done.contains(&fact.stream);
            Held { instance, flow: fact.metadata.correlation }
        });
        held.flow = fact.metadata.correlation;
        if held.instance.apply(fact).is_err() {
            self.unreadable += 1;
        }
        // It is not asked for, and may be long.
        held.instance.state = None;
        if held.is_done(self.take_refusals.contains(process)) {
            self.instances.remove(&fact.stream);
            self.done.insert(fact.stream.clone());
        }
    }
}

impl Held {
    fn is_done(&self, takes_refusals: bool) -> bool {
        let Instance { open, refused, deadlines, completed, compensated, .. } = &self.instance;
        let taken = !takes_refusals || refused.is_empty();
        (*completed || compensated.is_some()) && open.is_empty() && taken && deadlines.is_empty()
    }

    fn waits_for(
        &self,
        process: &str,
        key: &str,
        takes_refusals: bool,
    ) -> Vec<(CorrelationId, WaitsFor)> {
        let (process, key) = (|| process.to_owned(), || key.to_owned());
        let commands = self.instance.open.iter().map(|open| {
            let issued = &open.issued;
            let what = WaitsFor::Command {
                process: process(),
                key: key(),
                id: issued.id,
                name: format!("{}.{}", issued.to.category(), issued.command),
                to: issued.to.clone(),
                due: issued.due,
            };
            (open.correlation, what)
        });
        let refused = self.instance.refused.iter().filter(|_| takes_refusals).map(|refusal| {
            let rejected = &refusal.rejected;
            let name = format!("{}.{}", rejected.aggregate, rejected.command);
            let (process, key, id) = (process(), key(), refusal.command);
            (refusal.correlation, WaitsFor::Refusal { process, key, id, name })
        });
        let deadlines = self.instance.deadlines.iter().map(|(set, _, flow)| {
            let (name, due) = (set.name.clone(), set.due);
            (*flow, WaitsFor::Deadline { process: process(), key: key(), name, due })
        });
        let mut waits: Vec<_> = commands.chain(refused).chain(deadlines).collect();
        if waits.is_empty() {
            waits.push((self.flow, WaitsFor::Event { process: process(), key: key() }));
        }
        waits
    }
}

/// The process and the instance that a stream is of.
fn names(stream: &StreamId) -> Option<(&str, &str)> {
    let of_process = stream.category().is_framework().then(|| stream.id());
    of_process?.strip_prefix("process-")?.split_once('/')
}

fn decision(consumer: &str, event: &ParkedEvent) -> WaitsFor {
    WaitsFor::Decision {
        consumer: consumer.to_owned(),
        event: event.event,
        event_type: event.event_type.clone(),
        stream: event.stream.clone(),
        reason: event.reason.clone(),
        parked_at: event.parked_at,
    }
}

impl Follower for Waiting {
    fn query(&self) -> Query {
        Query::everything()
    }

    fn push(&mut self, event: &Envelope) {
        if event.stream.category().is_framework() {
            self.sequence.touch(event);
            self.declared(event);
            self.fact(event);
        } else {
            self.sequence.push(event);
        }
    }

    fn through(&self) -> Option<Position> {
        self.sequence.through()
    }

    fn reach(&mut self, position: Position) {
        self.sequence.reach(position);
    }
}

impl Miner for Waiting {
    fn held(&self) -> usize {
        self.sequence.held() + self.instances.len() + self.done.len()
    }

    fn observed(&self, view: View) -> Observed {
        self.sequence.observed(view)
    }

    fn always_before(&self) -> Vec<Before> {
        self.sequence.always_before()
    }
}
