use super::ways::{BEGIN, Ways};
use std::collections::{HashMap, VecDeque};

/// Places that are looked at for one flow at most, besides some for each event.
const MOST: usize = 100_000;
const FOR_EACH: usize = 16;

/// How a flow and its specification are laid side by side so that as little as possible differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Alignment {
    pub moves: Vec<Move>,
    /// How much differs: extra events and missing steps.
    pub cost: usize,
    /// Where the flow may stand now, by all alignments of this cost; that of `moves` first.
    pub places: Vec<u32>,
}

/// One thing of an alignment. Events are counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    /// An event is this step.
    Match { event: usize, step: u32 },
    /// An event is none.
    Extra { event: usize },
    /// A step has no event.
    Missing { step: u32 },
}

/// A place of the specification, and how many events have led there.
type At = (usize, u32);

struct Reached {
    cost: usize,
    from: Option<(At, Move)>,
    settled: bool,
}

/// Finds an alignment of the least cost: of a whole flow, or of one that may go on. `kinds` are the
/// event types of steps, by number. `None` when that would take too long: the effort grows with the
/// events, with what differs, and with the places that a flow may be at.
pub(super) fn align(
    ways: &mut Ways,
    flow: &[u32],
    kinds: &[u32],
    whole: bool,
) -> Option<Alignment> {
    let begin = (0, BEGIN);
    let first = Reached { cost: 0, from: None, settled: false };
    let mut reached = HashMap::from([(begin, first)]);
    let mut queue = VecDeque::from([begin]);
    let (mut settled, mut best, mut places) = (0, None, Vec::new());
    while let Some(at) = queue.pop_front() {
        let Some(known) = reached.get_mut(&at).filter(|known| !known.settled) else { continue };
        known.settled = true;
        let cost = known.cost;
        if best.is_some_and(|(_, best)| cost > best) {
            break;
        }
        settled += 1;
        if settled > MOST + FOR_EACH * flow.len() {
            return None;
        }
        let (event, place) = at;
        if event == flow.len() && (!whole || ways.may_end(place)) {
            best = best.or(Some((at, cost)));
            places.push(place);
            if whole {
                break;
            }
        }
        let mut go = |to: At, by: Move| {
            let cost = cost + usize::from(!matches!(by, Move::Match { .. }));
            let old = reached.get(&to).map(|known| known.cost);
            if old.is_none_or(|old| cost < old) {
                reached.insert(to, Reached { cost, from: Some((at, by)), settled: false });
                match by {
                    Move::Match { .. } => queue.push_front(to),
                    _ => queue.push_back(to),
                }
            }
        };
        // Of several alignments that cost the same, one is told: a step that is left out before an
        // event that does not belong there, and what is written first before the rest.
        let next = ways.next(place);
        for (step, behind) in next.iter().rev() {
            if flow.get(event) == Some(&kinds[*step as usize]) {
                go((event + 1, *behind), Move::Match { event, step: *step });
            }
        }
        for (step, behind) in next.iter() {
            go((event, *behind), Move::Missing { step: *step });
        }
        if event < flow.len() {
            go((event + 1, place), Move::Extra { event });
        }
    }
    let (end, cost) = best?;
    Some(Alignment { moves: way_to(&reached, end), cost, places })
}

fn way_to(reached: &HashMap<At, Reached>, end: At) -> Vec<Move> {
    let mut moves = Vec::new();
    let mut at = end;
    while let Some((from, by)) = reached.get(&at).and_then(|known| known.from) {
        moves.push(by);
        at = from;
    }
    moves.reverse();
    moves
}

#[cfg(test)]
mod tests {
    use super::{
        super::pattern::Pattern::{self, *},
        Move::{Extra, Match, Missing},
        *,
    };
    use proptest::prelude::*;

    /// Steps are of the type that their number says.
    fn check(pattern: &Pattern, flow: &[u32], whole: bool, moves: &[Move]) {
        let mut ways = Ways::new(pattern);
        let kinds: Vec<u32> = (0..10).collect();
        let found = align(&mut ways, flow, &kinds, whole).unwrap();
        assert_eq!(found.moves, moves, "{flow:?}");
        assert_eq!(found.cost, moves.iter().filter(|by| !matches!(by, Match { .. })).count());
    }

    fn hit(event: usize, step: u32) -> Move {
        Match { event, step }
    }

