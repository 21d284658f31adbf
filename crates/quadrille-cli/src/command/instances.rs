//! Instances of process managers, read from their streams.

use crate::{Context, explain::Outcome};
use chrono::{DateTime, Utc};
use quadrille_core::{
    Envelope, StreamId, Version,
    journal::{Fact, Instance, ProcessSettled, ProcessStepped},
    name::Category,
    store::{Direction, StreamFilter},
};

const PAGE: usize = 500;

/// An instance with its name.
pub(super) struct Told {
    pub process: String,
    pub key: String,
    pub instance: Instance,
    /// When it last moved.
    pub since: DateTime<Utc>,
    pub steps: u64,
}

/// How an instance is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Open,
    Compensating,
    Compensated,
    Completed,
}

impl State {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Compensating => "compensating",
            Self::Compensated => "compensated",
            Self::Completed => "completed",
        }
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Compensating)
    }
}

impl Told {
    pub fn state(&self) -> State {
        let waits = !self.instance.open.is_empty() || !self.instance.deadlines.is_empty();
        match (self.instance.compensated.is_some(), self.instance.completed) {
            (true, _) if waits => State::Compensating,
            (true, _) => State::Compensated,
            (false, true) => State::Completed,
            (false, false) => State::Open,
        }
    }

    /// What it waits for: outcomes, deadlines, or events alone.
    pub fn waits_for(&self) -> Vec<String> {
        let commands = self.instance.open.iter().map(|open| {
            let issued = &open.issued;
            let name = format!("{}.{} to {}", issued.to.category(), issued.command, issued.to);
            match issued.due {
                Some(due) => format!("{name} at {}", crate::format::time(due)),
                None => format!("outcome of {name}"),
            }
        });
        let deadlines = self.instance.deadlines.iter().map(|(deadline, ..)| {
            format!("{} at {}", deadline.name, crate::format::time(deadline.due))
        });
        commands.chain(deadlines).collect()
    }
}

/// Reads one instance; `None` when its stream is empty or holds no step. `each` sees every event.
pub(super) async fn read(
    context: &Context,
    stream: &StreamId,
    mut each: impl FnMut(&Envelope) -> Outcome,
) -> Outcome<Option<Told>> {
    let mut instance = Instance::default();
    let mut name = None;
    let (mut since, mut steps) = (DateTime::<Utc>::MIN_UTC, 0);
    let mut from = Version::NONE;
    loop {
        let page = context.store.read_stream(stream, from, Direction::Forward, PAGE).await?;
        let Some(last) = page.last() else { break };
        (from, since) = (last.version, last.metadata.occurred_at);
        for event in &page {
            instance.apply(event)?;
            each(event)?;
            steps += u64::from(event.event_type == ProcessStepped::TYPE);
            if name.is_none() {
                let stepped = ProcessStepped::read(event)?.map(|step| (step.process, step.key));
                let settled = ProcessSettled::read(event)?.map(|fact| (fact.process, fact.key));
                name = stepped.or(settled);
            }
        }
    }
    Ok(name.map(|(process, key)| Told { process, key, instance, since, steps }))
}

/// Hands out instances one after the other, by their names, until `each` says that it is enough.
pub(super) async fn for_each(
    context: &Context,
    process: Option<&str>,
    mut each: impl FnMut(Told) -> bool,
) -> Outcome {
    let id_prefix = process.map_or("process-".to_owned(), |name| format!("process-{name}/"));
    let filter = StreamFilter { category: Some(Category::FRAMEWORK), id_prefix, framework: true };
    let mut after: Option<StreamId> = None;
    loop {
        let page = context.store.streams(&filter, after.as_ref(), PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.stream.clone());
        for info in &page {
            let told = read(context, &info.stream, |_| Ok(())).await?;
            if told.is_some_and(|told| !each(told)) {
                return Ok(());
            }
        }
    }
}
