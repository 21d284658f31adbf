//! Where lines meet the boxes: each as straight as it can be, in order, and some way apart.

use super::{Item, Part, Web};

/// How far apart lines are where they meet a box, if it has room for that.
const APART: f64 = 13.0;
/// How far from the corners of a box lines stay.
const CORNER: f64 = 14.0;

/// For each link where it meets its upper and its lower end.
pub fn assign(web: &Web, across: &[f64], widths: &[f64]) -> Vec<(f64, f64)> {
    let mut ports = vec![(0.0, 0.0); web.chains.len()];
    let mut lower_side = vec![Vec::new(); widths.len()];
    let mut upper_side = vec![Vec::new(); widths.len()];
    for (at, chain) in web.chains.iter().enumerate().filter(|(_, chain)| chain.len() > 1) {
        lower_side[chain[0]].push((at, chain[1]));
        upper_side[chain[chain.len() - 1]].push((at, chain[chain.len() - 2]));
    }
    let sides = Sides { items: &web.items, across, widths };
    for block in 0..widths.len() {
        for (at, port) in sides.side(block, &mut lower_side[block]) {
            ports[at].0 = port;
        }
        for (at, port) in sides.side(block, &mut upper_side[block]) {
            ports[at].1 = port;
        }
    }
    ports
}

struct Sides<'a> {
    items: &'a [Item],
    across: &'a [f64],
    widths: &'a [f64],
}

impl Sides<'_> {
    /// The part of a box where lines may meet it.
    fn range(&self, block: usize) -> (f64, f64) {
        let width = self.widths[block];
        let half = width / 2.0 - CORNER.min(width / 4.0);
        (self.across[block] - half, self.across[block] + half)
    }

    /// Where the line to this neighbour would be straight.
    fn wish(&self, block: usize, next: usize) -> f64 {
        let (low, high) = self.range(block);
        if self.items[next].part != Part::Block {
            return self.across[next].clamp(low, high);
        }
        let (next_low, next_high) = self.range(next);
        let (common_low, common_high) = (low.max(next_low), high.min(next_high));
        let middle = (self.across[block] + self.across[next]) / 2.0;
        if common_low <= common_high {
            middle.clamp(common_low, common_high)
        } else {
            self.across[next].clamp(low, high)
        }
    }

    /// Where the lines on one side of a box meet it.
    fn side(&self, block: usize, lines: &mut [(usize, usize)]) -> Vec<(usize, f64)> {
        lines.sort_by(|a, b| self.across[a.1].total_cmp(&self.across[b.1]).then(a.0.cmp(&b.0)));
        let (low, high) = self.range(block);
        let steps = lines.len().saturating_sub(1).max(1) as f64;
        let apart = APART.min((high - low) / steps);
        let wishes: Vec<f64> = lines.iter().map(|&(_, next)| self.wish(block, next)).collect();
        let ports = spread(&wishes, apart, low, high);
        lines.iter().map(|&(at, _)| at).zip(ports).collect()
    }
}

/// Places as near to the wishes as can be (in least squares), in their order and so far apart:
/// pool adjacent violators.
fn spread(wishes: &[f64], apart: f64, low: f64, high: f64) -> Vec<f64> {
    // Without the distances the places need only not fall.
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for (at, wish) in wishes.iter().enumerate() {
        let mut pool = (wish - at as f64 * apart, 1);
        while let Some(&(mean, size)) = pools.last().filter(|last| last.0 > pool.0) {
            let sum = mean * size as f64 + pool.0 * pool.1 as f64;
            pool = (sum / (size + pool.1) as f64, size + pool.1);
            pools.pop();
        }
        pools.push(pool);
    }
    let flat = pools.iter().flat_map(|&(mean, size)| std::iter::repeat_n(mean, size));
    let last = wishes.len().saturating_sub(1) as f64 * apart;
    let top = (high - last).max(low);
    flat.enumerate().map(|(at, mean)| mean.clamp(low, top) + at as f64 * apart).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn lines_meet_a_box_apart_in_order_and_as_straight_as_they_can() {
        let check = |wishes: &[f64], expected: &[f64]| {
            assert_eq!(spread(wishes, 10.0, 0.0, 100.0), expected);
        };
        check(&[], &[]);
        check(&[50.0], &[50.0]);
        check(&[20.0, 80.0], &[20.0, 80.0]);
        check(&[50.0, 50.0], &[45.0, 55.0]);
        check(&[0.0, 0.0, 0.0], &[0.0, 10.0, 20.0]);
        check(&[100.0, 100.0], &[90.0, 100.0]);
    }
}
