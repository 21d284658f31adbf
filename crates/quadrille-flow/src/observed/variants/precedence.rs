use super::{NONE, ROOT, Variants};
use std::collections::HashMap;

impl Variants {
    /// Pairs of activities of which one has come before the other in every flow that has the other,
    /// with the number of those flows. What comes behind the place where a flow was cut is not looked
    /// at.
    pub fn always_before(&self) -> Vec<(u32, u32, u64)> {
        let through = self.through();
        let children = self.children();
        let mut walk = Walk::default();
        let mut left = vec![Visit::Enter(ROOT)];
        while let Some(visit) = left.pop() {
            match visit {
                Visit::Enter(at) => {
                    let activity = self.places[at as usize].activity;
                    walk.enter(activity, through[at as usize]);
                    left.push(Visit::Leave(activity));
                    let mut next = children.first[at as usize];
                    while next != NONE {
                        left.push(Visit::Enter(next));
                        next = children.next[next as usize];
                    }
                }
                Visit::Leave(activity) => walk.leave(activity),
            }
        }
        walk.always()
    }

    fn children(&self) -> Children {
        let count = self.places.len();
        let mut children = Children { first: vec![NONE; count], next: vec![NONE; count] };
        for at in 1..count {
            let before = self.places[at].before as usize;
            children.next[at] = children.first[before];
            children.first[before] = at as u32;
        }
        children
    }
}

/// The places behind each, as lists: the first one, and the next of the same place.
struct Children {
    first: Vec<u32>,
    next: Vec<u32>,
}

enum Visit {
    Enter(u32),
    Leave(u32),
}

/// A way through the tree.
#[derive(Default)]
struct Walk {
    /// How often each activity lies on the way.
    on_way: HashMap<u32, u32>,
    /// Those that do, each once, in the order of their first places.
    met: Vec<u32>,
    flows: HashMap<u32, u64>,
    before: HashMap<(u32, u32), u64>,
}

impl Walk {
    fn enter(&mut self, activity: u32, flows: u64) {
        if activity == NONE {
            return;
        }
        let times = self.on_way.entry(activity).or_default();
        *times += 1;
        if *times == 1 {
            *self.flows.entry(activity).or_default() += flows;
            for first in &self.met {
                *self.before.entry((*first, activity)).or_default() += flows;
            }
            self.met.push(activity);
        }
    }

    fn leave(&mut self, activity: u32) {
        if let Some(times) = self.on_way.get_mut(&activity) {
            *times -= 1;
            if *times == 0 {
                self.met.pop();
            }
        }
    }

    fn always(self) -> Vec<(u32, u32, u64)> {
        let always =
            self.before.into_iter().filter(|((_, then), flows)| self.flows[then] == *flows);
        let mut always: Vec<_> =
            always.map(|((first, then), flows)| (first, then, flows)).collect();
        always.sort_unstable();
        always
    }
}
