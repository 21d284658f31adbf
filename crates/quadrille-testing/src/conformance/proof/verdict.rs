use super::{
    Findings,
    attempts::Attempt,
    subscriber::{Head, Sight, Subscriber},
};
use quadrille_core::{Envelope, EventId, Position, StreamId, Version};
use std::collections::{HashMap, HashSet};

/// The log as it is when everything is over.
pub(super) struct Log(pub(super) Vec<Envelope>);

impl Log {
    /// Positions rise, and so do the versions of each stream, without a gap.
    pub(super) fn check_order(&self, found: &mut Findings) {
        if !self.0.is_sorted_by(|one, next| one.position < next.position) {
            found.problems.push("positions do not rise".into());
        }
        let mut versions: HashMap<&StreamId, Version> = HashMap::new();
        for event in &self.0 {
            let last = versions.entry(&event.stream).or_default();
            if event.version != last.next() {
                let (Envelope { stream, version, position, .. }, last) = (event, *last);
                let problem =
                    format!("at {position}, version {version} of {stream} follows {last}");
                found.problems.push(problem);
            }
            *last = event.version;
        }
    }

    /// What was accepted is there, what was refused is not, and nothing else is.
    pub(super) fn check_attempts(&self, attempts: &[Attempt], found: &mut Findings) {
        let places: HashMap<EventId, usize> =
            self.0.iter().enumerate().map(|(at, event)| (event.id, at)).collect();
        let mut accepted: HashSet<EventId> = HashSet::new();
        for attempt in attempts.iter().filter(|attempt| attempt.receipt.is_some()) {
            found.accepted += 1;
            accepted.extend(&attempt.ids);
            if let Err(problem) = self.check_accepted(attempt, &places) {
                found.problems.push(format!("an append to {}: {problem}", attempt.stream));
            }
        }
        for attempt in attempts.iter().filter(|attempt| attempt.receipt.is_none()) {
            found.refused += 1;
            let is_new = |id: &&EventId| !accepted.contains(id) && places.contains_key(id);
            if let Some(id) = attempt.ids.iter().find(is_new) {
                let stream = &attempt.stream;
                found.problems.push(format!("an append to {stream} was refused and left {id}"));
            }
        }
        // Refused ones that are there were told of already.
        let tried: HashSet<&EventId> = attempts.iter().flat_map(|attempt| &attempt.ids).collect();
        if let Some(event) = self.0.iter().find(|event| !tried.contains(&event.id)) {
            found.problems.push(format!("nobody appended the event at {}", event.position));
        }
    }

    fn check_accepted(
        &self,
        attempt: &Attempt,
        places: &HashMap<EventId, usize>,
    ) -> Result<(), String> {
        let receipt = attempt.receipt.as_ref().expect("it was accepted");
        for (id, n) in attempt.ids.iter().zip(0..) {
            let at = places.get(id).ok_or_else(|| format!("it was accepted, and {id} is lost"))?;
            let event = &self.0[*at];
            let version = Version(receipt.first_version.0 + n);
            if (&event.stream, event.version) != (&attempt.stream, version) {
                let Envelope { stream, version: other, .. } = event;
                return Err(format!("{id} is version {other} of {stream}, not {version}"));
            }
            if event.position <= attempt.after {
                let (position, after) = (event.position, attempt.after);
                return Err(format!("{id} lies at {position}, and readers were at {after} before"));
            }
        }
        let last = attempt.ids.last().and_then(|id| places.get(id)).map(|at| &self.0[*at]);
        let last = last.map(|event| (event.version, event.position));
        if last != Some((receipt.last_version, receipt.position)) {
            return Err(format!("its receipt is {receipt:?}, its last event at {last:?}"));
        }
        Ok(())
    }

    /// It saw what it was to see, once and in order.
    pub(super) fn check_subscriber(&self, subscriber: &Subscriber, found: &mut Findings) {
        let Subscriber { number, query, start, reached, seen, heads, .. } = subscriber;
        let is_due = |event: &&Envelope| event.position > *start && query.matches(event);
        let due: Vec<Sight> = self.0.iter().filter(is_due).map(Sight::from).collect();
        let ids: HashSet<EventId> = seen.iter().map(|sight| sight.id).collect();
        let skipped: Vec<&Sight> = due.iter().filter(|sight| !ids.contains(&sight.id)).collect();
        let mut say = |problem: String| {
            found.problems.push(format!("subscriber {number}, from {start}: {problem}"));
        };
        if let Some(first) = skipped.first() {
            let (count, of) = (skipped.len(), due.len());
            say(format!("skipped {count} of {of} events, the first at {}", first.position));
        } else if ids.len() < seen.len() {
            say(format!("saw {} events again", seen.len() - ids.len()));
        } else if *seen != due {
            say("saw events in another order, or others than there are".into());
        }
        let last = self.0.last().map_or(Position::START, |event| event.position);
        if *reached != last {
            say(format!("there was nothing more at {reached}, and the log ends at {last}"));
        }
        if let Some(head) = heads.iter().find(|head| !self.is_settled_below(head)) {
            let Head { position, down_to, .. } = head;
            say(format!("{position} was the head, and from {down_to} on events came later"));
        }
        found.skipped += skipped.len();
    }

    fn is_settled_below(&self, head: &Head) -> bool {
        let range = head.down_to..=head.position;
        let there = self.0.iter().rev().filter(|event| range.contains(&event.position));
        there.map(|event| event.id).eq(head.seen.iter().copied())
    }
}
