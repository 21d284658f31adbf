//! Aligns items with their median neighbours: those will share a place across.

use super::Lane;
use std::collections::HashSet;

/// Lines that cross the inner part of a long line. Those are not made straight, so that the long
/// one can be.
pub fn crossed_lines(lane: &Lane, place: &mut [usize]) -> HashSet<(usize, usize)> {
    let mut crossed = HashSet::new();
    for pair in lane.layers.windows(2) {
        let (upper, lower) = (&pair[0], &pair[1]);
        upper.iter().enumerate().for_each(|(at, &item)| place[item] = at);
        let (mut low, mut done) = (0, 0);
        for (at, &item) in lower.iter().enumerate() {
            let inner = lane.before(item).iter().find(|&&above| lane.is_inner(above, item));
            if inner.is_none() && at + 1 < lower.len() {
                continue;
            }
            let high = inner.map_or(upper.len(), |&above| place[above]);
            for &other in &lower[done..=at] {
                for &above in lane.before(other) {
                    let outside = place[above] < low || place[above] > high;
                    if outside && !lane.is_inner(above, other) {
                        crossed.insert((above, other));
                    }
                }
            }
            // Long lines may cross one another: then the first one stays straight.
            (low, done) = (high.max(low), at + 1);
        }
    }
    crossed
}

/// Aligns each item with a median neighbour in the layer before, so that no aligned lines cross.
/// For each item the first of those that it is aligned with.
pub fn roots(lane: &Lane, crossed: &HashSet<(usize, usize)>, place: &mut [usize]) -> Vec<usize> {
    let mut root: Vec<usize> = (0..lane.items.len()).collect();
    for pair in lane.layers.windows(2) {
        let (upper, lower) = (&pair[0], &pair[1]);
        upper.iter().enumerate().for_each(|(at, &item)| place[item] = at);
        // The first place in the layer before that is still free to align with.
        let mut free = 0;
        for &item in lower {
            let mut above = lane.before(item).to_vec();
            above.sort_unstable_by_key(|&other| place[other]);
            let middle = above.len().saturating_sub(1) / 2..above.len().min(above.len() / 2 + 1);
            let line = |other| if lane.upward { (item, other) } else { (other, item) };
            let fits = |&&other: &&usize| place[other] >= free && !crossed.contains(&line(other));
            if let Some(&other) = above[middle].iter().find(fits) {
                root[item] = root[other];
                free = place[other] + 1;
            }
        }
    }
    root
}
