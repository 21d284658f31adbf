use super::{
    Node, Outcome, ParkedNode, Resolved, Totals, Trace, What,
    commands::Commands,
    components::Components,
    facts::Facts,
    lagging::{Model, lagging},
    node::{DeadlineNode, DeadlineState, EventNode},
    order::{Draft, Key, into_tree},
    steps,
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    CommandId, CorrelationId, Envelope, EventId, Position,
    manifest::Manifest,
    state::{Deadline, ParkedEvent, RejectionRecord},
};
use std::collections::HashMap;
use uuid::Uuid;

/// All that is known of a flow.
#[derive(Debug, Clone)]
pub struct Input {
    /// The flow.
    pub correlation: CorrelationId,
    /// Its events, the framework's facts among them, in the order of the log.
    pub events: Vec<Envelope>,
    /// Facts of other flows that bear on this one: other steps of its process instances, and
    /// what became of its parked events. They are not drawn.
    pub context: Vec<Envelope>,
    /// Refusals that direct callers met.
    pub rejections: Vec<RejectionRecord>,
    /// Deadlines that the engine holds for it.
    pub deadlines: Vec<Deadline>,
    /// Events that are parked now, with their consumers.
    pub parked: Vec<(String, ParkedEvent)>,
    /// What apps declare: who reads what, and which component it belongs to.
    pub manifests: Vec<Manifest>,
    /// The read models that queries see, and how far they have read.
    pub models: Vec<Model>,
    /// The event that was asked for.
    pub marked: Option<EventId>,
    /// Whether there was more than was read.
    pub truncated: bool,
}

impl Input {
    /// A flow of these events, of which nothing else is known.
    pub fn new(correlation: CorrelationId, events: Vec<Envelope>) -> Self {
        Self {
            correlation,
            events,
            context: Vec::new(),
            rejections: Vec::new(),
            deadlines: Vec::new(),
            parked: Vec::new(),
            manifests: Vec::new(),
            models: Vec::new(),
            marked: None,
            truncated: false,
        }
    }
}

impl Trace {
    /// Draws a flow as a tree.
    pub fn build(input: &Input) -> Self {
        let own = Facts::read(&input.events);
        let all = Facts::read(input.events.iter().chain(&input.context));
        let times: Times = input
            .events
            .iter()
            .chain(&input.context)
            .map(|envelope| (envelope.id.0, envelope.metadata.occurred_at))
            .collect();

        let mut commands = Commands::new(&all, &times);
        let mut drafts = steps::drafts(&own, &all, &times, &mut commands);
        commands.settle(&own, &mut drafts);
        for (event, problem) in &own.events {
            drafts.push(event_draft(event, problem.clone(), &times, &mut commands));
        }
        let groups = recorded(&mut drafts, &own);
        drafts.extend(groups);
        for rejection in &input.rejections {
            commands.reject(rejection, position_at(&input.events, rejection.occurred_at));
        }
        drafts.extend(parked(&own, &all, &input.parked, &times));
        drafts.extend(other_deadlines(&drafts, &input.deadlines));
        // Siblings of one place keep this order: commands, then the deadlines set with them.
        let mut ordered = commands.into_drafts();
        ordered.extend(drafts);

        let mut nodes = into_tree(ordered, input.marked);
        Components::new(input).assign(&mut nodes);
        Self {
            correlation: input.correlation,
            began_at: nodes.iter().filter_map(|node| node.at).min(),
            ended_at: nodes.iter().filter_map(|node| node.at).max(),
            totals: totals(&nodes),
            truncated: input.truncated,
            nodes,
            lagging: lagging(input),
        }
    }
}

/// When events occurred, by their ids.
pub(super) type Times = HashMap<Uuid, DateTime<Utc>>;

fn event_draft(
    event: &Envelope,
    unreadable: Option<String>,
    times: &Times,
    commands: &mut Commands,
) -> Draft {
    let metadata = &event.metadata;
    let is_own_cause = metadata.causation.0 == event.id.0;
    let causes = metadata.command.as_ref().map(|stamp| commands.stamped(event, stamp));
    Draft {
        key: Key::Event(event.id),
        causes: causes.into_iter().collect(),
        position: event.position,
        ended: None,
        component: Some(metadata.component.clone()),
        at: Some(metadata.occurred_at),
        cause_at: times.get(&metadata.causation.0).copied().filter(|_| !is_own_cause),
        what: What::Event(EventNode {
            id: event.id,
            event_type: event.event_type.clone(),
            stream: event.stream.clone(),
            version: event.version,
            position: event.position,
            unreadable,
        }),
    }
}

/// Puts events without a command under one node for each run in one stream: imported histories
/// are long chains, and a chain drawn as a tree would run out of the page.
fn recorded(drafts: &mut [Draft], own: &Facts<'_>) -> Vec<Draft> {
    let mut group_of: HashMap<Uuid, (Key, &Envelope)> = HashMap::new();
    let mut groups = Vec::new();
    let plain = own.events.iter().filter(|(event, _)| event.metadata.command.is_none());
    for (event, _) in plain {
        let cause = event.metadata.causation.0;
        let joined = group_of.get(&cause).filter(|(_, other)| other.stream == event.stream);
        let group = joined.map_or(Key::Recorded(event.id), |(group, _)| group.clone());
        if joined.is_none() {
            groups.push(Draft {
                key: group.clone(),
                // One that names itself has no cause that is known.
                causes: (cause != event.id.0)
                    .then_some(Key::Event(EventId(cause)))
                    .into_iter()
                    .collect(),
                position: event.position,
                ended: None,
                component: Some(event.metadata.component.clone()),
                at: None,
                cause_at: None,
                what: What::Recorded { stream: event.stream.clone() },
            });
        }
        group_of.insert(event.id.0, (group, event));
    }
    for draft in drafts {
        if let Key::Event(id) = draft.key
            && let Some((group, _)) = group_of.get(&id.0)
        {
            draft.causes = vec![group.clone()];
        }
    }
    groups
}

