use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// Ids that are recognised for a while: the events of one command lie close together.
const RECENT: usize = 4_096;

/// Something that may be named as a cause.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Cause {
    /// What it is.
    pub node: u32,
    /// The flow in which it happened.
    pub flow: u32,
    /// When it happened; for a deadline, when it is due.
    pub at: i64,
}

/// Events, commands and deadlines by their ids, as long as later ones may name them.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Causes(HashMap<Uuid, Cause>);

impl Causes {
    pub fn add(&mut self, id: Uuid, cause: Cause) {
        self.0.insert(id, cause);
    }

    pub fn find(&self, id: Uuid) -> Option<Cause> {
        self.0.get(&id).copied()
    }

    /// Something that nothing names any more.
    pub fn take(&mut self, id: Uuid) -> Option<Cause> {
        self.0.remove(&id)
    }

    /// Forgets what happened in other flows than these.
    pub fn retain(&mut self, flows: &HashSet<u32>) {
        self.0.retain(|_, cause| flows.contains(&cause.flow));
        // A table does not shrink by itself, and a flood should not be held for good.
        if self.0.len() < self.0.capacity() / 4 {
            self.0.shrink_to(self.0.len() * 2);
        }
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// The last ids that were met, between [`RECENT`] and twice as many.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Recent([HashSet<Uuid>; 2]);

impl Recent {
    /// Whether it is new.
    pub fn add(&mut self, id: Uuid) -> bool {
        let [new, old] = &mut self.0;
        if new.contains(&id) || old.contains(&id) {
            return false;
        }
        if new.len() >= RECENT {
            *old = std::mem::take(new);
        }
        new.insert(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_recognised_for_a_while_and_forgotten_in_the_end() {
        let mut recent = Recent::default();
        let ids = 0..3 * RECENT as u128;
        assert!(ids.map(Uuid::from_u128).all(|id| recent.add(id)));
        assert!(!recent.add(Uuid::from_u128(2 * RECENT as u128)));
        assert!(recent.add(Uuid::from_u128(0)));
        assert!(recent.0.iter().all(|ids| ids.len() <= RECENT));
    }
}
