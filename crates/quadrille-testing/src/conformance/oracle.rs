use quadrille_core::{
    Envelope, Position, Query,
    store::{Direction, Page},
};

/// The log as it is, to say what a page of it must hold.
pub(crate) struct Oracle<'a>(pub(crate) &'a [Envelope]);

impl Oracle<'_> {
    /// What is wrong with a page, if anything.
    pub(crate) fn check_page(
        &self,
        query: &Query,
        from: Position,
        direction: Direction,
        limit: usize,
        page: &Page,
    ) -> Result<(), String> {
        let ahead = self.ahead(from, direction);
        let end = match page.through {
            None => 0,
            Some(through) => {
                let is_it = |event: &&Envelope| {
                    (event.position, event.id) == (through.position, through.event)
                };
                let at = ahead.iter().position(is_it);
                1 + at.ok_or_else(|| format!("{through:?} is not an event beyond {from}"))?
            }
        };
        let selected = |events: &[&Envelope]| -> Vec<Envelope> {
            events
                .iter()
                .filter(|event| query.matches(event))
                .map(|event| (*event).clone())
                .collect()
        };
        let (looked_at, rest) = ahead.split_at(end);
        let expected = selected(looked_at);
        if page.events != expected {
            let places = |events: &[Envelope]| -> Vec<Position> {
                events.iter().map(|event| event.position).collect()
            };
            let (found, expected) = (places(&page.events), places(&expected));
            return Err(format!("found events at {found:?}, expected those at {expected:?}"));
        }
        if page.events.len() > limit {
            return Err(format!("{} events, the limit is {limit}", page.events.len()));
        }
        if page.more {
            return if end == 0 { Err("there is more, but no way on".into()) } else { Ok(()) };
        }
        if !selected(rest).is_empty() {
            return Err("nothing more, it says, but events that the query selects follow".into());
        }
        if direction == Direction::Forward && !rest.is_empty() {
            return Err(format!("nothing more, it says, and stops {} before the head", rest.len()));
        }
        Ok(())
    }

    fn ahead(&self, from: Position, direction: Direction) -> Vec<&Envelope> {
        match direction {
            Direction::Forward => self.0.iter().filter(|event| event.position > from).collect(),
            Direction::Backward => {
                self.0.iter().rev().filter(|event| event.position < from).collect()
            }
        }
    }
}
