use super::App;
use crate::{Position, StoreError, consumer::Handle, state::Activity};
use chrono::{DateTime, Utc};

/// Why an app could not come to rest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettleError {
    /// A consumer gave up on an event.
    #[error("settle: {consumer} has stopped: {reason}")]
    Stopped {
        /// The consumer.
        consumer: String,
        /// Why.
        reason: String,
    },
    /// The app was shut down.
    #[error("settle: the app was shut down")]
    ShutDown,
    /// The store cannot be reached.
    #[error("settle")]
    Store(#[from] StoreError),
}

impl App {
    /// Waits until nothing is left to do: every consumer has seen every event, and whatever has
    /// come due by the app's clock has been done. What comes due while it waits may be left, or it
    /// would never end on a clock that runs. For tests, and for programs that turn the clock.
    ///
    /// A consumer whose storage cannot be reached is waited for. Of one that another process works
    /// only the events count: what comes due there does so by that process's clock.
    ///
    /// # Errors
    /// When a consumer has stopped, or the store cannot be read.
    pub async fn settle(&self) -> Result<(), SettleError> {
        loop {
            let now = self.engine.clock.now();
            let head = self.head().await?;
            self.engine.nudge();
            for handle in self.engine.handles() {
                self.idle(&handle, head, now).await?;
            }
            if self.head().await? == head {
                return Ok(());
            }
        }
    }

    async fn head(&self) -> Result<Position, StoreError> {
        let head = self.engine.store.head().await?;
        Ok(head.map_or(Position::START, |place| place.position))
    }

    async fn idle(
        &self,
        handle: &Handle,
        head: Position,
        now: DateTime<Utc>,
    ) -> Result<(), SettleError> {
        let mut progress = handle.progress.subscribe();
        let mut stop = self.engine.stop.subscribe();
        let at_rest = progress.wait_for(|progress| {
            let looked = progress.position >= head;
            // What comes due elsewhere does so by another process's clock.
            let elsewhere = progress.activity == Activity::StandingBy;
            let idle = elsewhere || progress.idle_since.is_some_and(|since| since >= now);
            (looked && idle) || progress.retired || progress.activity == Activity::Stopped
        });
        let progress = tokio::select! {
            biased;
            () = async { let _ = stop.wait_for(|stop| *stop).await.map(drop); } => {
                return Err(SettleError::ShutDown);
            }
            progress = at_rest => progress.map_err(|_| SettleError::ShutDown)?.clone(),
        };
        if progress.activity == Activity::Stopped && !progress.retired {
            let consumer = handle.consumer.to_string();
            let reason = progress.last_error.unwrap_or_default();
            return Err(SettleError::Stopped { consumer, reason });
        }
        Ok(())
    }

    /// When the next deadline is due, if there is one: where to turn the clock to.
    ///
    /// # Errors
    /// When the engine's state cannot be read.
    pub async fn next_deadline(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let next = self.engine.state.deadlines(&Default::default(), 1).await?;
        Ok(next.first().map(|deadline| deadline.due))
    }
}
