//! One policy for everything that is tried again.

use std::time::Duration;

/// How often and how patiently something is tried again.
///
/// The wait before attempt `n + 1` is `first * factor^(n - 1)`, at most `longest`, and up to half
/// of it is taken off at random so that many that failed together do not come back together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; at least 1.
    pub attempts: u32,
    /// The wait after the first failure.
    pub first: Duration,
    /// How much longer each further wait is.
    pub factor: f64,
    /// The longest wait.
    pub longest: Duration,
}

impl RetryPolicy {
    /// Tried once, never again.
    pub const NEVER: Self =
        Self { attempts: 1, first: Duration::ZERO, factor: 1.0, longest: Duration::ZERO };
    /// Handlers that fail: 5 attempts over about one second.
    pub const HANDLER: Self = Self {
        attempts: 5,
        first: Duration::from_millis(50),
        factor: 2.0,
        longest: Duration::from_secs(1),
    };
    /// Storage that cannot be reached: for ever, at most 15 seconds apart.
    pub const STORAGE: Self = Self {
        attempts: u32::MAX,
        first: Duration::from_millis(20),
        factor: 2.0,
        longest: Duration::from_secs(15),
    };
    /// Conflicts at one aggregate: 20 attempts in quick succession.
    pub const CONFLICT: Self = Self {
        attempts: 20,
        first: Duration::from_millis(1),
        factor: 1.5,
        longest: Duration::from_millis(50),
    };

    /// The wait after `failures` failed attempts (from 1), or `None` when it is time to give up.
    /// `random` lies in `0.0..1.0`.
    pub fn wait(&self, failures: u32, random: f64) -> Option<Duration> {
        if failures >= self.attempts {
            return None;
        }
        let exponent = failures.saturating_sub(1).min(64) as i32;
        let longest = self.longest.as_secs_f64();
        let wait = (self.first.as_secs_f64() * self.factor.powi(exponent)).min(longest);
        Some(Duration::from_secs_f64(wait * (1.0 - random.clamp(0.0, 1.0) / 2.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_end() {
        let policy = RetryPolicy {
            attempts: 5,
            first: Duration::from_millis(10),
            factor: 3.0,
            longest: Duration::from_millis(50),
        };
        let waits: Vec<_> = (1..=5).map(|n| policy.wait(n, 0.0).map(|w| w.as_millis())).collect();
        assert_eq!(waits, [Some(10), Some(30), Some(50), Some(50), None]);
        assert_eq!(policy.wait(1, 1.0), Some(Duration::from_millis(5)));
        assert_eq!(RetryPolicy::NEVER.wait(1, 0.5), None);
        assert!(RetryPolicy::STORAGE.wait(1_000_000, 0.0).is_some());
    }
}
