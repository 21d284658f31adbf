//! A log written by hand.

use chrono::{DateTime, Duration, TimeZone, Utc};
use quadrille_core::{
    CommandId, CommandStamp, CorrelationId, Envelope, EventId, Metadata, Position, Rejected,
    StreamId, Version,
    journal::{
        self, Cause, DeadlineSet, Fact, Issued, Outcome, ProcessSettled, ProcessStepped,
        ReactionSettled, Settled,
    },
};
use serde_json::value::RawValue;
use std::collections::HashMap;
use uuid::Uuid;

pub const FLOW: CorrelationId = CorrelationId(Uuid::from_u128(1));

/// The time of a log's beginning.
pub fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2024, 3, 1, 12, 0, 0).unwrap()
}

pub fn command(n: u128) -> CommandId {
    CommandId(Uuid::from_u128(0xc000 + n))
}

pub fn stream(name: &str) -> StreamId {
    name.parse().unwrap()
}

pub fn raw(json: &str) -> Box<RawValue> {
    RawValue::from_string(json.into()).unwrap()
}

#[derive(Default)]
pub struct Log {
    pub events: Vec<Envelope>,
    pub flow: Option<CorrelationId>,
    component: Option<&'static str>,
    versions: HashMap<StreamId, Version>,
    micros: i64,
}

impl Log {
    /// Lets time pass.
    pub fn wait(&mut self, time: Duration) -> &mut Self {
        self.micros += time.num_microseconds().unwrap();
        self
    }

    /// Whoever writes from now on belongs to this component.
    pub fn of(&mut self, component: &'static str) -> &mut Self {
        self.component = Some(component);
        self
    }

    pub fn now(&self) -> DateTime<Utc> {
        start() + Duration::microseconds(self.micros)
    }

    fn push(&mut self, to: &str, event_type: &str, data: Vec<u8>, metadata: Metadata) -> EventId {
        let position = self.events.len() as u64 + 1;
        let stream = stream(to);
        let recorded_at = self.now();
        let version = self.versions.entry(stream.clone()).or_default();
        *version = version.next();
        let id = EventId(Uuid::from_u128(0xe000 + u128::from(position)));
        self.events.push(Envelope {
            id,
            event_type: event_type.into(),
            schema_version: 1,
            stream,
            version: *version,
            position: Position(position * 10),
            recorded_at,
            data,
            metadata,
        });
        id
    }

    fn metadata(&self, cause: Uuid) -> Metadata {
        Metadata::new(
            self.flow.unwrap_or(FLOW),
            cause,
            self.component.unwrap_or("shop"),
            self.now(),
        )
    }

    /// An event of a command; without a cause the command came from outside.
    pub fn event(
        &mut self,
        to: &str,
        kind: &str,
        name: &str,
        by: CommandId,
        cause: Option<EventId>,
    ) -> EventId {
        let mut metadata = self.metadata(cause.map_or(by.0, |cause| cause.0));
        metadata.command = Some(CommandStamp::new(by, name, b"{}"));
        metadata.actor = Some("alice".into());
        self.push(to, kind, b"{}".to_vec(), metadata)
    }

    /// An event without a command.
    pub fn plain(&mut self, to: &str, kind: &str, cause: Uuid) -> EventId {
        let metadata = self.metadata(cause);
        self.push(to, kind, b"{}".to_vec(), metadata)
    }

    /// A fact of the framework's own.
    pub fn fact<F: Fact>(&mut self, to: &StreamId, fact: &F, cause: EventId) -> EventId {
        let event = fact.event(EventId::new(), self.metadata(cause.0)).unwrap();
        self.push(&to.to_string(), F::TYPE, event.data, event.metadata)
    }

    pub fn step(&mut self, step: ProcessStepped, causation: EventId) -> EventId {
        let to = journal::process_stream(&step.process, &step.key).unwrap();
        self.fact(&to, &step, causation)
    }

    pub fn settled(&mut self, settled: Settled, causation: EventId) -> EventId {
        self.settled_with(settled, None, causation)
    }

    pub fn settled_with(
        &mut self,
        settled: Settled,
        undone_by: Option<Issued>,
        causation: EventId,
    ) -> EventId {
        let to = journal::process_stream("fulfilment", "o1").unwrap();
        let (process, key) = ("fulfilment".into(), "o1".into());
        self.fact(&to, &ProcessSettled { process, key, settled, undone_by }, causation)
    }

    pub fn reaction(&mut self, reaction: &str, cause: EventId, settled: Vec<Settled>) -> EventId {
        let to = journal::reaction_stream(reaction).unwrap();
        let fact = ReactionSettled { reaction: reaction.into(), cause, settled };
        self.fact(&to, &fact, cause)
    }
}

pub fn step(input: &str, cause: Cause) -> ProcessStepped {
    ProcessStepped {
        process: "fulfilment".into(),
        key: "o1".into(),
        input: input.into(),
        cause,
        state_version: 1,
        state: raw("{}"),
        issued: Vec::new(),
        undo: Vec::new(),
        deadlines: Vec::new(),
        cancelled: Vec::new(),
        compensates: None,
        dropped: Vec::new(),
        completes: false,
        undeclared: Vec::new(),
    }
}

pub fn issued(id: CommandId, to: &str, name: &str) -> Issued {
    Issued {
        id,
        to: stream(to),
        command: name.into(),
        data: raw("{}"),
        due: None,
        undo: None,
        compensates: false,
        undo_at_once: false,
    }
}

pub fn deadline(id: u128, name: &str, due: DateTime<Utc>) -> DeadlineSet {
    DeadlineSet { id: Uuid::from_u128(id), name: name.into(), data: raw("{}"), due }
}

pub fn outcome(issued: &Issued, outcome: Outcome, attempts: u32) -> Settled {
    let command = format!("{}.{}", issued.to.category(), issued.command);
    Settled { id: issued.id, to: issued.to.clone(), command, outcome, attempts }
}

pub fn refused(code: &str, message: &str) -> Outcome {
    Outcome::Rejected(Rejected {
        aggregate: "payment".into(),
        id: "o1".into(),
        command: "capture".into(),
        code: code.into(),
        message: message.into(),
    })
}
