use crate::conformance::Random;
use std::collections::{BTreeSet, HashMap};

/// How many orders are tried, and which where there are more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Orders {
    /// So many at most.
    pub most: usize,
    /// What the choice depends on. A failure says which it was.
    pub seed: u64,
}

impl Default for Orders {
    /// 1,000 orders, with the seed 1.
    fn default() -> Self {
        Self { most: 1_000, seed: 1 }
    }
}

/// Which of some things must come behind which: those that come first by their places.
#[derive(Debug, Clone, Default)]
pub(crate) struct Constraints {
    behind: Vec<BTreeSet<usize>>,
}

/// Orders besides the given one, those with the fewest things that changed places first.
pub(super) struct Plan {
    pub orders: Vec<Vec<usize>>,
    /// Whether there are more than these.
    pub sampled: bool,
}

/// What puts a thing behind others.
pub(crate) struct Item {
    /// Things of one stream keep their order.
    pub stream: String,
    /// Its id, and that of its cause.
    pub ids: (uuid::Uuid, Option<uuid::Uuid>),
}

impl Constraints {
    /// Those of some things in the order in which they are given.
    ///
    /// # Errors
    /// When one stands before its cause; says which of them.
    pub fn of(items: &[Item]) -> Result<Self, usize> {
        let places = items.iter().enumerate().map(|(at, item)| (item.ids.0, at));
        let places: HashMap<_, _> = places.collect();
        let mut last: HashMap<&str, usize> = HashMap::new();
        let mut behind = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let cause = item.ids.1.and_then(|cause| places.get(&cause)).copied();
            if cause.is_some_and(|cause| cause > at) {
                return Err(at);
            }
            let cause = cause.filter(|cause| *cause < at);
            behind.push(cause.into_iter().chain(last.insert(&item.stream, at)).collect());
        }
        Ok(Self { behind })
    }

    /// Things that nothing orders.
    pub fn none(count: usize) -> Self {
        Self { behind: vec![BTreeSet::new(); count] }
    }

    pub fn len(&self) -> usize {
        self.behind.len()
    }

    /// What may come next.
    fn ready(&self, taken: &[bool]) -> Vec<usize> {
        let may = |at: &usize| !taken[*at] && self.behind[*at].iter().all(|before| taken[*before]);
        (0..self.len()).filter(may).collect()
    }

    /// An order, made by choosing among what may come next.
    fn order(&self, mut choose: impl FnMut(&[usize]) -> usize) -> Vec<usize> {
        let mut taken = vec![false; self.len()];
        let mut order = Vec::with_capacity(self.len());
        while order.len() < self.len() {
            let next = choose(&self.ready(&taken));
            taken[next] = true;
            order.push(next);
        }
        order
    }

    pub(super) fn plan(&self, Orders { most, seed }: Orders) -> Plan {
        let given: Vec<usize> = (0..self.len()).collect();
        let mut all = Vec::new();
        // One more than are wanted, since the given order is among them.
        self.each(&mut vec![false; self.len()], &mut Vec::new(), &mut all, most.saturating_add(2));
        let sampled = all.len() > most.saturating_add(1);
        let mut orders: BTreeSet<Vec<usize>> =
            if sampled { self.sample(most, seed) } else { all.into_iter().collect() };
        orders.remove(&given);
        let mut orders: Vec<_> = orders.into_iter().collect();
        orders.sort_by_cached_key(|order| swaps(order));
        Plan { orders, sampled }
    }

    /// The first orders of all, by their places.
    fn each(
        &self,
        taken: &mut Vec<bool>,
        order: &mut Vec<usize>,
        all: &mut Vec<Vec<usize>>,
        most: usize,
    ) {
        if order.len() == self.len() {
            all.push(order.clone());
            return;
        }
        for next in self.ready(taken) {
            if all.len() >= most {
                return;
            }
            taken[next] = true;
            order.push(next);
            self.each(taken, order, all, most);
            order.pop();
            taken[next] = false;
        }
    }

    /// Each thing as late and as early as it may come, and others by chance.
    fn sample(&self, most: usize, seed: u64) -> BTreeSet<Vec<usize>> {
        let mut orders = BTreeSet::new();
        for at in (0..self.len()).take(most / 2) {
            let last = |ready: &[usize]| ready.iter().copied().find(|next| *next != at);
            orders.insert(self.order(|ready| last(ready).unwrap_or(at)));
            let before = self.before(at);
            let first = |ready: &[usize]| ready.iter().copied().find(|next| before.contains(next));
            orders.insert(self.order(|ready| first(ready).unwrap_or(ready[0])));
        }
        let mut random = Random::new(seed, 0);
        // Some come up twice, and are not worth looking for others for ever.
        for _ in 0..most.saturating_mul(2) {
            if orders.len() >= most {
                break;
            }
            orders.insert(self.order(|ready| *random.one_of(ready)));
        }
        orders
    }

    /// A thing and all that must come before it.
    fn before(&self, at: usize) -> BTreeSet<usize> {
        let (mut all, mut next) = (BTreeSet::from([at]), vec![at]);
        while let Some(at) = next.pop() {
            next.extend(self.behind[at].iter().filter(|before| all.insert(**before)));
        }
        all
    }
}

