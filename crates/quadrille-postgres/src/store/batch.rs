//! Which appends share a transaction.

use super::queue::Request;
use quadrille_core::{EventId, StreamId, Tag, store::AppendAll};
use std::collections::{HashSet, VecDeque};

/// Appends that share a transaction at most; more would only make the first wait.
const MOST_APPENDS: usize = 1024;
const MOST_EVENTS: usize = 16_384;
const MOST_BYTES: usize = 8 << 20;

/// What no two appends of a batch may have in common, nor two batches on their way at once.
#[derive(Debug, Default)]
pub(super) struct Claims {
    streams: HashSet<StreamId>,
    /// Tags that a condition is about, and tags that are written.
    watched: HashSet<Tag>,
    written: HashSet<Tag>,
    /// Only within a batch: across batches the database notices.
    ids: HashSet<EventId>,
}

impl Claims {
    fn admits(&self, all: &AppendAll) -> bool {
        let streams = all.appends.iter().all(|append| !self.streams.contains(&append.stream));
        streams
            && all.unless.iter().all(|unless| {
                // What matches carries all tags, so that one of them tells.
                !self.written.contains(&unless.tags[0]) && !self.watched.contains(&unless.tags[0])
            })
            && events(all).all(|event| {
                !self.ids.contains(&event.id)
                    && event.metadata.tags.iter().all(|tag| !self.watched.contains(tag))
            })
    }

    fn add(&mut self, all: &AppendAll) {
        self.streams.extend(all.appends.iter().map(|append| append.stream.clone()));
        self.watched.extend(all.unless.iter().map(|unless| unless.tags[0].clone()));
        for event in events(all) {
            self.ids.insert(event.id);
            self.written.extend(event.metadata.tags.iter().cloned());
        }
    }
}

fn events(all: &AppendAll) -> impl Iterator<Item = &quadrille_core::NewEvent> {
    all.appends.iter().flat_map(|append| &append.events)
}

/// Streams of the batches that are on their way.
#[derive(Debug, Default)]
pub(super) struct Busy(HashSet<StreamId>);

impl Busy {
    /// Takes the next batch out of those who wait, in their order: who has to wait for another one
    /// keeps its place before those that come later.
    pub(super) fn next_batch(&mut self, waiting: &mut VecDeque<Request>) -> Vec<Request> {
        let (mut claims, mut batch) = (Claims::default(), Vec::new());
        let (mut count, mut bytes) = (0, 0);
        let mut rest = VecDeque::new();
        while let Some(request) = waiting.pop_front() {
            let all = &request.appends;
            let free = all.appends.iter().all(|append| !self.0.contains(&append.stream));
            let admitted = claims.admits(all);
            claims.add(all);
            if !free || !admitted {
                rest.push_back(request);
                continue;
            }
            count += events(all).count();
            bytes += request.bytes;
            batch.push(request);
            if batch.len() >= MOST_APPENDS || count >= MOST_EVENTS || bytes >= MOST_BYTES {
                break;
            }
        }
        rest.append(waiting);
        *waiting = rest;
        self.0.extend(streams(&batch).cloned());
        batch
    }

    pub(super) fn free(&mut self, streams: &[StreamId]) {
        for stream in streams {
            self.0.remove(stream);
        }
    }
}

pub(super) fn streams(batch: &[Request]) -> impl Iterator<Item = &StreamId> {
    batch.iter().flat_map(|request| &request.appends.appends).map(|append| &append.stream)
}
