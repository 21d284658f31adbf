//! Orders each layer so that few lines cross: sweeps by barycentre, as Sugiyama, Tagawa and Toda
//! do, each followed by exchanges of neighbours as Gansner, Koutsofios, North and Vo do ("A
//! technique for drawing directed graphs", 1993). Items stay within their bands and sides. The number of
//! crossings is counted as Barth, Mutzel and Jünger do ("Simple and efficient bilayer cross
//! counting", 2002).

use super::{Item, Web};

/// How many sweeps there are at most, and for how many of them nothing may get better.
const SWEEPS: usize = 40;
const PATIENCE: usize = 8;
/// How many items all sweeps together may look at, so that large graphs are drawn in time.
const EFFORT: usize = 4_000_000;

pub fn reduce_crossings(web: &mut Web) {
    begin(web);
    let mut place = vec![0; web.items.len()];
    web.layers.iter().for_each(|layer| number(layer, &mut place));
    let (mut best, mut fewest) = (web.layers.clone(), crossings(web, &place));
    let (sweeps, mut since) = ((EFFORT / (web.items.len() + 1)).clamp(2, SWEEPS), 0);
    for sweep in 0..sweeps {
        if fewest == 0 || since == PATIENCE {
            break;
        }
        let downward = sweep % 2 == 0;
        let turned = sweep % 4 >= 2;
        let count = web.layers.len();
        for at in 0..count {
            let at = if downward { at } else { count - 1 - at };
            sort(&web.items, &mut web.layers[at], &mut place, downward, turned);
        }
        exchange(web, &mut place);
        let now = crossings(web, &place);
        since += 1;
        if now < fewest {
            (best, fewest, since) = (web.layers.clone(), now, 0);
        }
    }
    web.layers = best;
}

fn number(layer: &[usize], place: &mut [usize]) {
    layer.iter().enumerate().for_each(|(at, &item)| place[item] = at);
}

/// The first order: band by band, as a walk along the lines meets the items.
fn begin(web: &mut Web) {
    let mut met = vec![usize::MAX; web.items.len()];
    let mut next = 0;
    for start in web.layers.iter().flatten() {
        let mut walk = vec![*start];
        while let Some(item) = walk.pop() {
            if met[item] == usize::MAX {
                met[item] = next;
                next += 1;
                walk.extend(web.items[item].down.iter().rev());
            }
        }
    }
    for layer in &mut web.layers {
        layer.sort_by_key(|&item| (web.items[item].slot(), met[item]));
    }
}

/// Orders a layer by the mean place of each item's neighbours in the layer before (or after).
/// Items without any stay where they are.
fn sort(items: &[Item], layer: &mut [usize], place: &mut [usize], downward: bool, turned: bool) {
    let mean = |item: usize, place: &[usize]| {
        let neighbours = if downward { &items[item].up } else { &items[item].down };
        let sum: usize = neighbours.iter().map(|&other| place[other]).sum();
        (!neighbours.is_empty()).then(|| sum as f64 / neighbours.len() as f64)
    };
    let means: Vec<Option<f64>> = layer.iter().map(|&item| mean(item, place)).collect();
    let mut start = 0;
    for band in layer.chunk_by_mut(|&a, &b| items[a].slot() == items[b].slot()) {
        let means = &means[start..start + band.len()];
        start += band.len();
        let free: Vec<usize> = (0..band.len()).filter(|&at| means[at].is_some()).collect();
        let mut sorted = free.clone();
        if turned {
            sorted.reverse();
        }
        sorted.sort_by(|&a, &b| means[a].unwrap_or(0.0).total_cmp(&means[b].unwrap_or(0.0)));
        let moved: Vec<usize> = sorted.iter().map(|&at| band[at]).collect();
        free.iter().zip(moved).for_each(|(&at, item)| band[at] = item);
    }
    number(layer, place);
}

/// Exchanges neighbours in a layer as long as lines cross less often for it.
fn exchange(web: &mut Web, place: &mut [usize]) {
    for layer in &mut web.layers {
        let around: Vec<[Vec<usize>; 2]> = layer
            .iter()
            .map(|&item| [&web.items[item].up, &web.items[item].down].map(|n| sorted(n, place)))
            .collect();
        let mut at: Vec<usize> = (0..layer.len()).collect();
        for _ in 0..4 {
            let mut gained = false;
            for left in 1..at.len() {
                let (a, b) = (at[left - 1], at[left]);
                if web.items[layer[a]].slot() != web.items[layer[b]].slot() {
                    continue;
                }
                let as_is: usize = (0..2).map(|s| crossed(&around[a][s], &around[b][s])).sum();
                let turned: usize = (0..2).map(|s| crossed(&around[b][s], &around[a][s])).sum();
                if turned < as_is {
                    at.swap(left - 1, left);
                    gained = true;
                }
            }
            if !gained {
                break;
            }
        }
        *layer = at.into_iter().map(|at| layer[at]).collect();
        number(layer, place);
    }
}

fn sorted(items: &[usize], place: &[usize]) -> Vec<usize> {
    let mut places: Vec<usize> = items.iter().map(|&item| place[item]).collect();
    places.sort_unstable();
    places
}

/// How often the lines of two neighbours cross when the one with `left` comes first.
fn crossed(left: &[usize], right: &[usize]) -> usize {
    let mut smaller = 0;
    let count = |&place: &usize| {
        while smaller < right.len() && right[smaller] < place {
            smaller += 1;
        }
        smaller
    };
    left.iter().map(count).sum()
}

/// How many lines cross.
fn crossings(web: &Web, place: &[usize]) -> usize {
    web.layers.windows(2).map(|pair| between(&web.items, &pair[0], pair[1].len(), place)).sum()
}

fn between(items: &[Item], upper: &[usize], lower: usize, place: &[usize]) -> usize {
    // A Fenwick tree of how many lines end at or before each place.
    let mut tree = vec![0; lower + 1];
    let (mut crossed, mut lines) = (0, 0);
    for &item in upper {
        let ends = sorted(&items[item].down, place);
        for &end in &ends {
            let (mut at, mut before) = (end + 1, 0);
            while at > 0 {
                before += tree[at];
                at &= at - 1;
            }
            crossed += lines - before;
        }
        for end in ends {
            let mut at = end + 1;
            while at <= lower {
                tree[at] += 1;
                at += at & at.wrapping_neg();
            }
            lines += 1;
        }
    }
    crossed
}

#[cfg(test)]
mod tests {
    use super::crossed;

    #[test]
    fn crossings_of_two_neighbours_are_counted() {
        assert_eq!(crossed(&[0, 2, 5], &[1, 3]), 3);
        assert_eq!(crossed(&[1, 3], &[0, 2, 5]), 3);
        assert_eq!(crossed(&[1], &[1]), 0);
    }
}
