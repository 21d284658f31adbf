//! Why something is so: the events that said it, and what led to each of them.
//!
//! [`why`] looks for a field in the events of one stream, the newest first, and follows each event's
//! causes back to the command from outside that began it. It reads payloads as they lie in the log.
//! The state of a process instance is in the log, so there a field is that of its state.
//!
//! What an aggregate makes of its events, and a read model of those that it reads, is users' code,
//! which a store does not know. [`Changes`] takes what that code made of each of them, and tells the
//! same of it.

use crate::{
    payload::{Difference, differences, field},
    text::printable,
};
use chrono::{DateTime, Utc};
use quadrille_core::{
    Envelope, EventId, EventStore, StoreError, StreamId, Version,
    journal::{Fact, Outcome, ProcessSettled, ProcessStepped},
    store::Direction,
};
use serde::Serialize;
use serde_json::Value;
use std::{
    collections::{BTreeSet, HashSet, VecDeque},
    ops::ControlFlow,
};
use uuid::Uuid;

const PAGE: usize = 500;
/// Causes that are followed at most.
const CAUSES: usize = 1_000;
/// Fields that an error names at most.
const NAMED: usize = 20;

/// An event that says what a field is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Said {
    /// What it says; `None` where it says that the field is gone.
    pub value: Option<Value>,
    /// The event.
    #[serde(flatten)]
    pub event: Told,
    /// What led to it, the nearest first.
    pub because: Vec<Because>,
}

/// An event, by all that names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Told {
    /// Its id.
    pub id: EventId,
    /// Its type.
    pub event_type: String,
    /// Its stream.
    pub stream: StreamId,
    /// Its place in the stream.
    pub version: Version,
    /// When it occurred.
    pub occurred_at: DateTime<Utc>,
}

/// One step back from an event to what led to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Because {
    /// A command; what stands behind it led to the command.
    Command {
        /// Its id.
        id: Uuid,
        /// `category.command`.
        name: String,
        /// Who asked for it.
        actor: Option<String>,
        /// Whether it came from outside, so that nothing stands behind it.
        from_outside: bool,
    },
    /// An event.
    Event(Told),
    /// A step of a process manager.
    Step {
        /// The process.
        process: String,
        /// The instance.
        key: String,
        /// The input that it took.
        input: String,
        /// When.
        occurred_at: DateTime<Utc>,
    },
    /// How a command of a process manager ended.
    Outcome {
        /// The process.
        process: String,
        /// The instance.
        key: String,
        /// `category.command`.
        command: String,
        /// The rejection's code, if it was refused.
        rejected: Option<String>,
    },
    /// Something that this log does not hold.
    Unknown {
        /// Its id.
        id: Uuid,
    },
}

/// Why nobody knows.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WhyError {
    /// The stream has no events.
    #[error("tell why: the log holds no events of a stream {0}")]
    NoStream(StreamId),
    /// None of its events has the field.
    #[error("tell why: no event of {stream} holds {field}; {}", there_is(.fields))]
    NoField {
        /// The stream.
        stream: StreamId,
        /// The field.
        field: String,
        /// The fields that they do hold.
        fields: Vec<String>,
    },
    /// No event says anything of it.
    #[error("tell why: the log holds no events of {of}")]
    NoEvents {
        /// The state or the row.
        of: String,
    },
    /// It never had the field.
    #[error("tell why: {of} has no {field}; {}", there_is(.fields))]
    NeverSo {
        /// The state or the row.
        of: String,
        /// The field.
        field: String,
        /// The fields that it has, or had.
        fields: Vec<String>,
    },
    /// The store has a problem.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn there_is(fields: &[String]) -> String {
    if fields.is_empty() {
        return "there are no fields".to_owned();
    }
    let named: Vec<String> = fields.iter().take(NAMED).map(|field| printable(field)).collect();
    let more = match fields.len() - named.len() {
        0 => String::new(),
        more => format!(", … and {more} more"),
    };
    if fields.len() == 1 {
        return format!("the only field is {}", named[0]);
    }
    format!("the fields are {}{more}", named.join(", "))
}

