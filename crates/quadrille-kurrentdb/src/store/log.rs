//! Reading the log.

use super::{Shared, envelope::of_log};
use crate::client::{Problem, Recorded, Start};
use quadrille_core::{
    Envelope, Position, Query, StoreError,
    store::{Direction, Page, Place},
};
use std::sync::PoisonError;

/// How many events of the server are asked for at once.
const AT_ONCE: usize = 1_000;

/// A part of the log in which there is nothing of ours: behind `from`, up to and with `through`.
///
/// Without it, whoever waits at the end would read again and again what others wrote since.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quiet {
    from: Position,
    through: Position,
}

impl Shared {
    /// A page of what a query selects, as the contract has it.
    pub(super) async fn page(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
    ) -> Result<Page, StoreError> {
        let is_simple = *query == Query::all() || *query == Query::everything();
        let at_once = if is_simple { limit.clamp(1, AT_ONCE) } else { AT_ONCE };
        let mut page = Page::default();
        // The last position looked at, of whomever it is.
        let mut at = self.behind_quiet(from, direction);
        loop {
            let raw = self.raw(at, direction, at_once).await?;
            let is_last = raw.len() < at_once;
            for event in raw {
                if page.events.len() >= limit {
                    page.more = true;
                    return Ok(page);
                }
                at = Position(event.commit);
                let Some(event) = of_log(event)? else { continue };
                page.through = Some(Place::from(&event));
                if query.matches(&event) {
                    page.events.push(event);
                }
            }
            if let Some(through) = page.through.filter(|_| direction == Direction::Forward) {
                self.notice(through.position);
            }
            if is_last {
                self.note_quiet(page.through.map_or(from, |place| place.position), at, direction);
                return Ok(page);
            }
            // A page must say how far it looked, and others' events are no place to go on from.
            if page.through.is_some() {
                page.more = true;
                return Ok(page);
            }
        }
    }

    /// The last event.
    pub(super) async fn head(&self) -> Result<Option<Place>, StoreError> {
        let (mut at, mut at_once) = (Position::END, 1);
        loop {
            let raw = self.raw(at, Direction::Backward, at_once).await?;
            let is_last = raw.len() < at_once;
            for event in raw {
                at = Position(event.commit);
                if let Some(event) = of_log(event)? {
                    self.notice(event.position);
                    return Ok(Some(Place::from(&event)));
                }
            }
            if is_last {
                return Ok(None);
            }
            at_once = (at_once * 8).min(AT_ONCE);
        }
    }

    /// The event at exactly this position.
    pub(super) async fn event_at(
        &self,
        position: Position,
    ) -> Result<Option<Envelope>, StoreError> {
        if position == Position::START || position >= Position::END {
            return Ok(None);
        }
        let start = Start::At(position.0);
        match self.server.log(start, Direction::Forward, 1).await {
            Ok(found) => match found.into_iter().next() {
                Some(event) if event.commit == position.0 => of_log(event),
                _ => Ok(None),
            },
            // No event begins there, and the server wants none but such positions.
            Err(Problem::Refused(_)) => Ok(None),
            Err(problem) => Err(problem.concerning(self.server.name())),
        }
    }

    /// Events of whomever beyond a position, which is left out.
    async fn raw(
        &self,
        beyond: Position,
        direction: Direction,
        count: usize,
    ) -> Result<Vec<Recorded>, StoreError> {
        let (start, extra) = match direction {
            Direction::Forward if beyond == Position::START => (Start::First, 0),
            Direction::Backward if beyond >= Position::END => (Start::Last, 0),
            Direction::Backward => (Start::At(beyond.0), 0),
            Direction::Forward if beyond >= Position::END => return Ok(Vec::new()),
            // Forward, the server begins with the event at the position itself.
            Direction::Forward => (Start::At(beyond.0), 1),
        };
        let found = match self.server.log(start, direction, count + extra).await {
            // Servers know no other positions than those of events.
            Err(Problem::Refused(_)) if matches!(start, Start::At(_)) => {
                let start = self.nearest(beyond, direction).await?;
                self.server.log(start, direction, count + extra).await
            }
            found => found,
        };
        let mut found = found.map_err(|problem| problem.concerning(self.server.name()))?;
        if direction == Direction::Forward {
            found.retain(|event| event.commit > beyond.0);
            found.truncate(count);
        } else {
            found.retain(|event| event.commit < beyond.0);
        }
        Ok(found)
    }

