//! The replay without an engine: the aggregates decide, the watch reacts, and the clock turns from
//! day to day as it does in the app.

use chrono::{DateTime, Days, Utc};
use loan_applications::{
    app::day,
    application::Application,
    claim::Claim,
    follow_up::{FollowUp, FollowUpCommand},
    offer::Offer,
    replay::{Request, Step},
    watch::{Seen, Watch},
    work_item::WorkItem,
};
use quadrille::{
    Aggregate, Category, Command, Effect, Envelope, Event, EventId, Input, Metadata, Outbox,
    Position, ProcessManager, StreamId, Version, process::StepDeclaration,
};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

/// The events that a replay leads to.
pub fn recorded(steps: &[Step]) -> Vec<Arc<Envelope>> {
    let mut store = Store::default();
    let mut applications = HashMap::<String, Application>::new();
    let mut offers = HashMap::<String, Offer>::new();
    let mut work = HashMap::<String, WorkItem>::new();
    let mut claims = HashMap::<String, Claim>::new();
    for step in steps {
        let id = step.id.clone();
        match step.request.clone() {
            Request::Application(command) => {
                store.execute(applications.entry(id).or_default(), command, step);
            }
            Request::Offer(command) => store.execute(offers.entry(id).or_default(), command, step),
            Request::WorkItem(command) => store.execute(work.entry(id).or_default(), command, step),
            Request::Claim(command) => store.execute(claims.entry(id).or_default(), command, step),
        }
    }
    store.events
}

#[derive(Default)]
struct Store {
    events: Vec<Arc<Envelope>>,
    versions: HashMap<StreamId, Version>,
}

impl Store {
    fn execute<A: Aggregate>(&mut self, aggregate: &mut A, command: A::Command, step: &Step) {
        let category = Category::new(A::Event::CATEGORY).unwrap();
        let stream = StreamId::new(category, step.id.clone()).unwrap();
        for (ordinal, event) in aggregate.decide(command).unwrap().iter().enumerate() {
            aggregate.evolve(event);
            let version = self.versions.entry(stream.clone()).or_default();
            *version = version.next();
            let id = EventId::derive(&stream, step.command_id, ordinal);
            let mut metadata = Metadata::new(step.correlation, step.command_id, "test", step.time);
            metadata.actor.clone_from(&step.actor);
            self.events.push(Arc::new(Envelope {
                id,
                event_type: event.event_type().name.into(),
                schema_version: event.event_type().version,
                stream: stream.clone(),
                version: *version,
                position: Position(self.events.len() as u64 + 1),
                recorded_at: step.time,
                data: event.encode().unwrap(),
                metadata,
            }));
        }
    }
}

/// What the watch over one application did.
#[derive(Default)]
pub struct Watched {
    state: Watch,
    deadlines: Vec<(DateTime<Utc>, &'static str, Vec<u8>)>,
    /// What it sent to the follow-up of its application.
    pub sent: Vec<FollowUpCommand>,
    /// Whether it is done.
    pub completed: bool,
    /// How many events came after that.
    pub late: usize,
}

impl Watched {
    /// Takes an event at the clock's time.
    pub fn take(&mut self, seen: Seen, now: DateTime<Utc>) {
        self.until(now);
        if self.completed {
            self.late += 1;
        } else {
            self.react(seen, now);
        }
    }

    /// Lets the deadlines come due that the clock has passed.
    pub fn until(&mut self, now: DateTime<Utc>) {
        self.deadlines.sort();
        while self.deadlines.first().is_some_and(|(due, ..)| *due <= now) {
            let (_, kind, data) = self.deadlines.remove(0);
            self.react(Seen::decode_deadline(kind, &data).unwrap().unwrap(), now);
        }
    }

    fn react(&mut self, seen: Seen, now: DateTime<Utc>) {
        static STEPS: LazyLock<Vec<StepDeclaration>> = LazyLock::new(Seen::steps);
        let kind = seen.kind();
        let declared = STEPS.iter().find(|step| step.variant == kind).unwrap();
        let mut out = Outbox::default();
        self.state.react(seen, &mut out);
        for effect in out.into_effects().unwrap() {
            assert!(declared.allows(&effect), "{kind} does not declare {effect:?}");
            match effect {
                Effect::Send { message, .. } => {
                    assert_eq!(message.aggregate, <FollowUp as Aggregate>::Event::CATEGORY);
                    let command = FollowUpCommand::decode(message.command, &message.data);
                    self.sent.extend(command.unwrap());
                }
                Effect::Deadline { name, data, after } => {
                    self.deadlines.retain(|(_, open, _)| *open != name);
                    self.deadlines.push((now + after, name, data));
                }
                Effect::Cancel { name } => self.deadlines.retain(|(_, open, _)| *open != name),
                Effect::Complete => self.completed = true,
                other => panic!("{other:?}"),
            }
        }
        if self.completed {
            self.deadlines.clear();
        }
    }
}

/// The watches over all applications of a replay, its clock turned from day to day.
pub fn watched(events: &[Arc<Envelope>]) -> HashMap<String, Watched> {
    let mut watches = HashMap::<String, Watched>::new();
    for event in events {
        if let Some(seen) = Seen::decode(event).unwrap() {
            let watch = watches.entry(seen.key().unwrap()).or_default();
            watch.take(seen, day(event.metadata.occurred_at));
        }
    }
    if let Some(last) = events.last() {
        let end = day(last.metadata.occurred_at) + Days::new(1);
        watches.values_mut().for_each(|watch| watch.until(end));
    }
    watches
}
