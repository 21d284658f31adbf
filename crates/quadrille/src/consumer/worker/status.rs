//! What others see of a worker.

use super::Worker;
use crate::{app::chain, state::ConsumerStatus};
use chrono::{DateTime, Utc};
use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

/// How often a busy consumer writes its status.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);

impl Worker {
    pub(in crate::consumer) fn publish(&self, idle_since: Option<DateTime<Utc>>) {
        let parked: HashSet<String> = self.parked.keys().cloned().collect();
        self.handle.progress.send_modify(|progress| {
            progress.position = self.position;
            progress.idle_since = idle_since;
            progress.activity = self.activity;
            progress.last_error.clone_from(&self.last_error);
            if parked.len() != progress.parked.len() || *progress.parked != parked {
                progress.parked = Arc::new(parked);
            }
        });
    }

    /// Its row in the table of statuses, which only who works the consumer writes; a problem with it
    /// is no reason to stop.
    pub(in crate::consumer) async fn write_status(&mut self, now: bool) {
        if self.handle.stands_by() {
            return;
        }
        if !now && self.status_at.is_some_and(|at| at.elapsed() < STATUS_INTERVAL) {
            return;
        }
        self.status_at = Some(Instant::now());
        let status = ConsumerStatus {
            consumer: self.consumer.clone(),
            component: self.behaviour.part().component.clone(),
            activity: self.activity,
            position: self.position,
            rate: self.rate.per_second(),
            handled: self.handled,
            unmatched: self.unmatched,
            parked: self.parked.len() as u64,
            last_error: self.last_error.clone(),
            updated_at: Utc::now(),
        };
        if let Err(error) = self.engine.state.set_status(&status).await {
            tracing::warn!(error = %chain(&error), "a status could not be written");
        }
    }
}

/// Events a second, over the last seconds.
#[derive(Default)]
pub(super) struct Rate {
    since: Option<Instant>,
    count: u64,
    last: f64,
}

impl Rate {
    pub(super) fn add(&mut self, count: u64) {
        self.since.get_or_insert_with(Instant::now);
        self.count += count;
    }

    fn per_second(&mut self) -> f64 {
        let Some(since) = self.since else { return self.last };
        let elapsed = since.elapsed();
        if elapsed >= STATUS_INTERVAL {
            self.last = self.count as f64 / elapsed.as_secs_f64();
            *self = Self { since: Some(Instant::now()), count: 0, last: self.last };
        } else if self.last == 0.0 {
            return self.count as f64 / elapsed.as_secs_f64().max(0.001);
        }
        self.last
    }
}