    /// Where to begin for what lies beyond a position at which there may be no event.
    async fn nearest(&self, beyond: Position, direction: Direction) -> Result<Start, StoreError> {
        let mut start = Start::Last;
        loop {
            let found = self.server.log(start, Direction::Backward, AT_ONCE).await;
            let found = found.map_err(|problem| problem.concerning(self.server.name()))?;
            let at = |event: &Recorded| Start::At(event.commit);
            if direction == Direction::Forward
                && let Some(below) = found.iter().find(|event| event.commit <= beyond.0)
            {
                return Ok(at(below));
            }
            let above = found.iter().take_while(|event| event.commit >= beyond.0);
            let (count, last) = (above.clone().count(), above.last());
            start = last.map_or(start, at);
            match direction {
                Direction::Forward if found.len() < AT_ONCE => return Ok(Start::First),
                Direction::Backward if count < AT_ONCE => return Ok(start),
                _ => {}
            }
        }
    }

    fn behind_quiet(&self, from: Position, direction: Direction) -> Position {
        let quiet = self.quiet.lock().unwrap_or_else(PoisonError::into_inner);
        match *quiet {
            Some(quiet) if quiet.from == from && direction == Direction::Forward => quiet.through,
            _ => from,
        }
    }

    fn note_quiet(&self, from: Position, through: Position, direction: Direction) {
        if direction == Direction::Forward && through > from {
            let quiet = Some(Quiet { from, through });
            *self.quiet.lock().unwrap_or_else(PoisonError::into_inner) = quiet;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KurrentDbStore;
    use quadrille::memory::MemoryStore;
    use quadrille_core::{
        Append, CorrelationId, EventId, EventStore, ExpectedVersion, Metadata, NewEvent,
    };
    use quadrille_gateway::{Gateway, Settings};
    use std::sync::Arc;

    #[tokio::test]
    async fn for_every_position_there_is_a_place_to_begin_that_leaves_nothing_out() {
        let settings = Settings::default().framework_streams(true);
        let gateway = Gateway::new(Arc::new(MemoryStore::like_kurrentdb()), settings);
        let gateway = gateway.bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = format!("esdb://{}?tls=false", gateway.address());
        let store = KurrentDbStore::open(&url).await.unwrap();
        for _ in 0..5 {
            let flow = CorrelationId::new();
            let metadata = Metadata::new(flow, flow.0, "test", chrono::Utc::now());
            let new = || NewEvent::new(EventId::new(), "order.placed", *b"{}", metadata.clone());
            let events = (0..450).map(|_| new().unwrap()).collect();
            let (stream, expected) = ("order-1".parse().unwrap(), ExpectedVersion::Any);
            store.append(Append { stream, expected, events }).await.unwrap();
        }
        let all = store.shared.server.log(Start::First, Direction::Forward, 10_000).await.unwrap();
        let all: Vec<u64> = all.into_iter().map(|event| event.commit).collect();
        let (first, last) = (all[0], all[all.len() - 1]);
        assert!(all.windows(2).any(|two| two[0] + 1 < two[1]), "there are no gaps");
        let middle = all[all.len() / 2];
        let near = |at: u64| at.saturating_sub(3)..at + 4;
        for beyond in near(first).chain(near(middle)).chain(near(last)).filter(|at| *at > 0) {
            let found = store.shared.nearest(Position(beyond), Direction::Forward).await.unwrap();
            let below = all.iter().rev().find(|at| **at <= beyond);
            assert_eq!(found, below.map_or(Start::First, |at| Start::At(*at)), "above {beyond}");
            let found = store.shared.nearest(Position(beyond), Direction::Backward).await.unwrap();
            let above = all.iter().find(|at| **at >= beyond);
            assert_eq!(found, above.map_or(Start::Last, |at| Start::At(*at)), "below {beyond}");
        }
    }
}
