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
        let found = self.server.log(start, direction, count + extra).await;
        let mut found = found.map_err(|problem| problem.concerning(self.server.name()))?;
        if direction == Direction::Forward {
            found.retain(|event| event.commit > beyond.0);
            found.truncate(count);
        } else {
            found.retain(|event| event.commit < beyond.0);
        }
        Ok(found)
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
