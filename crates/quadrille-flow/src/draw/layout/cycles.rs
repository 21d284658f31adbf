//! Which links lead back.
//!
//! A sequence of all blocks in which the links that lead backward weigh little. There are two to
//! begin with: the order in which a search in depth from where flows begin leaves the blocks, and
//! the greedy one of Eades, Lin and Smyth ("A fast and effective heuristic for the feedback arc set
//! problem", 1993), with weights. In both, each block is moved to where that is best, until nothing
//! gets better. The first wins unless the second is better: it is how people tell a flow.

use super::Problem;
use std::{cmp::Reverse, collections::BTreeSet};

/// How often all blocks are moved at most.
const ROUNDS: usize = 8;

/// For each block its place in the sequence.
pub fn sequence(problem: &Problem) -> Vec<usize> {
    let neighbours = neighbours(problem);
    let told = improve(&neighbours, in_depth(problem, &neighbours));
    let greedy = improve(&neighbours, greedy(problem, &neighbours));
    let cost = |place: &[usize]| -> i64 {
        let ahead = |from: usize, to: usize| place[from] < place[to];
        let back = |from: usize| {
            let leaving = neighbours[from].iter().filter(|(_, weight)| *weight > 0);
            leaving.filter(|(to, _)| !ahead(from, *to)).map(|(_, weight)| weight).sum::<i64>()
        };
        (0..place.len()).map(back).sum()
    };
    if cost(&greedy) < cost(&told) { greedy } else { told }
}

type Neighbours = [Vec<(usize, i64)>];

/// The order in which a search in depth leaves the blocks, turned around. It begins where most
/// flows begin, and then wherever nothing leads to.
fn in_depth(problem: &Problem, neighbours: &Neighbours) -> Vec<usize> {
    let is_source = |block: usize| neighbours[block].iter().all(|(_, weight)| *weight > 0);
    let mut starts: Vec<usize> = (0..neighbours.len()).collect();
    let lead = |block: usize| problem.blocks[block].lead.max(0);
    starts.sort_by_key(|&block| (Reverse(lead(block)), !is_source(block), block));
    let mut met = vec![false; neighbours.len()];
    let mut left = Vec::with_capacity(neighbours.len());
    for start in starts {
        let mut walk = vec![(start, 0)];
        while let Some((block, next)) = walk.pop() {
            if next == 0 && std::mem::replace(&mut met[block], true) {
                continue;
            }
            match neighbours[block].get(next) {
                None => left.push(block),
                Some(&(other, weight)) => {
                    walk.push((block, next + 1));
                    if weight > 0 && !met[other] {
                        walk.push((other, 0));
                    }
                }
            }
        }
    }
    left.reverse();
    left
}

fn places(order: &[usize]) -> Vec<usize> {
    let mut place = vec![0; order.len()];
    order.iter().enumerate().for_each(|(at, &block)| place[block] = at);
    place
}

/// For each block its neighbours, with the weight of what leads there (above zero) or comes from
/// there (below).
fn neighbours(problem: &Problem) -> Vec<Vec<(usize, i64)>> {
    let mut neighbours = vec![Vec::new(); problem.blocks.len()];
    for link in problem.links.iter().filter(|link| link.from != link.to) {
        let weight = i64::try_from(link.weight).unwrap_or(i64::MAX).clamp(1, 1 << 40);
        neighbours[link.from].push((link.to, weight));
        neighbours[link.to].push((link.from, -weight));
    }
    neighbours
}

fn greedy(problem: &Problem, neighbours: &Neighbours) -> Vec<usize> {
    let count = problem.blocks.len();
    let sum = |block: usize, sign: i64| -> i64 {
        neighbours[block].iter().map(|(_, weight)| (weight * sign).max(0)).sum()
    };
    let mut leaving: Vec<i64> = (0..count).map(|block| sum(block, 1)).collect();
    let mut coming: Vec<i64> = (0..count).map(|block| sum(block, -1)).collect();
    // Sinks first, then sources, then whoever sends most beyond what it receives.
    let rank = |block: usize, leaving: i64, coming: i64| match (leaving, coming) {
        (0, _) => (0, 0, block),
        (_, 0) => (1, 0, block),
        _ => (2, coming - leaving - problem.blocks[block].lead, block),
    };
    let mut left: BTreeSet<_> = (0..count).map(|b| rank(b, leaving[b], coming[b])).collect();
    let (mut first, mut last) = (Vec::with_capacity(count), Vec::new());
    let mut gone = vec![false; count];
    while let Some((class, _, block)) = left.pop_first() {
        gone[block] = true;
        if class == 0 {
            last.push(block)
        } else {
            first.push(block)
        }
        for &(other, weight) in neighbours[block].iter().filter(|(other, _)| !gone[*other]) {
            left.remove(&rank(other, leaving[other], coming[other]));
            match weight > 0 {
                true => coming[other] -= weight,
                false => leaving[other] += weight,
            }
            left.insert(rank(other, leaving[other], coming[other]));
        }
    }
    first.extend(last.into_iter().rev());
    first
}

/// For each block its place in the sequence, once none is better elsewhere.
fn improve(neighbours: &Neighbours, mut order: Vec<usize>) -> Vec<usize> {
    let mut place = places(&order);
    for _ in 0..ROUNDS {
        let mut moved = false;
        for block in 0..order.len() {
            let Some(to) = better(block, &neighbours[block], &place) else { continue };
            let from = place[block];
            order.remove(from);
            order.insert(to, block);
            for at in from.min(to)..=from.max(to) {
                place[order[at]] = at;
            }
            moved = true;
        }
        if !moved {
            break;
        }
    }
    place
}

/// A place at which less leads backward from and to this block than where it is.
fn better(block: usize, neighbours: &[(usize, i64)], place: &[usize]) -> Option<usize> {
    let mut around: Vec<_> = neighbours.iter().map(|&(n, weight)| (place[n], weight)).collect();
    around.sort_unstable();
    let here = place[block];
    // Before all of them, whatever comes in leads backward; past a neighbour, what comes from it
    // leads forward, and what leads to it backward.
    let mut cost: i64 = around.iter().map(|(_, weight)| (-weight).max(0)).sum();
    let (mut best, mut best_at, mut cost_here) = (cost, 0, cost);
    for &(at, weight) in &around {
        cost += weight;
        if cost < best {
            // Behind that neighbour, which moves up when the block is taken from before it.
            (best, best_at) = (cost, if at > here { at } else { at + 1 });
        }
        if at < here {
            cost_here = cost;
        }
    }
    (best < cost_here).then_some(best_at)
}
