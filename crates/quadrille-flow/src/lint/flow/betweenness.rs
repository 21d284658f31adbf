use super::Flow;
use std::collections::VecDeque;

impl Flow<'_> {
    /// For each node, the part of all ordered pairs of other nodes whose shortest ways lead through
    /// it, from 0 to 1, by Brandes ("A faster algorithm for betweenness centrality", 2001).
    pub fn betweenness(&self) -> Vec<f64> {
        let count = self.nodes.len();
        let mut between = vec![0.0; count];
        for start in 0..count {
            let ways = self.shortest_ways(start);
            let mut depends = vec![0.0; count];
            for &at in ways.order.iter().rev() {
                for &before in &ways.before[at] {
                    depends[before] += ways.many[before] / ways.many[at] * (1.0 + depends[at]);
                }
                if at != start {
                    between[at] += depends[at];
                }
            }
        }
        let pairs = count.saturating_sub(1) * count.saturating_sub(2);
        between.iter().map(|sum| if pairs == 0 { 0.0 } else { sum / pairs as f64 }).collect()
    }

    fn shortest_ways(&self, start: usize) -> Ways {
        let count = self.nodes.len();
        let mut ways =
            Ways { order: Vec::new(), many: vec![0.0; count], before: vec![Vec::new(); count] };
        let mut far = vec![None; count];
        (far[start], ways.many[start]) = (Some(0), 1.0);
        let mut next = VecDeque::from([start]);
        while let Some(at) = next.pop_front() {
            ways.order.push(at);
            let further = far[at].map(|steps: usize| steps + 1);
            for &to in &self.out[at] {
                if far[to].is_none() {
                    far[to] = further;
                    next.push_back(to);
                }
                if far[to] == further {
                    ways.many[to] += ways.many[at];
                    ways.before[to].push(at);
                }
            }
        }
        ways
    }
}

/// The shortest ways from a node.
struct Ways {
    /// Nodes that are reached, the near ones first.
    order: Vec<usize>,
    /// How many ways there are to each.
    many: Vec<f64>,
    /// The last nodes before each.
    before: Vec<Vec<usize>>,
}
