use super::{NONE, Place, ROOT, Variants};
use std::collections::HashMap;

/// A loop: its activities, from the one to which flows mostly return.
pub(in crate::observed) struct Cycle {
    pub activities: Vec<u32>,
    pub times: u64,
    pub flows: u64,
}

impl Variants {
    /// The loops that flows went through. A way that comes back to where it was has closed one,
    /// which is then taken out of it (the chronological loop erasure of Lawler), so that a loop
    /// holds no activity twice.
    pub fn cycles(&self) -> Vec<Cycle> {
        let through = self.through();
        let mut numbers: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut cycles: Vec<Cycle> = Vec::new();
        let mut returns: HashMap<(usize, u32), u64> = HashMap::new();
        let mut closed = vec![NONE; self.places.len()];
        for (place, step) in self.places.iter().enumerate().filter(|(_, s)| s.returns != NONE) {
            let activities = self.cycle(step);
            let number = *numbers.entry(activities.clone()).or_insert(cycles.len());
            if number == cycles.len() {
                cycles.push(Cycle { activities, times: 0, flows: 0 });
            }
            cycles[number].times += through[place];
            *returns.entry((number, step.activity)).or_default() += through[place];
            closed[place] = number as u32;
        }
        self.count_flows(&mut cycles, &closed, &through);
        for (number, cycle) in cycles.iter_mut().enumerate() {
            let often = |activity: &u32| returns.get(&(number, *activity)).copied().unwrap_or(0);
            let most = cycle.activities.iter().map(often).max();
            let first = cycle.activities.iter().position(|activity| Some(often(activity)) == most);
            cycle.activities.rotate_left(first.unwrap_or(0));
        }
        cycles.retain(|cycle| cycle.times > 0);
        cycles.sort_by(|a, b| {
            (b.times, b.flows, &a.activities).cmp(&(a.times, a.flows, &b.activities))
        });
        cycles
    }

    /// The loop that a place closes, turned so that the least comes first: it is the same wherever
    /// it was entered.
    fn cycle(&self, closing: &Place) -> Vec<u32> {
        let mut activities = Vec::new();
        let mut place = closing.before;
        loop {
            let step = &self.places[place as usize];
            activities.push(step.activity);
            if place == closing.returns {
                break;
            }
            place = step.straight;
        }
        activities.reverse();
        let least = (0..activities.len()).min_by_key(|at| activities[*at]);
        activities.rotate_left(least.unwrap_or(0));
        activities
    }

    /// How many flows came through each place. Those behind a place have higher numbers.
    pub(super) fn through(&self) -> Vec<u64> {
        let mut through: Vec<u64> = self.places.iter().map(|place| place.here.into()).collect();
        for place in (1..self.places.len()).rev() {
            through[self.places[place].before as usize] += through[place];
        }
        through
    }

    /// Counts the flows of each loop: those that came through a place where it is closed for the
    /// first time on the way.
    fn count_flows(&self, cycles: &mut [Cycle], closed: &[u32], through: &[u64]) {
        let mut children: Vec<u32> = vec![NONE; self.places.len()];
        let mut siblings = children.clone();
        for (place, step) in self.places.iter().enumerate().skip(1) {
            let eldest = &mut children[step.before as usize];
            siblings[place] = std::mem::replace(eldest, place as u32);
        }
        let mut times = vec![0_u32; cycles.len()];
        let mut at = ROOT as usize;
        loop {
            if closed[at] != NONE {
                let cycle = closed[at] as usize;
                if times[cycle] == 0 {
                    cycles[cycle].flows += through[at];
                }
                times[cycle] += 1;
            }
            if children[at] != NONE {
                at = children[at] as usize;
                continue;
            }
            // Up, until there is somewhere else to go.
            loop {
                if closed[at] != NONE {
                    times[closed[at] as usize] -= 1;
                }
                if siblings[at] != NONE {
                    at = siblings[at] as usize;
                    break;
                }
                if self.places[at].before == NONE {
                    return;
                }
                at = self.places[at].before as usize;
            }
        }
    }
}
