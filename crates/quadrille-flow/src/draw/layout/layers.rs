//! Which layer each block is in.
//!
//! The longest way to each block gives the first layering. Then blocks are moved within the room
//! that their neighbours leave, so that lines get shorter. Blocks without any link lie below the
//! others.

use super::Problem;

/// How often all blocks are moved at most.
const ROUNDS: usize = 12;
/// Blocks without a link stand in rows of at least this many in each band.
const ROW: usize = 4;

/// For each block its layer; `place` says which end of a link is the upper one.
pub fn assign(problem: &Problem, place: &[usize]) -> Vec<usize> {
    let count = problem.blocks.len();
    let (mut up, mut down) = (vec![Vec::new(); count], vec![Vec::new(); count]);
    for link in problem.links.iter().filter(|link| link.from != link.to) {
        let forward = place[link.from] < place[link.to];
        let (upper, lower) = if forward { (link.from, link.to) } else { (link.to, link.from) };
        down[upper].push(lower);
        up[lower].push(upper);
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_unstable_by_key(|&block| place[block]);
    let mut layer = vec![0; count];
    for &block in &order {
        layer[block] = up[block].iter().map(|&above| layer[above] + 1).max().unwrap_or(0);
    }
    for _ in 0..ROUNDS {
        let sunk = sink(&order, &up, &down, &mut layer);
        let risen = rise(&order, &up, &down, &mut layer);
        if !sunk && !risen {
            break;
        }
    }
    close(&up, &down, &mut layer);
    put_the_rest_below(problem, &up, &down, &mut layer);
    layer
}

type Neighbours = [Vec<usize>];

/// Lets blocks sink to what they lead to, unless more would pull them up. Those that gain nothing
/// sink too: what is above them may gain.
fn sink(order: &[usize], up: &Neighbours, down: &Neighbours, layer: &mut [usize]) -> bool {
    let mut gained = false;
    for &block in order.iter().rev() {
        let Some(below) = down[block].iter().map(|&other| layer[other]).min() else { continue };
        if down[block].len() >= up[block].len() && layer[block] + 1 < below {
            gained |= down[block].len() > up[block].len();
            layer[block] = below - 1;
        }
    }
    gained
}

/// Lets blocks rise to what leads to them, where that is a gain.
fn rise(order: &[usize], up: &Neighbours, down: &Neighbours, layer: &mut [usize]) -> bool {
    let mut gained = false;
    for &block in order {
        let Some(above) = up[block].iter().map(|&other| layer[other]).max() else { continue };
        if up[block].len() > down[block].len() && layer[block] > above + 1 {
            layer[block] = above + 1;
            gained = true;
        }
    }
    gained
}

/// Takes out layers that nothing is in any more, so that the first is 0.
fn close(up: &Neighbours, down: &Neighbours, layer: &mut [usize]) {
    let linked = |block: &usize| !up[*block].is_empty() || !down[*block].is_empty();
    let mut used: Vec<usize> = (0..layer.len()).filter(linked).map(|block| layer[block]).collect();
    used.sort_unstable();
    used.dedup();
    for layer in layer {
        *layer = used.binary_search(layer).unwrap_or(0);
    }
}

fn put_the_rest_below(problem: &Problem, up: &Neighbours, down: &Neighbours, layer: &mut [usize]) {
    let alone = |block: &usize| up[*block].is_empty() && down[*block].is_empty();
    let linked = (0..layer.len()).filter(|block| !alone(block));
    let below = linked.map(|block| layer[block] + 1).max().unwrap_or(0);
    let mut in_band = vec![0_usize; problem.bands.len()];
    let rest: Vec<usize> = (0..layer.len()).filter(alone).collect();
    rest.iter().for_each(|&block| in_band[problem.blocks[block].band] += 1);
    let row: Vec<usize> = in_band.iter().map(|&count| count.isqrt().max(ROW)).collect();
    let mut seen = vec![0; problem.bands.len()];
    for block in rest {
        let band = problem.blocks[block].band;
        layer[block] = below + seen[band] / row[band];
        seen[band] += 1;
    }
}
