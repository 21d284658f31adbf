//! Time, which examples and tests can turn.

use chrono::{DateTime, SubsecRound, Utc};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// This many days.
pub const fn days(n: u64) -> Duration {
    Duration::from_secs(n * 86_400)
}

/// This many hours.
pub const fn hours(n: u64) -> Duration {
    Duration::from_secs(n * 3_600)
}

/// This many minutes.
pub const fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

/// Where occurred and due times come from. Recorded times are the store's own.
pub trait Clock: Send + Sync + 'static {
    /// Now, to the microsecond.
    fn now(&self) -> DateTime<Utc>;

    /// How long to wait, in real time, until `due`; `None` when real time does not bring it
    /// nearer.
    fn until(&self, due: DateTime<Utc>) -> Option<Duration>;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn until(&self, due: DateTime<Utc>) -> Option<Duration> {
        Some((due - self.now()).to_std().unwrap_or_default())
    }
}

/// A clock that stands still until it is turned. Clones show the same time.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<DateTime<Utc>>>);

impl ManualClock {
    /// A clock that shows `start`.
    pub fn new(start: DateTime<Utc>) -> Self {
        Self(Arc::new(Mutex::new(start.trunc_subsecs(6))))
    }

    /// Turns it forward.
    pub fn advance(&self, by: Duration) {
        let by = chrono::Duration::from_std(by).unwrap_or(chrono::Duration::MAX);
        self.change(|now| now.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC));
    }

    /// Turns it forward to `time`; a time that has passed changes nothing.
    pub fn advance_to(&self, time: DateTime<Utc>) {
        self.change(|now| now.max(time.trunc_subsecs(6)));
    }

    fn change(&self, change: impl FnOnce(DateTime<Utc>) -> DateTime<Utc>) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = change(*now);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn until(&self, due: DateTime<Utc>) -> Option<Duration> {
        (due <= self.now()).then_some(Duration::ZERO)
    }
}
