//! Draws everything at its place: the layers one after the other along, lines through their items.

use super::{
    Area, LOOP, Part, Plan, Point, Problem, Route, Size, Web, ports,
    tracks::{self, Part as Piece},
};

/// Room between layers, and with labels between them.
const ROOM: f64 = 36.0;
const ROOM_AT_LABELS: f64 = 22.0;
/// Room before and after tracks, for bends and tips.
const AROUND: f64 = 21.0;
/// How far apart tracks are, and how much room all of one gap take at most.
const TRACK: f64 = 8.0;
const TRACKS: f64 = 400.0;

pub fn draw(problem: &Problem, web: &Web, across: &[f64], bands: Vec<(f64, f64)>) -> Plan {
    let widths: Vec<f64> = problem.blocks.iter().map(|block| block.size.across).collect();
    let ports = ports::assign(web, across, &widths);
    let (layers, tracks) = layers(web, across, &ports);
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
        let passed = Passed { layers: &layers, tracks: &tracks[at] };
        let mut points = line(web, chain, &places(chain, across, ports[at]), &passed, &blocks);
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

/// Where a line lies across at each item of its chain.
fn places(chain: &[usize], across: &[f64], (first, last): (f64, f64)) -> Vec<f64> {
    let mut places: Vec<f64> = chain.iter().map(|&item| across[item]).collect();
    if let [begin, .., end] = &mut places[..] {
        (*begin, *end) = (first, last);
    }
    places
}

/// Where each layer begins and ends along.
type Layers = Vec<(f64, f64)>;

/// What a line passes: the layers, and for each of its parts the track, where it has one.
struct Passed<'a> {
    layers: &'a Layers,
    tracks: &'a [Option<f64>],
}

/// The layers, and for each link the tracks of its parts.
fn layers(web: &Web, across: &[f64], ports: &[(f64, f64)]) -> (Layers, Vec<Vec<Option<f64>>>) {
    let mut gaps: Vec<Vec<Piece>> = vec![Vec::new(); web.layers.len()];
    for (line, (chain, port)) in web.chains.iter().zip(ports).enumerate() {
        let places = places(chain, across, *port);
        for (part, pair) in places.windows(2).enumerate() {
            let gap = web.items[chain[part]].layer;
            gaps[gap].push(Piece { line, part, from: pair[0], to: pair[1] });
        }
    }
    let mut tracks: Vec<Vec<Option<f64>>> =
        web.chains.iter().map(|chain| vec![None; chain.len().saturating_sub(1)]).collect();
    let least = if web.labelled { ROOM_AT_LABELS } else { ROOM };
    let mut layers = Vec::with_capacity(web.layers.len());
    let mut begin = 0.0;
    for (layer, gap) in web.layers.iter().zip(&gaps) {
        let end = begin + layer.iter().map(|&item| web.items[item].along).fold(0.0, f64::max);
        layers.push((begin, end));
        let placed = tracks::assign(gap);
        let last = placed.iter().map(|(_, track)| *track).max();
        let step = TRACK.min(TRACKS / last.unwrap_or(0).max(1) as f64);
        let taken = last.map_or(0.0, |last| 2.0 * AROUND + last as f64 * step);
        let room = least.max(taken);
        let first = end + AROUND + (room - taken) / 2.0;
        for (piece, track) in placed {
            tracks[piece.line][piece.part] = Some(first + track as f64 * step);
        }
        begin = end + room;
    }
    (layers, tracks)
}

/// The points of a line from its upper to its lower end.
fn line(
    web: &Web,
    chain: &[usize],
    places: &[f64],
    passed: &Passed,
    blocks: &[Area],
) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::with_capacity(chain.len() * 2);
    let mut go = |along: f64, across: f64| {
        let point = Point { along, across };
        // Halves that were added up may differ by a rounding error.
        let same = |last: &Point| (last.along - along).abs() < 1e-6 && last.across == across;
        if !points.last().is_some_and(same) {
            points.push(point);
        }
    };
    let last = chain.len() - 1;
    for (at, (&item, &place)) in chain.iter().zip(places).enumerate() {
        let (begin, end) = passed.layers[web.items[item].layer];
        if at > 0 {
            if let Some(track) = passed.tracks[at - 1] {
                go(track, places[at - 1]);
                go(track, place);
            }
            go(begin, place);
        }
        if at == last {
            go(blocks[item].at.along, place);
        } else {
            if at == 0 {
                go(blocks[item].at.along + blocks[item].size.along, place);
            }
            go(end, place);
        }
    }
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