fn parked(
    own: &Facts<'_>,
    all: &Facts<'_>,
    now: &[(String, ParkedEvent)],
    times: &Times,
) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (ordinal, (envelope, fact)) in own.parked.iter().enumerate() {
        let same = |consumer: &str, event| consumer == fact.consumer && event == fact.event;
        let again = own.parked[ordinal + 1..].iter().find(|(_, f)| same(&f.consumer, f.event));
        let until = again.map_or(Position::END, |(envelope, _)| envelope.position);
        let resolved = all.resolved.iter().rfind(|(at, resolved)| {
            same(&resolved.consumer, resolved.event)
                && at.position > envelope.position
                && at.position < until
        });
        if again.is_some() && resolved.is_none() {
            // It failed again, for another reason: that tells of it.
            continue;
        }
        drafts.push(Draft {
            key: Key::Parked(fact.consumer.clone(), fact.event, ordinal),
            causes: vec![Key::Event(fact.event)],
            position: envelope.position,
            ended: None,
            component: Some(envelope.metadata.component.clone()),
            at: Some(envelope.metadata.occurred_at),
            cause_at: times.get(&fact.event.0).copied(),
            what: What::Parked(ParkedNode {
                consumer: fact.consumer.clone(),
                reason: fact.reason.clone(),
                attempts: fact.attempts,
                resolved: resolved.map(|(at, resolved)| Resolved {
                    resolution: resolved.resolution,
                    reason: resolved.reason.clone(),
                    actor: resolved.actor.clone(),
                    at: at.metadata.occurred_at,
                }),
            }),
        });
    }
    let told = |consumer: &str, event| {
        own.parked.iter().any(|(_, fact)| fact.consumer == consumer && fact.event == event)
    };
    let untold = now.iter().filter(|(consumer, parked)| !told(consumer, parked.event));
    drafts.extend(untold.map(|(consumer, parked)| Draft {
        key: Key::Parked(consumer.clone(), parked.event, usize::MAX),
        causes: vec![Key::Event(parked.event)],
        position: parked.position,
        ended: None,
        component: None,
        at: Some(parked.parked_at),
        cause_at: times.get(&parked.event.0).copied(),
        what: What::Parked(ParkedNode {
            consumer: consumer.clone(),
            reason: parked.reason.clone(),
            attempts: parked.attempts,
            resolved: None,
        }),
    }));
    drafts
}

/// Deadlines and delayed commands that the engine holds, though no step of this flow tells of
/// them.
fn other_deadlines(drafts: &[Draft], held: &[Deadline]) -> Vec<Draft> {
    let told = |deadline: &&Deadline| {
        deadline.is_command || drafts.iter().any(|draft| draft.key == Key::Deadline(deadline.id))
    };
    let untold = held.iter().filter(|deadline| !told(deadline));
    untold
        .map(|deadline| Draft {
            key: Key::Deadline(deadline.id),
            causes: Vec::new(),
            position: Position::END,
            ended: None,
            component: None,
            at: None,
            cause_at: None,
            what: What::Deadline(DeadlineNode {
                id: deadline.id,
                process: deadline.process.clone(),
                key: deadline.key.clone(),
                name: deadline.name.clone(),
                due: deadline.due,
                state: DeadlineState::Open,
            }),
        })
        .collect()
}

/// Where something without a place in the log is drawn: behind what had occurred before it.
fn position_at(events: &[Envelope], time: DateTime<Utc>) -> Position {
    let before = events.iter().filter(|event| event.metadata.occurred_at <= time);
    before.map(|event| event.position).max().unwrap_or(Position::START)
}

fn totals(nodes: &[Node]) -> Totals {
    let mut totals = Totals::default();
    for node in nodes {
        totals.negative += usize::from(node.since_cause.is_some_and(|since| since.negative));
        match &node.what {
            What::Event(_) => totals.events += 1,
            What::Command(command) => {
                totals.commands += 1;
                totals.rejected += usize::from(matches!(command.outcome, Outcome::Rejected { .. }));
                totals.retried += usize::from(command.attempts > 1);
                totals.compensating += usize::from(command.compensates);
            }
            What::Step(step) => totals.undeclared += step.undeclared.len(),
            What::Deadline(deadline) => {
                totals.deadlines += 1;
                totals.open_deadlines += usize::from(deadline.state == DeadlineState::Open);
            }
            What::Parked(parked) => totals.parked += usize::from(parked.resolved.is_none()),
            What::Recorded { .. } | What::Reaction { .. } => {}
        }
    }
    totals
}

/// The command's id of a refusal, which is recorded as a plain UUID.
pub(super) fn command_of(rejection: &RejectionRecord) -> CommandId {
    CommandId(rejection.command)
}
