//! Draws blocks of aligned items as tight as they can be. The blocks and the distances that they
//! must keep form a graph without cycles: longest ways through it give the places, as Brandes,
//! Walter and Zink show in their erratum (2020) to be the sound way.

use super::Lane;

/// For each item its place; `root` says what it is aligned with.
pub fn compact(lane: &Lane, root: &[usize]) -> Vec<f64> {
    let mut after: Vec<Vec<(usize, f64)>> = vec![Vec::new(); lane.items.len()];
    let mut waits = vec![0_usize; lane.items.len()];
    for layer in &lane.layers {
        for pair in layer.windows(2) {
            let (block, next) = (root[pair[0]], root[pair[1]]);
            after[block].push((next, lane.apart(pair[0], pair[1])));
            waits[next] += 1;
        }
    }
    let mut ready: Vec<usize> =
        (0..root.len()).filter(|&item| root[item] == item && waits[item] == 0).collect();
    let mut order = Vec::new();
    let mut x = vec![0.0_f64; lane.items.len()];
    while let Some(block) = ready.pop() {
        order.push(block);
        for &(next, apart) in &after[block] {
            x[next] = x[next].max(x[block] + apart);
            waits[next] -= 1;
            if waits[next] == 0 {
                ready.push(next);
            }
        }
    }
    // What could lie nearer to what follows is drawn there, so that no gap opens within.
    for &block in order.iter().rev() {
        let room = after[block].iter().map(|&(next, apart)| x[next] - apart);
        let room = room.fold(f64::INFINITY, f64::min);
        if room.is_finite() {
            x[block] = x[block].max(room);
        }
    }
    root.iter().map(|&block| x[block]).collect()
}
