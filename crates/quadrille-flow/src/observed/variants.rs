mod cycles;
mod precedence;

use std::collections::HashMap;

/// Where every flow begins.
pub(super) const ROOT: u32 = 0;
/// No node, or the activity of a node behind which a flow is not told.
const NONE: u32 = u32::MAX;

/// The ways that flows have gone, as a tree of their beginnings: a flow is told by the number of
/// the place where it stands, and what begins alike is kept once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Variants {
    places: Vec<Place>,
    next: HashMap<(u32, u32), u32>,
    longest: u32,
    most: usize,
}

#[derive(Debug, Clone, PartialEq)]
struct Place {
    before: u32,
    activity: u32,
    /// The place before it on the way without its loops.
    straight: u32,
    /// The earlier place of the same activity to which this one returns, or `NONE`.
    returns: u32,
    /// Flows that stand or have ended here.
    here: u32,
}

/// A way and how many went exactly that.
pub(super) struct Way {
    pub place: u32,
    pub flows: u64,
    pub activities: Vec<u32>,
    /// Whether it went further, untold.
    pub cut: bool,
}

impl Variants {
    /// Tells ways of at most `longest` steps, and at most about `most` places in all.
    pub fn new(longest: usize, most: usize) -> Self {
        let root = Place { before: NONE, activity: NONE, straight: NONE, returns: NONE, here: 0 };
        let longest = u32::try_from(longest).unwrap_or(u32::MAX);
        Self { places: vec![root], next: HashMap::new(), longest, most }
    }

    /// A flow goes on from a place that it reached with `steps` steps; says where it stands then.
    pub fn step(&mut self, from: u32, activity: u32, steps: u32) -> u32 {
        let to = self.place(from, activity, steps);
        if from != ROOT {
            self.at(from).here -= 1;
        }
        self.at(to).here += 1;
        to
    }

    fn place(&mut self, from: u32, activity: u32, steps: u32) -> u32 {
        if from != ROOT && self.at(from).activity == NONE {
            return from;
        }
        if let Some(next) = self.next.get(&(from, activity)) {
            return *next;
        }
        let full = steps >= self.longest || self.places.len() > self.most;
        let activity = if full { NONE } else { activity };
        if let Some(next) = self.next.get(&(from, activity)) {
            return *next;
        }
        let returns = if full { NONE } else { self.earlier(from, activity) };
        let straight = match returns {
            NONE => from,
            earlier => self.at(earlier).straight,
        };
        let place = u32::try_from(self.places.len()).expect("places are far fewer");
        self.places.push(Place { before: from, activity, straight, returns, here: 0 });
        self.next.insert((from, activity), place);
        place
    }

    /// The place of this activity on the way to here without its loops. There are no more places
    /// on it than activities.
    fn earlier(&mut self, from: u32, activity: u32) -> u32 {
        let mut place = from;
        while place != ROOT && self.at(place).activity != activity {
            place = self.at(place).straight;
        }
        if place == ROOT { NONE } else { place }
    }

    fn at(&mut self, place: u32) -> &mut Place {
        &mut self.places[place as usize]
    }

    /// How many different ways there are.
    pub fn count(&self) -> u64 {
        self.places.iter().filter(|place| place.here > 0).count() as u64
    }

    /// The ways, those that most flows went first.
    pub fn ways(&self, limit: usize) -> Vec<Way> {
        let mut found: Vec<u32> = (1..self.places.len() as u32).collect();
        found.retain(|place| self.places[*place as usize].here > 0);
        found.sort_by_key(|place| std::cmp::Reverse(self.places[*place as usize].here));
        found.truncate(limit);
        found.into_iter().map(|place| self.way(place)).collect()
    }

    fn way(&self, place: u32) -> Way {
        let Place { here, activity, .. } = self.places[place as usize];
        let mut activities = Vec::new();
        let mut at = place;
        while at != ROOT {
            let step = &self.places[at as usize];
            activities.push(step.activity);
            at = step.before;
        }
        activities.retain(|activity| *activity != NONE);
        activities.reverse();
        Way { place, flows: here.into(), activities, cut: activity == NONE }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(ways: &[&[u32]]) -> Variants {
        let mut variants = Variants::new(8, 100);
        for way in ways {
            let mut at = ROOT;
            for (steps, activity) in way.iter().enumerate() {
                at = variants.step(at, *activity, steps as u32);
            }
        }
        variants
    }

    #[test]
    fn what_begins_alike_is_kept_once_and_a_way_counts_where_it_ends() {
        let variants = walk(&[&[1, 2], &[1, 2, 3], &[1, 2], &[2]]);
        assert_eq!((variants.count(), variants.places.len()), (3, 5));
        let ways: Vec<_> =
            variants.ways(9).into_iter().map(|way| (way.activities, way.flows)).collect();
        assert_eq!(ways, [(vec![1, 2], 2), (vec![1, 2, 3], 1), (vec![2], 1)]);
    }

    #[test]
    fn a_loop_is_told_without_the_loops_in_it_and_wherever_it_was_entered() {
        let check = |ways: &[&[u32]], expected: &[(&[u32], u64, u64)]| {
            let found = walk(ways).cycles();
            let found: Vec<_> =
                found.iter().map(|c| (&c.activities[..], c.times, c.flows)).collect();
            assert_eq!(found, expected);
        };
        check(&[&[1, 2, 3]], &[]);
        check(&[&[1, 1, 1], &[1, 1], &[1]], &[(&[1], 3, 2)]);
        check(&[&[1, 2, 2, 1]], &[(&[1, 2], 1, 1), (&[2], 1, 1)]);
        check(&[&[1, 2, 1], &[2, 1, 2], &[2, 1, 2], &[9]], &[(&[2, 1], 3, 3)]);
        check(&[&[1, 2, 1], &[2, 1, 2, 1], &[3, 2]], &[(&[1, 2], 2, 2)]);
    }

    #[test]
    fn what_came_before_every_first_of_another_has_always_come_before_it() {
        let check = |ways: &[&[u32]], expected: &[(u32, u32, u64)]| {
            assert_eq!(walk(ways).always_before(), expected, "{ways:?}");
        };
        check(&[&[1, 2], &[1, 2, 2], &[1]], &[(1, 2, 2)]);
        // Once it was not there, once it came behind.
        check(&[&[1, 2], &[2]], &[]);
        check(&[&[1, 2, 3], &[1, 3, 2]], &[(1, 2, 2), (1, 3, 2)]);
        // It may come again.
        check(&[&[1, 2, 1], &[1, 3, 1, 2]], &[(1, 2, 2), (1, 3, 1)]);
        check(&[], &[]);
    }

    #[test]
    fn long_ways_are_cut_and_counted() {
        let long = [7; 50];
        let variants = walk(&[&long, &long[..8], &long[..9]]);
        let ways: Vec<_> = variants
            .ways(9)
            .into_iter()
            .map(|way| (way.activities.len(), way.cut, way.flows))
            .collect();
        assert_eq!(ways, [(8, true, 2), (8, false, 1)]);
        assert_eq!(variants.cycles()[0].times, 21);
    }
}