    #[test]
    fn as_little_differs_as_can_be() {
        let pattern = Sequence(vec![Step(1), Step(2), Step(3)]);
        check(&pattern, &[1, 2, 3], true, &[hit(0, 1), hit(1, 2), hit(2, 3)]);
        check(&pattern, &[1, 3], true, &[hit(0, 1), Missing { step: 2 }, hit(1, 3)]);
        let extra = [hit(0, 1), Extra { event: 1 }, hit(2, 2), hit(3, 3)];
        check(&pattern, &[1, 9, 2, 3], true, &extra);
        // The first of two that could be it is it.
        let twice = [hit(0, 1), hit(1, 2), Extra { event: 2 }, hit(3, 3)];
        check(&pattern, &[1, 2, 2, 3], true, &twice);
    }

    #[test]
    fn what_may_go_on_misses_nothing_behind_its_last_event() {
        let pattern = Sequence(vec![Step(1), Step(2), Step(3)]);
        check(&pattern, &[1], false, &[hit(0, 1)]);
        check(&pattern, &[1], true, &[hit(0, 1), Missing { step: 2 }, Missing { step: 3 }]);
        check(&pattern, &[1, 3], false, &[hit(0, 1), Missing { step: 2 }, hit(1, 3)]);
        check(&pattern, &[9], false, &[Extra { event: 0 }]);
    }

    #[test]
    fn a_flow_may_stand_at_several_places() {
        let way = |last| Sequence(vec![Step(1), Step(last)]);
        let mut ways = Ways::new(&Either(vec![way(2), way(3)]));
        let kinds: Vec<u32> = (0..10).collect();
        let found = align(&mut ways, &[1], &kinds, false).unwrap();
        assert_eq!((found.cost, found.places.len()), (0, 2));
    }

    #[test]
    fn what_would_take_too_long_is_given_up() {
        let part = |_| Repeat { body: Box::new(way()), least: 0, most: None };
        let mut ways = Ways::new(&All((0..9).map(part).collect()));
        let kinds: Vec<u32> = (0..10).collect();
        assert_eq!(align(&mut ways, &[9; 2_000], &kinds, true), None);
    }

    fn way() -> Pattern {
        Sequence(vec![Step(1), Step(2), Step(3), Step(4), Step(5)])
    }

    /// All ways through a pattern without endless loops; `None` where there are many.
    fn words(pattern: &Pattern, left: &mut usize) -> Option<Vec<Vec<u32>>> {
        *left = left.checked_sub(1)?;
        let mut found = if pattern.may_end() { vec![Vec::new()] } else { Vec::new() };
        for (step, rest) in pattern.next() {
            let ends = words(&rest, left)?;
            found.extend(ends.into_iter().map(|end| [&[step][..], &end].concat()));
        }
        Some(found)
    }

    /// How many events and steps have no partner, where as many as can be have one.
    fn distance(one: &[u32], other: &[u32]) -> usize {
        let mut row: Vec<usize> = (0..=other.len()).collect();
        for (above, a) in one.iter().enumerate() {
            let mut next = vec![above + 1];
            for (at, b) in other.iter().enumerate() {
                let apart = 1 + row[at + 1].min(next[at]);
                next.push(if a == b { row[at] } else { apart });
            }
            row = next;
        }
        row[other.len()]
    }

    fn patterns() -> impl Strategy<Value = Pattern> {
        (0_u32..4).prop_map(Step).prop_recursive(3, 8, 3, |inner| {
            let some = || prop::collection::vec(inner.clone(), 1..3);
            prop_oneof![
                some().prop_map(Sequence),
                some().prop_map(Either),
                some().prop_map(All),
                (inner.clone(), 0_u32..2).prop_map(|(body, least)| Repeat {
                    body: Box::new(body),
                    least,
                    most: Some(2)
                }),
                (inner.clone(), inner.clone()).prop_map(|(body, instead)| Unless {
                    body: Box::new(body),
                    instead: Box::new(instead)
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_alignment_costs_less(
            pattern in patterns(),
            flow in prop::collection::vec(0_u32..5, 0..6),
        ) {
            let Some(words) = words(&pattern, &mut 2_000) else { return Ok(()) };
            let kinds: Vec<u32> = (0..10).collect();
            let mut ways = Ways::new(&pattern);
            let whole = align(&mut ways, &flow, &kinds, true).unwrap();
            let least = words.iter().map(|word| distance(&flow, word)).min().unwrap();
            prop_assert_eq!(whole.cost, least);
            let prefixes = words.iter().flat_map(|word| (0..=word.len()).map(|end| &word[..end]));
            let least = prefixes.map(|word| distance(&flow, word)).min().unwrap();
            prop_assert_eq!(align(&mut ways, &flow, &kinds, false).unwrap().cost, least);
            prop_assert_eq!(pattern.shortest(), words.iter().map(Vec::len).min().unwrap());
        }
    }
}
