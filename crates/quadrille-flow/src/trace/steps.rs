use super::{
    DeadlineNode, DeadlineState, StepNode, Trigger, What,
    build::Times,
    commands::Commands,
    facts::{Facts, Found},
    order::{Draft, Key},
};
use crate::payload::{Difference, differences};
use quadrille_core::{
    CommandId, Envelope, EventId, Position, StreamId,
    journal::{Cause, DeadlineSet, ProcessStepped},
};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// The steps of a flow's process instances, the commands that they issued and the deadlines that
/// they set.
pub(super) fn drafts(
    own: &Facts<'_>,
    all: &Facts<'_>,
    times: &Times,
    commands: &mut Commands<'_>,
) -> Vec<Draft> {
    let history = History::new(all);
    let completions = all.completions();
    let mut drafts = Vec::new();
    for (envelope, step) in &own.steps {
        let key = Key::Event(envelope.id);
        let completed = completions.get(&(&*step.process, &*step.key));
        let trigger = match step.cause {
            Cause::Event(_) => Trigger::Event,
            Cause::Deadline(_) => Trigger::Deadline,
            Cause::Rejected(_) => Trigger::Rejection,
        };
        drafts.push(Draft {
            key: key.clone(),
            causes: history.causes(step, EventId(envelope.metadata.causation.0)),
            position: envelope.position,
            ended: None,
            component: Some(envelope.metadata.component.clone()),
            at: Some(envelope.metadata.occurred_at),
            cause_at: times.get(&envelope.metadata.causation.0).copied(),
            what: What::Step(StepNode {
                entry: envelope.id,
                position: envelope.position,
                process: step.process.clone(),
                key: step.key.clone(),
                input: step.input.clone(),
                trigger,
                cancelled: step.cancelled.clone(),
                compensates: step.compensates.clone(),
                completes: step.completes,
                late: completed.is_some_and(|at| *at < envelope.position),
                undeclared: step.undeclared.clone(),
                changes: history.changes(step, envelope),
            }),
        });
        for issued in &step.issued {
            commands.issued(issued, key.clone(), envelope);
        }
        for set in &step.deadlines {
            drafts.push(Draft {
                key: Key::Deadline(set.id),
                causes: vec![key.clone()],
                position: envelope.position,
                ended: None,
                component: Some(envelope.metadata.component.clone()),
                at: None,
                cause_at: None,
                what: What::Deadline(DeadlineNode {
                    id: set.id,
                    process: step.process.clone(),
                    key: step.key.clone(),
                    name: set.name.clone(),
                    due: set.due,
                    state: history.state(set, step, envelope.position),
                }),
            });
        }
    }
    drafts
}

/// What the steps of all instances tell about deadlines and commands, whatever their flow.
struct History<'a> {
    steps: HashMap<(&'a str, &'a str), Vec<&'a Found<'a, ProcessStepped>>>,
    fired: HashSet<Uuid>,
    given_up: HashSet<Uuid>,
    targets: HashMap<CommandId, &'a StreamId>,
}

impl<'a> History<'a> {
    fn new(all: &'a Facts<'a>) -> Self {
        let mut history = Self {
            steps: HashMap::new(),
            fired: HashSet::new(),
            given_up: all.given_up(),
            targets: HashMap::new(),
        };
        for found in &all.steps {
            let step = &found.1;
            history.steps.entry((&step.process, &step.key)).or_default().push(found);
            if let Cause::Deadline(id) = step.cause {
                history.fired.insert(id);
            }
            history.targets.extend(step.issued.iter().map(|issued| (issued.id, &issued.to)));
        }
        for (_, fact) in &all.settled {
            history.targets.insert(fact.settled.id, &fact.settled.to);
        }
        history.steps.values_mut().for_each(|steps| steps.sort_by_key(|(at, _)| at.version));
        history
    }

    /// What led to a step, with the event that its metadata names as the last resort.
    fn causes(&self, step: &ProcessStepped, causation: EventId) -> Vec<Key> {
        let direct = match step.cause {
            Cause::Event(id) => Some(Key::Event(id)),
            Cause::Deadline(id) => Some(Key::Deadline(id)),
            Cause::Rejected(id) => self.targets.get(&id).map(|&to| Key::Command(id, to.clone())),
        };
        direct.into_iter().chain([Key::Event(causation)]).collect()
    }

    /// What a step changed in the state that the one before it left.
    fn changes(&self, step: &ProcessStepped, envelope: &Envelope) -> Vec<Difference> {
        let state = |step: &ProcessStepped| serde_json::from_str(step.state.get()).ok();
        let steps =
            self.steps.get(&(&*step.process, &*step.key)).map(Vec::as_slice).unwrap_or_default();
        let earlier = steps.partition_point(|(at, _)| at.version < envelope.version);
        let before = match steps[..earlier].last() {
            Some((_, before)) => state(before),
            None => Some(Value::Object(Map::new())),
        };
        let both = before.zip(state(step));
        both.map_or_else(Vec::new, |(before, after)| differences(&before, &after))
    }

    fn state(&self, set: &DeadlineSet, by: &ProcessStepped, at: Position) -> DeadlineState {
        if self.fired.contains(&set.id) {
            return DeadlineState::Fired;
        }
        if self.given_up.contains(&set.id) {
            return DeadlineState::Discarded;
        }
        let steps = self.steps.get(&(&*by.process, &*by.key)).into_iter().flatten();
        let later = steps.filter(|(envelope, _)| envelope.position > at);
        later
            .filter_map(|(_, step)| {
                let replaced = step.deadlines.iter().any(|other| other.name == set.name);
                if replaced || step.cancelled.contains(&set.name) {
                    return Some(DeadlineState::Cancelled);
                }
                step.completes.then_some(DeadlineState::Completed)
            })
            .next()
            .unwrap_or(DeadlineState::Open)
    }
}
