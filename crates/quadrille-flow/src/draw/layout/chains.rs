//! Leads each link through the layers between its ends, and finds a layer for its label.

use super::{Item, Link, Part, Problem, Side, Size, Web, loop_room};
use std::cmp::Ordering;

/// Over more bands than this, a line changes its band without looking where that is best.
const LOOKED_AT: usize = 64;

/// How much more than a line a box is in the way of others.
const BOX: usize = 6;

/// Makes the items. Labels get layers of their own, between those of the blocks.
pub fn build(problem: &Problem, place: &[usize], layer_of: &[usize]) -> Web {
    let is_loop = |link: &Link| link.from == link.to;
    let labelled = problem.links.iter().any(|link| link.label.is_some() && !is_loop(link));
    let step = if labelled { 2 } else { 1 };
    let mut items: Vec<Item> = (0..problem.blocks.len())
        .map(|block| {
            let Size { along, across } = problem.blocks[block].size;
            let band = problem.blocks[block].band;
            let half = across / 2.0;
            let place = (layer_of[block] * step, band, Side::Middle);
            item(Part::Block, place, along, (half, half))
        })
        .collect();
    for link in problem.links.iter().filter(|link| is_loop(link)) {
        let block = &mut items[link.from];
        let half = problem.blocks[link.from].size.across / 2.0;
        block.after = block.after.max(half + loop_room(link.label));
        block.along = block.along.max(link.label.map_or(0.0, |label| label.along));
    }
    let height = items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
    let mut room = Room::new(problem.bands.len(), height);
    items.iter().for_each(|item| room.take(item));

    let backward: Vec<bool> =
        problem.links.iter().map(|link| place[link.from] > place[link.to]).collect();
    let ends = |at: usize| {
        let link = &problem.links[at];
        if backward[at] { (link.to, link.from) } else { (link.from, link.to) }
    };
    let mut chains = vec![Vec::new(); problem.links.len()];
    // Short ones first: they have the least choice.
    let mut by_length: Vec<usize> =
        (0..problem.links.len()).filter(|&at| !is_loop(&problem.links[at])).collect();
    by_length.sort_by_key(|&at| {
        let (upper, lower) = ends(at);
        (layer_of[lower] - layer_of[upper], at)
    });
    for at in by_length {
        let (upper, lower) = ends(at);
        let parts = room.lead(&items[upper], &items[lower], problem.links[at].label);
        let chain = &mut chains[at];
        chain.push(upper);
        for part in parts {
            chain.push(items.len());
            items.push(part);
        }
        chain.push(lower);
        for pair in chain.windows(2) {
            items[pair[0]].down.push(pair[1]);
            items[pair[1]].up.push(pair[0]);
        }
    }
    let mut layers = vec![Vec::new(); height];
    items.iter().enumerate().for_each(|(at, item)| layers[item.layer].push(at));
    Web { items, layers, chains, backward, labelled }
}

type Place = (usize, usize, Side);

fn item(part: Part, place: Place, along: f64, (before, after): (f64, f64)) -> Item {
    let (layer, band, side) = place;
    Item { layer, band, side, part, along, before, after, up: Vec::new(), down: Vec::new() }
}

/// What is in the layers already.
struct Room {
    /// How much is in the way, by band and layer.
    items: Vec<Vec<usize>>,
    /// How much of each layer labels take.
    labels: Vec<f64>,
}

impl Room {
    fn new(bands: usize, layers: usize) -> Self {
        Self { items: vec![vec![0; layers]; bands], labels: vec![0.0; layers] }
    }

    fn take(&mut self, item: &Item) {
        self.items[item.band][item.layer] += if item.part == Part::Block { BOX } else { 1 };
        if item.part == Part::Label {
            self.labels[item.layer] += item.after * 2.0;
        }
    }

    /// The items between two ends.
    fn lead(&mut self, upper: &Item, lower: &Item, label: Option<Size>) -> Vec<Item> {
        let last_in_first_band = self.change(upper, lower);
        let label_at = label.map(|size| (self.label_layer(upper.layer, lower.layer), size));
        let between = upper.layer + 1..lower.layer;
        let parts: Vec<Item> = between
            .map(|layer| {
                let is_first = layer <= last_in_first_band;
                let (band, other) = match is_first {
                    true => (upper.band, lower.band),
                    false => (lower.band, upper.band),
                };
                let side = match other.cmp(&band) {
                    Ordering::Less => Side::Before,
                    Ordering::Equal => Side::Middle,
                    Ordering::Greater => Side::After,
                };
                match label_at {
                    Some((at, size)) if at == layer => {
                        let half = size.across / 2.0;
                        item(Part::Label, (layer, band, side), size.along, (half, half))
                    }
                    _ => item(Part::Line, (layer, band, side), 0.0, (1.0, 1.0)),
                }
            })
            .collect();
        parts.iter().for_each(|part| self.take(part));
        parts
    }

    /// The last layer in which the line is in the band that it begins in: it changes over where it
    /// passes least.
    fn change(&self, upper: &Item, lower: &Item) -> usize {
        let (low, high) = (upper.band.min(lower.band), upper.band.max(lower.band));
        if low == high || high - low > LOOKED_AT {
            return lower.layer - 1;
        }
        let passed =
            |layer: usize| -> usize { (low + 1..high).map(|band| self.items[band][layer]).sum() };
        let along = |last: usize| -> usize {
            let first = (upper.layer + 1..=last).map(|layer| self.items[upper.band][layer]);
            let second = (last + 1..lower.layer).map(|layer| self.items[lower.band][layer]);
            first.chain(second).sum()
        };
        (upper.layer..lower.layer)
            .min_by_key(|&last| passed(last) + passed(last + 1) + along(last))
            .unwrap_or(upper.layer)
    }

    /// The layer between the ends where labels take least, near the middle of the line. Layers of
    /// labels are the odd ones.
    fn label_layer(&self, upper: usize, lower: usize) -> usize {
        let middle = (upper + lower) / 2;
        (upper + 1..lower)
            .step_by(2)
            .min_by(|&a, &b| {
                let cost = |layer: usize| self.labels[layer] + 40.0 * layer.abs_diff(middle) as f64;
                cost(a).total_cmp(&cost(b))
            })
            .unwrap_or(upper + 1)
    }
}