/// The events of a stream that say what a field is, the newest first, at most `limit`. For the
/// field's name see [`payload::field`](crate::payload::field).
///
/// # Errors
/// When no event of the stream holds the field, and when the store cannot be read.
pub async fn why(
    store: &dyn EventStore,
    stream: &StreamId,
    name: &str,
    limit: usize,
) -> Result<Vec<Said>, WhyError> {
    let (mut found, mut fields, mut any) = (Vec::new(), BTreeSet::new(), false);
    let (mut before, mut later) = (Version(u64::MAX), None::<(Envelope, Value)>);
    'pages: loop {
        let page = store.read_stream(stream, before, Direction::Backward, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = last.version;
        for event in page {
            any = true;
            let state = state(&event);
            let Some(told) = state.clone().or_else(|| payload(&event)) else { continue };
            if let Value::Object(all) = &told {
                fields.extend(all.keys().cloned());
            }
            if state.is_none() {
                found.extend(field(&told, name).map(|value| (Some(value.clone()), event.clone())));
            } else if let Some((event, state)) = later.replace((event, told)) {
                found.extend(changed(event, &state, later.as_ref().map(|(_, state)| state), name));
            }
            if found.len() >= limit {
                break 'pages;
            }
        }
    }
    if let Some((event, state)) = later.filter(|_| found.len() < limit) {
        found.extend(changed(event, &state, None, name));
    }
    if !any {
        return Err(WhyError::NoStream(stream.clone()));
    }
    if found.is_empty() {
        let (stream, field) = (stream.clone(), name.to_owned());
        return Err(WhyError::NoField { stream, field, fields: fields.into_iter().collect() });
    }
    tell(store, found).await
}

/// A value that an event gave a field; `None` where the field is gone.
type Change = (Option<Value>, Envelope);

async fn tell(
    store: &dyn EventStore,
    changes: impl IntoIterator<Item = Change>,
) -> Result<Vec<Said>, WhyError> {
    let mut said = Vec::new();
    for (value, event) in changes {
        let because = because(store, &event).await?;
        said.push(Said { value, event: Told::from(&event), because });
    }
    Ok(said)
}

/// The last changes of a field in what users' code made of one event after the other: the state of
/// an aggregate, or a row.
#[derive(Debug)]
pub struct Changes {
    field: String,
    limit: usize,
    any: bool,
    fields: BTreeSet<String>,
    is: Option<Value>,
    last: VecDeque<Change>,
}

impl Changes {
    /// Nothing yet; for the field's name see [`payload::field`](crate::payload::field). The last
    /// `limit` changes are kept, and one at least.
    pub fn of(field: impl Into<String>, limit: usize) -> Self {
        Self {
            field: field.into(),
            limit,
            any: false,
            fields: BTreeSet::new(),
            is: None,
            last: VecDeque::new(),
        }
    }

    /// Takes what there is after an event, in the order of the events, and wants more.
    pub fn see(&mut self, event: &Envelope, after: &Value) -> ControlFlow<()> {
        self.any = true;
        if let Value::Object(fields) = after
            && self.fields.len() < NAMED
        {
            self.fields.extend(fields.keys().take(NAMED).cloned());
        }
        let is = field(after, &self.field);
        if is == self.is.as_ref() {
            return ControlFlow::Continue(());
        }
        self.is = is.cloned();
        while self.last.len() >= self.limit.max(1) {
            self.last.pop_front();
        }
        self.last.push_back((self.is.clone(), event.clone()));
        ControlFlow::Continue(())
    }

    /// The events that changed the field, the newest first, and what led to each. `of` names what
    /// has the field, for errors.
    ///
    /// # Errors
    /// When no event was seen, none of them gave it the field, and when the store cannot be read.
    pub async fn told(self, store: &dyn EventStore, of: &str) -> Result<Vec<Said>, WhyError> {
        let Self { field, any, fields, last, .. } = self;
        let of = of.to_owned();
        if !any {
            return Err(WhyError::NoEvents { of });
        }
        if last.is_empty() {
            return Err(WhyError::NeverSo { of, field, fields: fields.into_iter().collect() });
        }
        tell(store, last.into_iter().rev()).await
    }
}

