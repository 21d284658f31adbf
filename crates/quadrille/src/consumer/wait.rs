use super::Request;
use crate::{Position, app::Engine};
use chrono::{DateTime, Utc};
use std::time::Duration;
use tokio::sync::{mpsc, watch};

/// Why a worker no longer waits.
pub(super) enum Paused {
    /// There may be something to do.
    Again,
    /// Somebody asks for something.
    Request(Request),
    /// The app stops.
    Stopped,
}

/// What wakes a worker.
pub(super) struct Wait {
    nudge: watch::Receiver<u64>,
    stop: watch::Receiver<bool>,
}

impl Wait {
    pub fn new(engine: &Engine) -> Self {
        Self { nudge: engine.nudge.subscribe(), stop: engine.stop.subscribe() }
    }

    pub fn stopped(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits for events above `after`, for `due`, or for somebody.
    pub async fn for_more(
        &mut self,
        engine: &Engine,
        after: Position,
        due: Option<DateTime<Utc>>,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Paused {
        let poll = engine.settings.poll_interval;
        let due = due.and_then(|due| engine.clock.until(due)).filter(|wait| !wait.is_zero());
        let longest = due.map_or(poll, |due| due.min(poll));
        tokio::select! {
            biased;
            () = stopping(&mut self.stop) => Paused::Stopped,
            Some(request) = requests.recv() => Paused::Request(request),
            _ = self.nudge.changed() => Paused::Again,
            () = engine.store.appended_after(after) => Paused::Again,
            () = tokio::time::sleep(longest) => Paused::Again,
        }
    }

    /// Waits a while, or until somebody comes if there is no end to it.
    pub async fn pause(
        &mut self,
        pause: Option<Duration>,
        requests: &mut mpsc::Receiver<Request>,
    ) -> Paused {
        let over = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = stopping(&mut self.stop) => Paused::Stopped,
            Some(request) = requests.recv() => Paused::Request(request),
            () = over => Paused::Again,
        }
    }
}

async fn stopping(stop: &mut watch::Receiver<bool>) {
    // The sender lives as long as the engine, which every worker holds.
    let _ = stop.wait_for(|stop| *stop).await.map(drop);
}
