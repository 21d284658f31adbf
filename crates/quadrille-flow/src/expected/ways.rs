use super::pattern::Pattern;
use std::{collections::HashMap, sync::Arc};

/// Where every flow begins.
pub(super) const BEGIN: u32 = 0;

/// The places that a flow can be at, by numbers, found as they are walked to.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    places: Vec<Place>,
    numbers: HashMap<Pattern, u32>,
}

#[derive(Debug, Clone)]
struct Place {
    rest: Pattern,
    may_end: bool,
    next: Option<Arc<[(u32, u32)]>>,
}

impl Ways {
    pub fn new(pattern: &Pattern) -> Self {
        let mut ways = Self { places: Vec::new(), numbers: HashMap::new() };
        ways.number(pattern.clone());
        ways
    }

    /// How many places were found.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// What is left of the specification here.
    pub fn rest(&self, place: u32) -> &Pattern {
        &self.places[place as usize].rest
    }

    /// Whether a flow may end here.
    pub fn may_end(&self, place: u32) -> bool {
        self.places[place as usize].may_end
    }

    /// The steps that may come next, each with the place behind it.
    pub fn next(&mut self, place: u32) -> Arc<[(u32, u32)]> {
        if let Some(next) = &self.places[place as usize].next {
            return Arc::clone(next);
        }
        let mut next: Vec<(u32, u32)> = Vec::new();
        for (step, rest) in self.places[place as usize].rest.next() {
            let way = (step, self.number(rest));
            if !next.contains(&way) {
                next.push(way);
            }
        }
        let next: Arc<[_]> = next.into();
        self.places[place as usize].next = Some(Arc::clone(&next));
        next
    }

    fn number(&mut self, rest: Pattern) -> u32 {
        if let Some(number) = self.numbers.get(&rest) {
            return *number;
        }
        let number = u32::try_from(self.places.len()).expect("places fit into memory");
        let may_end = rest.may_end();
        self.numbers.insert(rest.clone(), number);
        self.places.push(Place { rest, may_end, next: None });
        number
    }
}
