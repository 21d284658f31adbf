//! Which lane each node is in, and how the lanes lie.

use super::{Arrow, Drawn, Lane};
use crate::draw::Lanes;
use std::collections::BTreeMap;

/// Beyond this many lanes they lie in the order of their names.
const ARRANGED: usize = 40;

/// Puts each node into its lane. There are none where fewer than two would be drawn.
pub fn assign(nodes: &mut [Drawn], edges: &[Arrow], by: Lanes) -> Vec<Lane> {
    let mut members: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    for (at, drawn) in nodes.iter().enumerate() {
        members.entry(name(drawn, by)).or_default().push(at);
    }
    if members.keys().all(Option::is_none) {
        return Vec::new();
    }
    let mut lanes = Vec::new();
    let mut lane_of = vec![0; nodes.len()];
    for (name, members) in members {
        members.iter().for_each(|&at| lane_of[at] = lanes.len());
        let missing = if by == Lanes::Owner { "no owner" } else { "no component" };
        let note = note(nodes, &members, by);
        lanes.push(Lane { name: name.unwrap_or(missing).to_owned(), note });
    }
    let order = arrange(lanes.len(), &traffic(&lane_of, edges, lanes.len()));
    let mut place = vec![0; lanes.len()];
    order.iter().enumerate().for_each(|(at, &lane)| place[lane] = at);
    nodes.iter_mut().zip(&lane_of).for_each(|(drawn, &lane)| drawn.lane = place[lane]);
    let mut lanes: Vec<_> = lanes.into_iter().zip(place).collect();
    lanes.sort_by_key(|(_, place)| *place);
    lanes.into_iter().map(|(lane, _)| lane).collect()
}

fn name<'a>(drawn: &Drawn<'a>, by: Lanes) -> Option<&'a str> {
    match by {
        Lanes::None => None,
        Lanes::Component => drawn.node?.component.as_deref(),
        Lanes::Owner => drawn.node?.owner.as_deref(),
    }
}

/// Who owns the component, or which component an owner has, if there is one answer.
fn note(nodes: &[Drawn], members: &[usize], by: Lanes) -> Option<String> {
    let other = if by == Lanes::Owner { Lanes::Component } else { Lanes::Owner };
    let mut names = members.iter().map(|&at| name(&nodes[at], other));
    let first = names.next()??;
    names.all(|name| name == Some(first)).then(|| first.to_owned())
}

/// How many edges lead from one lane to another, either way.
fn traffic(lane_of: &[usize], edges: &[Arrow], lanes: usize) -> Vec<Vec<u32>> {
    let mut traffic = vec![vec![0; if lanes > ARRANGED { 0 } else { lanes }]; lanes];
    if lanes <= ARRANGED {
        for edge in edges {
            let (from, to) = (lane_of[edge.from], lane_of[edge.to]);
            traffic[from][to] += 1;
            traffic[to][from] += 1;
        }
    }
    traffic
}

/// An order in which edges lead over few lanes: each lane is moved to where that is best, until
/// nothing gets better.
fn arrange(lanes: usize, traffic: &[Vec<u32>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..lanes).collect();
    if lanes > ARRANGED {
        return order;
    }
    let cost = |order: &[usize]| -> u64 {
        let pairs = (0..lanes).flat_map(|a| (a + 1..lanes).map(move |b| (a, b)));
        pairs.map(|(a, b)| u64::from(traffic[order[a]][order[b]]) * (b - a) as u64).sum()
    };
    let mut best = cost(&order);
    loop {
        let before = best;
        for lane in 0..lanes {
            for to in 0..lanes {
                let mut tried = order.clone();
                tried.retain(|&other| other != lane);
                tried.insert(to, lane);
                let tried_cost = cost(&tried);
                if tried_cost < best {
                    (order, best) = (tried, tried_cost);
                }
            }
        }
        if best == before {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_talk_lie_side_by_side() {
        // 0 talks to 2, 2 to 1.
        let traffic = vec![vec![0, 0, 9], vec![0, 0, 9], vec![9, 9, 0]];
        assert_eq!(arrange(3, &traffic), [1, 2, 0]);
    }
}
