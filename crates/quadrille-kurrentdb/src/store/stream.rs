//! Reading one stream, and noticing where a part of it is gone.

use super::{Shared, courses::Slot, envelope::envelope};
use crate::client::{Problem, Recorded, Server, Start};
use quadrille_core::{CommandId, Envelope, StoreError, StreamId, Version, store::Direction};

/// Higher than any revision is: those of the server are signed.
const BEYOND: u64 = i64::MAX as u64;

/// How many events of a long stream are held at once while its ids are learned.
const PAGE: usize = 1_000;

impl Shared {
    /// Events above a version.
    pub(super) async fn forward(
        &self,
        stream: &StreamId,
        from: Version,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        let events = self.dense(stream, from, limit).await?;
        let slot = match from {
            Version::NONE => Some(self.courses.slot(stream)),
            _ => self.courses.known(stream),
        };
        if let Some(slot) = slot {
            slot.extend(&events);
        }
        Ok(events)
    }

    /// Events above a version, of which none is missing.
    async fn dense(
        &self,
        stream: &StreamId,
        from: Version,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        if from.0 >= BEYOND || limit == 0 {
            return Ok(Vec::new());
        }
        // Version 5 is revision 4, so this is the next one.
        let start = if from == Version::NONE { Start::First } else { Start::At(from.0) };
        let events = self.part(stream, start, Direction::Forward, limit).await?;
        for (event, wanted) in events.iter().zip(from.0 + 1..) {
            self.expect(stream, event.version, Version(wanted))?;
        }
        Ok(events)
    }

    /// Events below a version, the last first.
    pub(super) async fn backward(
        &self,
        stream: &StreamId,
        from: Version,
        limit: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        if from.0 <= 1 || limit == 0 {
            return Ok(Vec::new());
        }
        let mut start = Start::Last;
        if from.0 < BEYOND {
            // What a server makes of a revision behind the last is not told.
            let last = self.part(stream, Start::Last, Direction::Backward, 1).await?;
            let Some(last) = last.first() else { return Ok(Vec::new()) };
            start = Start::At(last.version.0.min(from.0 - 1) - 1);
        }
        let events = self.part(stream, start, Direction::Backward, limit).await?;
        let Some(first) = events.first().map(|event| event.version.0) else {
            return Ok(events);
        };
        for (event, wanted) in events.iter().zip((0..=first).rev()) {
            self.expect(stream, event.version, Version(wanted))?;
        }
        let reached = first + 1 - events.len() as u64;
        if events.len() < limit {
            self.expect(stream, Version(reached), Version(1))?;
        }
        Ok(events)
    }

    /// The events that a command left.
    pub(super) async fn of_command(
        &self,
        stream: &StreamId,
        command: CommandId,
    ) -> Result<Vec<Envelope>, StoreError> {
        let slot = self.courses.slot(stream);
        let news = self.catch_up(stream, &slot).await?;
        let Some((first, last)) = slot.course().of_command(command) else { return Ok(Vec::new()) };
        let is_of = |event: &Envelope| {
            event.metadata.command.as_ref().is_some_and(|stamp| stamp.id == command)
        };
        let mut events = news;
        if events.first().is_none_or(|event| event.version > first) {
            let count = (last.0 - first.0 + 1) as usize;
            events = self.forward(stream, Version(first.0 - 1), count).await?;
        }
        events.retain(is_of);
        Ok(events)
    }

    /// Brings a course up to date, and gives the last of what was added.
    pub(super) async fn catch_up(
        &self,
        stream: &StreamId,
        slot: &Slot,
    ) -> Result<Vec<Envelope>, StoreError> {
        let mut from = slot.course().version();
        loop {
            let events = self.dense(stream, from, PAGE).await?;
            slot.extend(&events);
            match events.last() {
                Some(last) if events.len() == PAGE => from = last.version,
                _ => return Ok(events),
            }
        }
    }

    async fn part(
        &self,
        stream: &StreamId,
        start: Start,
        direction: Direction,
        count: usize,
    ) -> Result<Vec<Envelope>, StoreError> {
        match self.server.stream(&stream.to_string(), start, direction, count).await {
            // A stream that never was is missing; this one is there, and shows nothing.
            Ok(events) if events.is_empty() && !matches!(start, Start::At(_)) => {
                Err(self.emptied(stream))
            }
            Ok(events) => events.into_iter().map(|event| envelope(event, stream.clone())).collect(),
            Err(Problem::Missing) => self.check_missing(stream).await.map(|()| Vec::new()),
            Err(problem) => Err(problem.concerning(self.named(stream))),
        }
    }

    /// A stream of which nothing is left must not be taken for one that never was.
    async fn check_missing(&self, stream: &StreamId) -> Result<(), StoreError> {
        match is_deleted(&self.server, &stream.to_string()).await {
            Ok(true) => Err(self.emptied(stream)),
            Ok(false) => Ok(()),
            Err(problem) => Err(problem.concerning(self.named(stream))),
        }
    }

    fn emptied(&self, stream: &StreamId) -> StoreError {
        StoreError::unusable(
            self.named(stream),
            "it was deleted, or all of it truncated ($tb or $maxAge in its metadata); append to a \
             stream with another id, or remove these while the events are still there",
        )
    }

    /// Events of a stream are dense, unless some were taken away.
    fn expect(&self, stream: &StreamId, found: Version, wanted: Version) -> Result<(), StoreError> {
        if found == wanted {
            return Ok(());
        }
        Err(StoreError::unusable(
            self.named(stream),
            format!(
                "its events before version {found} are gone, by a delete or by $maxCount, $maxAge or \
                 $tb in its metadata, and what is left must not be taken for the whole; remove these, \
                 which brings back what was not scavenged yet, or append to a stream with another id"
            ),
        ))
    }

    pub(super) fn named(&self, stream: &StreamId) -> String {
        format!("stream {stream} on {}", self.server.name())
    }
}

/// Whether a stream that is missing was there once.
pub(super) async fn is_deleted(server: &Server, stream: &str) -> Result<bool, Problem> {
    let metadata = format!("$${stream}");
    let found = match server.stream(&metadata, Start::Last, Direction::Backward, 1).await {
        Err(Problem::Missing) => return Ok(false),
        found => found?,
    };
    let truncated = |event: &Recorded| {
        let metadata = serde_json::from_slice::<serde_json::Value>(&event.data);
        metadata.is_ok_and(|metadata| metadata["$tb"].as_u64().is_some_and(|before| before > 0))
    };
    Ok(found.first().is_some_and(truncated))
}
