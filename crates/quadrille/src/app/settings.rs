use crate::RetryPolicy;
use std::{num::NonZeroUsize, time::Duration};

/// What can be set for a whole app. The defaults suit most.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Settings {
    /// Events that a consumer takes at once: 1,000.
    pub page_size: usize,
    /// How often a consumer looks for what other processes appended: every 250 ms.
    pub poll_interval: Duration,
    /// How long other processes leave a consumer to this one without hearing of it: 5 s. It is
    /// heard of three times as often. When this process dies, another one goes on with its
    /// consumers that long afterwards; when it shuts down, at once.
    pub lease: Duration,
    /// Keys that one reaction or process manager works on at the same time: 64.
    pub concurrency: usize,
    /// Aggregates of one type whose state is kept at hand: 10,000.
    pub cached_aggregates: NonZeroUsize,
    /// Process instances of one kind whose state is kept at hand: 10,000.
    pub cached_instances: NonZeroUsize,
    /// Commands that may be in flight at once: 10,000. More wait.
    pub max_in_flight: usize,
    /// How long a command waits to be let in before it is refused as unavailable: 30 s.
    pub patience: Duration,
    /// How long a query waits for its read model to catch up: 30 s.
    pub catch_up_timeout: Duration,
    /// Refusals of direct callers that are kept beside the log: the last 10,000; 0 keeps none.
    pub keep_rejections: usize,
    /// Conflicts at one aggregate.
    pub conflict_retry: RetryPolicy,
    /// Handlers that fail.
    pub handler_retry: RetryPolicy,
    /// Storage that cannot be reached.
    pub storage_retry: RetryPolicy,
}

impl Default for Settings {
    fn default() -> Self {
        const MANY: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");
        Self {
            page_size: 1_000,
            poll_interval: Duration::from_millis(250),
            lease: Duration::from_secs(5),
            concurrency: 64,
            cached_aggregates: MANY,
            cached_instances: MANY,
            max_in_flight: 10_000,
            patience: Duration::from_secs(30),
            catch_up_timeout: Duration::from_secs(30),
            keep_rejections: 10_000,
            conflict_retry: RetryPolicy::CONFLICT,
            handler_retry: RetryPolicy::HANDLER,
            storage_retry: RetryPolicy::STORAGE,
        }
    }
}
