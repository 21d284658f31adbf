use super::course::Course;
use lru::LruCache;
use quadrille_core::{Envelope, StreamId};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicUsize, Ordering},
};

/// The courses of the streams that were appended to last.
pub(super) struct Courses {
    kept: Mutex<LruCache<StreamId, Arc<Slot>>>,
    /// What they take together: an event or a stream is one.
    taken: Arc<AtomicUsize>,
    limit: usize,
}

/// A stream's course, and whose turn it is to append.
pub(super) struct Slot {
    /// Appends of one handle to one stream take turns: of two that race, one would lose anyway.
    pub(super) turn: tokio::sync::Mutex<()>,
    course: Mutex<Course>,
    taken: Arc<AtomicUsize>,
}

impl Slot {
    pub(super) fn course(&self) -> MutexGuard<'_, Course> {
        // Nothing panics half-way through a change that matters.
        self.course.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in what was read, as [`Course::extend`] does.
    pub(super) fn extend(&self, events: &[Envelope]) {
        let mut course = self.course();
        let before = course.len();
        course.extend(events);
        self.taken.fetch_add(course.len() - before, Ordering::Relaxed);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.taken.fetch_sub(1 + self.course().len(), Ordering::Relaxed);
    }
}

impl Courses {
    pub(super) fn new(limit: usize) -> Self {
        Self { kept: Mutex::new(LruCache::unbounded()), taken: Arc::default(), limit }
    }

    /// The slot of a stream, which may know nothing yet. Forgets what was used longest ago.
    pub(super) fn slot(&self, stream: &StreamId) -> Arc<Slot> {
        let mut kept = self.kept();
        let known = kept.get(stream).cloned();
        let new = usize::from(known.is_none());
        // A stream that is known is now the last to go, and stays however long it is.
        while self.taken.load(Ordering::Relaxed) + new > self.limit && kept.len() + new > 1 {
            kept.pop_lru();
        }
        if let Some(slot) = known {
            return slot;
        }
        self.taken.fetch_add(1, Ordering::Relaxed);
        let (turn, course, taken) = (Default::default(), Mutex::default(), Arc::clone(&self.taken));
        let slot = Arc::new(Slot { turn, course, taken });
        kept.put(stream.clone(), Arc::clone(&slot));
        slot
    }

    /// The slot of a stream if it was appended to lately.
    pub(super) fn known(&self, stream: &StreamId) -> Option<Arc<Slot>> {
        self.kept().get(stream).cloned()
    }

    fn kept(&self) -> MutexGuard<'_, LruCache<StreamId, Arc<Slot>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::course::tests::event;

    #[test]
    fn what_was_used_longest_ago_is_forgotten() {
        let courses = Courses::new(3);
        let name = |n: usize| format!("order-{n}").parse::<StreamId>().unwrap();
        for n in 0..4 {
            courses.slot(&name(n));
            courses.slot(&name(0));
        }
        let known: Vec<bool> = (0..4).map(|n| courses.known(&name(n)).is_some()).collect();
        assert_eq!(known, [true, false, true, true]);
        assert_eq!(courses.taken.load(Ordering::Relaxed), 3);
    }

    #[test]
    fn a_stream_that_grows_drives_out_others_and_not_itself() {
        let courses = Courses::new(4);
        let name = |n: usize| format!("order-{n}").parse::<StreamId>().unwrap();
        for n in 0..3 {
            courses.slot(&name(n));
        }
        for version in 1..=9 {
            courses.slot(&name(0)).extend(&[event(version)]);
        }
        courses.slot(&name(0));
        let known: Vec<bool> = (0..3).map(|n| courses.known(&name(n)).is_some()).collect();
        assert_eq!(known, [true, false, false]);
        assert_eq!(courses.slot(&name(0)).course().len(), 9);
    }
}
