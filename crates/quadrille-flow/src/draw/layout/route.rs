//! Draws everything at its place: the layers one after the other along, lines through their items.

use super::{Area, LOOP, Part, Plan, Point, Problem, Route, Size, Web, ports};

/// Room between layers: at least, with labels between, and at most, where lines lead far across.
const ROOM: f64 = 36.0;
const ROOM_AT_LABELS: f64 = 22.0;
const STEEP: f64 = 0.022;
const MOST_ROOM: f64 = 72.0;

pub fn draw(problem: &Problem, web: &Web, across: &[f64], bands: Vec<(f64, f64)>) -> Plan {
    let widths: Vec<f64> = problem.blocks.iter().map(|block| block.size.across).collect();
    let ports = ports::assign(web, across, &widths);
    let layers = layers(web, across, &ports);
    let middle = |layer: usize| (layers[layer].0 + layers[layer].1) / 2.0;
    let area = |item: usize, size: Size| {
        let along = middle(web.items[item].layer) - size.along / 2.0;
        Area { at: Point { along, across: across[item] - size.across / 2.0 }, size }
    };
    let blocks: Vec<Area> =
        problem.blocks.iter().enumerate().map(|(at, block)| area(at, block.size)).collect();
    let routes = problem.links.iter().enumerate().map(|(at, link)| {
        if link.from == link.to {
            return loops(blocks[link.from], link.label);
        }
        let chain = &web.chains[at];
        let labelled = chain.iter().find(|&&item| web.items[item].part == Part::Label);
        let label = labelled.zip(link.label).map(|(&item, size)| area(item, size));
        let mut points = line(web, chain, across, &layers, &blocks, ports[at]);
        if web.backward[at] {
            points.reverse();
        }
        Route { points, label, is_loop: false }
    });
    let routes = routes.collect();
    let size = Size {
        along: layers.last().map_or(0.0, |layer| layer.1),
        across: bands.last().map_or(0.0, |band| band.1),
    };
    Plan { size, blocks, bands, routes }
}

/// Where each layer begins and ends along.
fn layers(web: &Web, across: &[f64], ports: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut farthest = vec![0.0_f64; web.layers.len()];
    for (chain, port) in web.chains.iter().zip(ports) {
        for (at, pair) in chain.windows(2).enumerate() {
            let from = if at == 0 { port.0 } else { across[pair[0]] };
            let to = if at + 2 == chain.len() { port.1 } else { across[pair[1]] };
            let layer = web.items[pair[0]].layer;
            farthest[layer] = farthest[layer].max((to - from).abs());
        }
    }
    let room = if web.labelled { ROOM_AT_LABELS } else { ROOM };
    let mut begin = 0.0;
    let layers = web.layers.iter().zip(farthest).map(|(layer, farthest)| {
        let along = layer.iter().map(|&item| web.items[item].along).fold(0.0, f64::max);
        let end = begin + along;
        let own = (begin, end);
        begin = end + (room + farthest * STEEP).min(MOST_ROOM);
        own
    });
    layers.collect()
}

/// The points of a line from its upper to its lower end.
fn line(
    web: &Web,
    chain: &[usize],
    across: &[f64],
    layers: &[(f64, f64)],
    blocks: &[Area],
    port: (f64, f64),
) -> Vec<Point> {
    let (upper, lower) = (chain[0], chain[chain.len() - 1]);
    let mut points: Vec<Point> = Vec::with_capacity(chain.len() * 2);
    let mut go = |along: f64, across: f64| {
        let point = Point { along, across };
        // Halves that were added up may differ by a rounding error.
        let same = |last: &Point| (last.along - along).abs() < 1e-6 && last.across == across;
        if !points.last().is_some_and(same) {
            points.push(point);
        }
    };
    go(blocks[upper].at.along + blocks[upper].size.along, port.0);
    go(layers[web.items[upper].layer].1, port.0);
    for &item in &chain[1..chain.len() - 1] {
        let (begin, end) = layers[web.items[item].layer];
        go(begin, across[item]);
        go(end, across[item]);
    }
    go(layers[web.items[lower].layer].0, port.1);
    go(blocks[lower].at.along, port.1);
    points
}

/// A loop at the far side of its box.
fn loops(block: Area, label: Option<Size>) -> Route {
    let side = block.at.across + block.size.across;
    let middle = block.at.along + block.size.along / 2.0;
    let half = (block.size.along / 4.0).min(10.0);
    let points = [(-half, 0.0), (-half, LOOP), (half, LOOP), (half, 0.0)];
    let points = points.map(|(along, out)| Point { along: middle + along, across: side + out });
    let label = label.map(|size| Area {
        at: Point { along: middle - size.along / 2.0, across: side + LOOP },
        size,
    });
    Route { points: points.to_vec(), label, is_loop: true }
}
