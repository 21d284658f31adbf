use crate::graph::Latency;
use std::collections::BTreeMap;

/// Powers of two are cut into so many parts (as a power of two themselves).
const PARTS: u32 = 6;

/// How often each latency was seen, by parts of powers of two, as HdrHistogram cuts them: below
/// 128 µs exact, above it in steps of at most 1/64. A part also knows the longest that it holds, so
/// that whatever is told was really seen. Only parts that were met take memory, some 30 bytes each:
/// mostly 1 or 2 KB in all, and for latencies from a microsecond to a century at most 100.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Latencies {
    parts: BTreeMap<u16, Part>,
    count: u64,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Part {
    count: u64,
    longest: u64,
}

impl Latencies {
    pub fn add(&mut self, micros: u64) {
        let part = self.parts.entry(part(micros)).or_default();
        part.count += 1;
        part.longest = part.longest.max(micros);
        self.count += 1;
    }

    pub fn told(&self) -> Option<Latency> {
        (self.count > 0).then(|| Latency {
            p50_micros: self.percentile(50),
            p95_micros: self.percentile(95),
            p99_micros: self.percentile(99),
        })
    }

    /// What so many of a hundred took at most, by the nearest rank; at most 1/64 too long, never too
    /// short.
    fn percentile(&self, percent: u64) -> u64 {
        let rank = (u128::from(self.count) * u128::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let reached = self.parts.values().find(|part| {
            seen += u128::from(part.count);
            seen >= rank
        });
        reached.map_or(0, |part| part.longest)
    }
}

/// The part in which a number lies.
fn part(micros: u64) -> u16 {
    let shift = (63 - (micros | 1).leading_zeros()).saturating_sub(PARTS);
    let within = micros >> shift;
    // Below 64 a number is its own part; a power of two above it begins 64 parts further.
    ((shift << PARTS) as u64 + within) as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The greatest number of a part.
    fn last_of(part: u16) -> u64 {
        let shift = (part >> PARTS).saturating_sub(1);
        let within = u64::from(part - (shift << PARTS));
        ((within + 1) << shift).wrapping_sub(1)
    }

    #[test]
    fn a_part_ends_at_most_one_64th_above_its_numbers() {
        let powers = (0..64).map(|power| 1_u64 << power);
        let numbers = powers.flat_map(|n| [n - 1, n, n + 1, n + n / 3, n.saturating_mul(3) / 2]);
        for n in numbers.chain(0..10_000).chain([u64::MAX]) {
            let last = last_of(part(n));
            assert!(last >= n && last - n <= n / 64, "{n}: {last}");
            assert_eq!(part(last), part(n), "{n}");
            assert!(last == u64::MAX || part(last + 1) == part(n) + 1, "{n}");
        }
    }

    #[test]
    fn percentiles_are_those_of_the_nearest_rank() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.told(), None);
        (1..=60).for_each(|n| latencies.add(n));
        let told = latencies.told().unwrap();
        assert_eq!((told.p50_micros, told.p95_micros, told.p99_micros), (30, 57, 60));
        let mut few = Latencies::default();
        [1_000_003, 1_000_003, 77_000_000].into_iter().for_each(|micros| few.add(micros));
        assert_eq!(few.told().unwrap().p50_micros, 1_000_003);
    }
}
