//! Where the items of each layer lie across, after Brandes and Köpf ("Fast and simple horizontal
//! coordinate assignment", 2001): items are aligned with their median neighbours in four ways,
//! each is drawn as tight as it can be, and the mean of the two middle ones is a fifth. Long lines
//! are straight within their band. What that leaves wide is then drawn together, and the one with
//! the shortest lines is taken. Each band is laid out for itself; then they are put side by side.

mod align;
mod compact;
mod refine;

use super::{Band, Item, Part, Web};

/// Up to how many items the four ways are compared with their mean, and the best of them taken.
const COMPARED: usize = 20_000;

/// The items of one band, numbered anew, and which alignment is being tried.
struct Lane {
    items: Vec<Item>,
    /// The items in each layer, top down or bottom up, left to right or right to left.
    layers: Vec<Vec<usize>>,
    upward: bool,
    mirrored: bool,
}

/// For each item where its line lies across, and for each band its begin and end.
pub fn assign(web: &Web, bands: &[Band]) -> (Vec<f64>, Vec<(f64, f64)>) {
    let mut members: Vec<Vec<&[usize]>> = vec![Vec::new(); bands.len()];
    for layer in &web.layers {
        for part in layer.chunk_by(|&a, &b| web.items[a].band == web.items[b].band) {
            members[web.items[part[0]].band].push(part);
        }
    }
    let mut across = vec![0.0; web.items.len()];
    let mut number = vec![0; web.items.len()];
    let mut spans = Vec::with_capacity(bands.len());
    let mut begin = 0.0;
    for (band, layers) in bands.iter().zip(members) {
        let mut lane = Lane::new(&web.items, &layers, &mut number);
        let found = lane.lay_out();
        let (low, high) = lane.span(&found);
        let needed = (high - low).max(0.0);
        let spare = (band.least - band.before - band.after - needed).max(0.0);
        for (&item, x) in layers.iter().copied().flatten().zip(found) {
            across[item] = begin + band.before + spare / 2.0 + x - low;
        }
        let end = begin + band.before + needed + spare + band.after;
        spans.push((begin, end));
        begin = end;
    }
    (across, spans)
}

impl Lane {
    /// `number` is overwritten where the lane has items.
    fn new(items: &[Item], layers: &[&[usize]], number: &mut [usize]) -> Self {
        let members = || layers.iter().copied().flatten().copied();
        members().enumerate().for_each(|(at, item)| number[item] = at);
        let own = |item: usize| {
            let inside = |others: &[usize]| -> Vec<usize> {
                let inside = others.iter().filter(|&&other| items[other].band == items[item].band);
                inside.map(|&other| number[other]).collect()
            };
            Item { up: inside(&items[item].up), down: inside(&items[item].down), ..items[item] }
        };
        let layers = layers.iter().map(|layer| layer.iter().map(|&item| number[item]).collect());
        Self {
            items: members().map(own).collect(),
            layers: layers.collect(),
            upward: false,
            mirrored: false,
        }
    }

    /// The place of each item.
    fn lay_out(&mut self) -> Vec<f64> {
        let mut place = vec![0; self.items.len()];
        let crossed = align::crossed_lines(self, &mut place);
        let mut tries = Vec::with_capacity(4);
        for upward in [false, true] {
            for mirrored in [false, true] {
                self.turn(upward, mirrored);
                let root = align::roots(self, &crossed, &mut place);
                let mut x = compact::compact(self, &root);
                if mirrored {
                    x.iter_mut().for_each(|x| *x = -*x);
                }
                tries.push(x);
            }
        }
        self.turn(false, false);
        let balanced = self.balance(&mut tries);
        if self.items.len() > COMPARED {
            tries.clear();
        }
        tries.push(balanced);
        tries.iter_mut().for_each(|x| refine::refine(self, x));
        let shortest = tries.into_iter().min_by(|a, b| self.length(a).total_cmp(&self.length(b)));
        shortest.expect("there is one at least")
    }

    /// The extent of all items at their places.
    fn span(&self, x: &[f64]) -> (f64, f64) {
        let items = || self.items.iter().zip(x);
        let low = items().map(|(item, x)| x - item.before).fold(f64::INFINITY, f64::min);
        let high = items().map(|(item, x)| x + item.after).fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    }

    /// How far lines lead across in all, and how wide it is.
    fn length(&self, x: &[f64]) -> f64 {
        let (low, high) = self.span(x);
        let lines = self.items.iter().zip(x).map(|(item, x_item)| {
            item.down.iter().map(|&below| (x[below] - x_item).abs()).sum::<f64>()
        });
        lines.sum::<f64>() + (high - low).max(0.0) * self.layers.len() as f64
    }

    /// Shifts the tries to the narrowest of them, and takes the mean of the two middle ones for
    /// each item: that keeps both order and distance.
    fn balance(&self, tries: &mut [Vec<f64>]) -> Vec<f64> {
        let spans: Vec<_> = tries.iter().map(|x| self.span(x)).collect();
        let narrowest = spans.iter().min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)));
        let &(low, high) = narrowest.expect("there are four tries");
        for (at, (x, own)) in tries.iter_mut().zip(&spans).enumerate() {
            let mirrored = at % 2 == 1;
            let shift = if mirrored { high - own.1 } else { low - own.0 };
            x.iter_mut().for_each(|x| *x += shift);
        }
        let middle = |item: usize| {
            let mut four = [0, 1, 2, 3].map(|at| tries[at][item]);
            four.sort_unstable_by(f64::total_cmp);
            (four[1] + four[2]) / 2.0
        };
        (0..self.items.len()).map(middle).collect()
    }

    fn turn(&mut self, upward: bool, mirrored: bool) {
        if self.upward != upward {
            self.layers.reverse();
        }
        if self.mirrored != mirrored {
            self.layers.iter_mut().for_each(|layer| layer.reverse());
        }
        (self.upward, self.mirrored) = (upward, mirrored);
    }

    /// The neighbours in the layer that comes before in this alignment.
    fn before(&self, item: usize) -> &[usize] {
        if self.upward { &self.items[item].down } else { &self.items[item].up }
    }

    /// How far apart two neighbours in a layer must be.
    fn apart(&self, item: usize, next: usize) -> f64 {
        let (item, next) = (&self.items[item], &self.items[next]);
        if self.mirrored { next.apart(item) } else { item.apart(next) }
    }

    fn is_inner(&self, a: usize, b: usize) -> bool {
        self.items[a].part != Part::Block && self.items[b].part != Part::Block
    }
}
