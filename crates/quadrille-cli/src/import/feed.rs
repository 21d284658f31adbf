use crate::explain::Outcome;
use quadrille_core::{
    Append, AppendError, EventStore, ExpectedVersion, StreamId, Version,
    store::{AppendAll, Direction, Limits},
};
use std::collections::HashSet;

/// Events that are gathered before they are written: enough to make a transaction worth while.
const EVENTS: usize = 2_000;
const BYTES: usize = 4 << 20;
const PAGE: usize = 1_000;

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tally {
    pub written: u64,
    /// Events that were there already.
    pub known: u64,
}

impl Tally {
    pub fn events(&self) -> u64 {
        self.written + self.known
    }

    fn add(&mut self, count: usize, repeated: bool) {
        *(if repeated { &mut self.known } else { &mut self.written }) += count as u64;
    }
}

/// Appends in their order, several in one transaction where the store can do that.
pub(super) struct Feed<'a> {
    store: &'a dyn EventStore,
    waiting: Vec<Append>,
    streams: HashSet<StreamId>,
    events: usize,
    bytes: usize,
    pub tally: Tally,
}

impl<'a> Feed<'a> {
    pub fn new(store: &'a dyn EventStore) -> Self {
        Self {
            store,
            waiting: Vec::new(),
            streams: HashSet::new(),
            events: 0,
            bytes: 0,
            tally: Tally::default(),
        }
    }

    /// Takes an append in, and writes what has gathered when there is enough of it. One that
    /// goes on where the one before ends joins it.
    pub async fn push(&mut self, append: Append) -> Outcome {
        let limits = self.store.limits();
        let last = self.waiting.last_mut();
        if let Some(last) = last.filter(|last| continues(last, &append, &limits)) {
            self.events += append.events.len();
            self.bytes += size(&append);
            last.events.extend(append.events);
        } else {
            if self.streams.contains(&append.stream) {
                self.flush().await?;
            }
            self.events += append.events.len();
            self.bytes += size(&append);
            self.streams.insert(append.stream.clone());
            self.waiting.push(append);
        }
        if self.events >= EVENTS || self.bytes >= BYTES {
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes what has gathered.
    pub async fn flush(&mut self) -> Outcome {
        let appends = std::mem::take(&mut self.waiting);
        self.streams.clear();
        (self.events, self.bytes) = (0, 0);
        if appends.len() > 1 && self.store.capabilities().several_streams {
            let all = AppendAll { appends: appends.clone(), unless: Vec::new() };
            match self.store.append_all(all).await {
                Ok(receipts) => {
                    for (append, receipt) in appends.iter().zip(receipts) {
                        self.tally.add(append.events.len(), receipt.repeated);
                    }
                    return Ok(());
                }
                Err(AppendError::Store(error)) => return Err(error.into()),
                // One of them is known already or cannot be written: the next lines tell which.
                Err(_) => {}
            }
        }
        for append in appends {
            self.append(append).await?;
        }
        Ok(())
    }

    async fn append(&mut self, append: Append) -> Outcome {
        match self.store.append(append.clone()).await {
            Ok(receipt) => self.tally.add(append.events.len(), receipt.repeated),
            Err(error @ (AppendError::Conflict { .. } | AppendError::IdReused { .. })) => {
                self.take_up(append, error).await?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Goes on behind those events of an append that its stream holds already.
    async fn take_up(&mut self, mut append: Append, error: AppendError) -> Outcome {
        let first = match append.expected {
            ExpectedVersion::NoStream => Version::NONE,
            ExpectedVersion::Exact(version) => version,
            _ => return self.one_by_one(append).await,
        };
        let mut known = 0;
        'pages: while known < append.events.len() {
            let from = first.after(known);
            let page = self.store.read_stream(&append.stream, from, Direction::Forward, PAGE);
            let page = page.await?;
            if page.is_empty() {
                break;
            }
            for event in &page {
                match append.events.get(known) {
                    Some(ours) if ours.id == event.id => known += 1,
                    Some(ours) => {
                        return Err(Differs {
                            stream: append.stream.clone(),
                            version: event.version,
                            found: event.event_type.clone(),
                            ours: ours.event_type.clone(),
                        }
                        .into());
                    }
                    None => break 'pages,
                }
            }
        }
        if known == 0 {
            return Err(error.into());
        }
        append.events.drain(..known);
        self.tally.add(known, true);
        if append.events.is_empty() {
            return Ok(());
        }
        append.expected = ExpectedVersion::at(first.after(known));
        let count = append.events.len();
        let receipt = self.store.append(append).await?;
        self.tally.add(count, receipt.repeated);
        Ok(())
    }

    async fn one_by_one(&mut self, append: Append) -> Outcome {
        for event in append.events {
            let (stream, expected) = (append.stream.clone(), append.expected);
            let one = Append { stream, expected, events: vec![event] };
            let receipt = self.store.append(one).await?;
            self.tally.add(1, receipt.repeated);
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error(
    "append to {stream}: it holds another history already (event {version} is `{found}`, not this `{ours}`)"
)]
struct Differs {
    stream: StreamId,
    version: Version,
    found: String,
    ours: String,
}

/// Whether one append goes on where another ends.
fn continues(last: &Append, next: &Append, limits: &Limits) -> bool {
    if last.events.len() + next.events.len() > limits.events_per_append
        || size(last) + size(next) > limits.append_bytes
    {
        return false;
    }
    let end = match last.expected {
        ExpectedVersion::NoStream => Version::NONE,
        ExpectedVersion::Exact(version) => version,
        ExpectedVersion::Any => {
            return last.stream == next.stream && next.expected == last.expected;
        }
        ExpectedVersion::Exists => return false,
    };
    last.stream == next.stream && next.expected == ExpectedVersion::at(end.after(last.events.len()))
}

fn size(append: &Append) -> usize {
    append.events.iter().map(|event| event.data.len()).sum()
}
