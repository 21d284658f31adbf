//! Gives lines that lead far across a track of their own in the gap between two layers, so that
//! those that lead the same way lie side by side and can be told apart.

/// How far a line leads across before it needs a track.
const FAR: f64 = 24.0;
/// How far apart two lines on one track are at least.
const APART: f64 = 24.0;
/// Beyond this many in one gap, lines bend freely.
const MOST: usize = 400;

/// A part of a line that leads through a gap.
#[derive(Debug, Clone, Copy)]
pub struct Part {
    /// Which line, and which part of it.
    pub line: usize,
    pub part: usize,
    pub from: f64,
    pub to: f64,
}

impl Part {
    fn span(&self) -> (f64, f64) {
        (self.from.min(self.to), self.from.max(self.to))
    }

    fn meets(&self, other: &Self) -> bool {
        let ((low, high), (other_low, other_high)) = (self.span(), other.span());
        low < other_high + APART && other_low < high + APART
    }
}

/// The far parts of one gap with their tracks, from the first along.
///
/// Of parts that lead the same way, the one that begins farther on has the earlier track: so they
/// do not cross, neither where they begin nor where they end.
pub fn assign(parts: &[Part]) -> Vec<(Part, usize)> {
    let far = |part: &&Part| (part.to - part.from).abs() > FAR;
    let mut parts: Vec<Part> = parts.iter().filter(far).copied().collect();
    if parts.len() > MOST {
        return Vec::new();
    }
    let key = |part: &Part| if part.to > part.from { -part.from } else { part.from };
    parts.sort_by(|a, b| {
        let (a_back, b_back) = (a.to < a.from, b.to < b.from);
        a_back.cmp(&b_back).then(key(a).total_cmp(&key(b))).then(a.line.cmp(&b.line))
    });
    let mut placed: Vec<(Part, usize)> = Vec::with_capacity(parts.len());
    for part in parts {
        let same_way = |other: &Part| (part.to > part.from) == (other.to > other.from);
        let met = || placed.iter().filter(|(other, _)| part.meets(other));
        let after = met().filter(|(other, _)| same_way(other)).map(|(_, track)| track + 1);
        let mut track = after.max().unwrap_or(0);
        while met().any(|(_, taken)| *taken == track) {
            track += 1;
        }
        placed.push((part, track));
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_lead_far_lie_side_by_side_without_crossing() {
        let part = |line, from, to| Part { line, part: 0, from, to };
        let check = |parts: &[Part], expected: &[(usize, usize)]| {
            let tracks = assign(parts);
            let mut tracks: Vec<_> =
                tracks.iter().map(|(part, track)| (part.line, *track)).collect();
            tracks.sort_unstable();
            assert_eq!(tracks, expected);
        };
        check(&[part(0, 0.0, 20.0)], &[]);
        check(&[part(0, 0.0, 500.0), part(1, 10.0, 600.0)], &[(0, 1), (1, 0)]);
        check(&[part(0, 600.0, 0.0), part(1, 610.0, 100.0)], &[(0, 0), (1, 1)]);
        check(&[part(0, 0.0, 200.0), part(1, 300.0, 500.0)], &[(0, 0), (1, 0)]);
    }
}
