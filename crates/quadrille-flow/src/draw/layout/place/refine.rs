//! Draws together what the alignments leave wide: as long as there is room, everything moves to the
//! median of its neighbours. First whole columns of aligned items move, then single boxes and lines.

use super::Lane;
use crate::draw::layout::Part;

/// How often all of them are moved, and how many moves there are about at most, so that large
/// graphs are drawn in time.
const ROUNDS: usize = 6;
const EFFORT: usize = 600_000;

/// Moves the items, which keep their order and their distances.
pub fn refine(lane: &Lane, x: &mut [f64]) {
    let mut beside = vec![(None, None); lane.items.len()];
    for pair in lane.layers.iter().flat_map(|layer| layer.windows(2)) {
        beside[pair[0]].1 = Some(pair[1]);
        beside[pair[1]].0 = Some(pair[0]);
    }
    for round in 0..(EFFORT / (lane.items.len() + 1)).clamp(1, ROUNDS) {
        let columns = round % 2 == 0;
        let (groups, group_of) = groups(lane, x, columns);
        let mut order: Vec<usize> = (0..groups.len()).collect();
        order.sort_by(|&a, &b| x[groups[a][0]].total_cmp(&x[groups[b][0]]).then(a.cmp(&b)));
        for &at in order.iter().chain(order.iter().rev()) {
            let group = &groups[at];
            let outside = |item: usize| group_of[item] != at;
            let by = way(lane, x, &beside, group, outside);
            group.iter().for_each(|&item| x[item] += by);
        }
    }
}

/// Items that move together: neighbours along that lie at the same place across. Of single boxes
/// each is one; lines stay as straight as they are. Also says which group each item is in.
fn groups(lane: &Lane, x: &[f64], columns: bool) -> (Vec<Vec<usize>>, Vec<usize>) {
    let mut group_of = vec![usize::MAX; lane.items.len()];
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &item in lane.layers.iter().flatten() {
        let is_line = |item: usize| lane.items[item].part != Part::Block;
        let same = |above: &&usize| {
            (x[**above] - x[item]).abs() < 0.01 && (columns || is_line(**above) && is_line(item))
        };
        match lane.items[item].up.iter().find(same) {
            Some(&above) => {
                group_of[item] = group_of[above];
                groups[group_of[above]].push(item);
            }
            None => {
                group_of[item] = groups.len();
                groups.push(vec![item]);
            }
        }
    }
    (groups, group_of)
}

/// How far a group moves: to the median of its neighbours, as far as there is room.
fn way(
    lane: &Lane,
    x: &[f64],
    beside: &[(Option<usize>, Option<usize>)],
    group: &[usize],
    outside: impl Fn(usize) -> bool,
) -> f64 {
    let own = x[group[0]];
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    let mut wishes = Vec::new();
    for &item in group {
        if let Some(left) = beside[item].0 {
            low = low.max(x[left] + lane.apart(left, item));
        }
        if let Some(right) = beside[item].1 {
            high = high.min(x[right] - lane.apart(item, right));
        }
        let neighbours = lane.items[item].up.iter().chain(&lane.items[item].down);
        wishes.extend(neighbours.filter(|&&other| outside(other)).map(|&other| x[other]));
    }
    if wishes.is_empty() || low > high {
        return 0.0;
    }
    wishes.sort_unstable_by(f64::total_cmp);
    let (left, right) = (wishes[(wishes.len() - 1) / 2], wishes[wishes.len() / 2]);
    own.clamp(left, right).clamp(low, high) - own
}