/// The state that a step of a process manager left.
fn state(event: &Envelope) -> Option<Value> {
    let step = ProcessStepped::read(event).ok()??;
    serde_json::from_str(step.state.get()).ok()
}

/// What a user's event says.
fn payload(event: &Envelope) -> Option<Value> {
    let is_users = !event.stream.category().is_framework();
    serde_json::from_slice(&event.data).ok().filter(|_| is_users)
}

/// A step, if the field is not what it was before.
fn changed(
    event: Envelope,
    state: &Value,
    before: Option<&Value>,
    name: &str,
) -> Option<(Option<Value>, Envelope)> {
    let (is, was) = (field(state, name), before.and_then(|before| field(before, name)));
    (is != was).then(|| (is.cloned(), event))
}

/// What led to an event, back to where it began.
async fn because(store: &dyn EventStore, event: &Envelope) -> Result<Vec<Because>, StoreError> {
    let mut because = Vec::new();
    let mut seen = HashSet::from([event.id]);
    let mut event = event.clone();
    while because.len() < CAUSES {
        let cause = event.metadata.causation.0;
        if let Some(stamp) = &event.metadata.command {
            let from_outside = cause == stamp.id.0;
            because.push(Because::Command {
                id: stamp.id.0,
                name: stamp.name.clone(),
                actor: event.metadata.actor.clone(),
                from_outside,
            });
            if from_outside {
                break;
            }
        }
        let Some(next) = store.event(EventId(cause)).await? else {
            // An event without a command that begins a flow names the flow or itself.
            let begins = cause == event.metadata.correlation.0 || cause == event.id.0;
            because.extend((!begins).then_some(Because::Unknown { id: cause }));
            break;
        };
        if !seen.insert(next.id) {
            break;
        }
        because.push(cause_of(&next));
        event = next;
    }
    Ok(because)
}

fn cause_of(event: &Envelope) -> Because {
    if let Ok(Some(step)) = ProcessStepped::read(event) {
        let ProcessStepped { process, key, input, .. } = step;
        return Because::Step { process, key, input, occurred_at: event.metadata.occurred_at };
    }
    if let Ok(Some(fact)) = ProcessSettled::read(event) {
        let rejected = match fact.settled.outcome {
            Outcome::Rejected(rejected) => Some(rejected.code),
            Outcome::Accepted(_) | Outcome::Unchanged => None,
        };
        let ProcessSettled { process, key, .. } = fact;
        return Because::Outcome { process, key, command: fact.settled.command, rejected };
    }
    Because::Event(Told::from(event))
}

impl From<&Envelope> for Told {
    fn from(event: &Envelope) -> Self {
        Self {
            id: event.id,
            event_type: event.event_type.clone(),
            stream: event.stream.clone(),
            version: event.version,
            occurred_at: event.metadata.occurred_at,
        }
    }
}

/// How two events differ: two steps of process managers in the states that they left, any others
/// in their payloads. `None` where one of them is no JSON.
pub fn between(before: &Envelope, after: &Envelope) -> Option<Vec<Difference>> {
    let value = |event: &Envelope| serde_json::from_slice::<Value>(&event.data).ok();
    match (state(before), state(after)) {
        (Some(before), Some(after)) => Some(differences(&before, &after)),
        _ => Some(differences(&value(before)?, &value(after)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_some_fields_and_nothing_that_a_terminal_heeds() {
        let fields = |count: usize| (1..=count).map(|n| format!("f{n}")).collect::<Vec<_>>();
        assert_eq!(there_is(&[]), "there are no fields");
        assert_eq!(there_is(&["a\u{1b}[2J\n".into(), "b".into()]), "the fields are a·[2J·, b");
        assert!(there_is(&fields(20)).ends_with(", f20"));
        assert!(there_is(&fields(23)).ends_with(", f20, … and 3 more"));
    }
}