/// How many pairs have changed places.
fn swaps(order: &[usize]) -> usize {
    let earlier = |(at, one): (usize, &usize)| order[at..].iter().filter(|o| *o < one).count();
    order.iter().enumerate().map(earlier).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn item(stream: &str, id: u128, cause: Option<u128>) -> Item {
        Item { stream: stream.into(), ids: (Uuid::from_u128(id), cause.map(Uuid::from_u128)) }
    }

    fn constraints(streams: &str) -> Constraints {
        let items = streams.chars().enumerate();
        let items: Vec<_> =
            items.map(|(at, stream)| item(&stream.to_string(), at as u128 + 1, None)).collect();
        Constraints::of(&items).unwrap()
    }

    #[test]
    fn few_orders_are_all_tried_those_closest_to_the_given_one_first() {
        let plan = constraints("aab").plan(Orders::default());
        assert!(!plan.sampled);
        assert_eq!(plan.orders, [vec![0, 2, 1], vec![2, 0, 1]]);
        assert_eq!(Constraints::none(4).plan(Orders::default()).orders.len(), 23);
        assert_eq!(constraints("aaaa").plan(Orders::default()).orders, [[0; 0]; 0]);
    }

    #[test]
    fn an_event_stays_behind_its_cause() {
        let caused = [item("a", 1, None), item("b", 2, Some(1)), item("c", 3, Some(9))];
        let plan = Constraints::of(&caused).unwrap().plan(Orders::default());
        assert_eq!(plan.orders, [vec![0, 2, 1], vec![2, 0, 1]]);
        let before = [item("a", 1, Some(2)), item("b", 2, None)];
        assert_eq!(Constraints::of(&before).err(), Some(0));
    }

    #[test]
    fn a_sample_depends_on_its_seed_alone_and_keeps_streams_in_order() {
        let many = constraints("aaabbbcccddd");
        let sample = |seed| many.plan(Orders { most: 100, seed });
        let (one, other) = (sample(1), sample(2));
        assert!(one.sampled && one.orders == sample(1).orders && one.orders != other.orders);
        assert!((90..=100).contains(&one.orders.len()), "{}", one.orders.len());
        for order in &one.orders {
            let place = |at: usize| order.iter().position(|other| *other == at).unwrap();
            let kept = (0..12).filter(|at| at % 3 > 0).all(|at| place(at - 1) < place(at));
            assert!(kept, "{order:?}");
        }
        let last = |order: &Vec<usize>| order[9..] == [9, 10, 11];
        assert!(one.orders.iter().any(|order| order[..3] == [9, 10, 11]));
        assert!(!one.orders.iter().all(last));
    }
}
