use crate::{Extra, subject::CommandError};
use anyhow::Result;
use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Between attempts of a single operation that may go wrong for ever.
const MANY_TIMES: u64 = 10_000;

/// What a closed loop did.
#[derive(Debug, Clone)]
pub struct Load {
    /// Operations that succeeded.
    pub done: u64,
    /// Operations that others came before.
    pub conflicts: u64,
    /// How long it took.
    pub elapsed: Duration,
    /// How long each took, in microseconds, the shortest first.
    pub micros: Vec<u32>,
}

impl Load {
    /// Operations a second.
    pub fn rate(&self) -> f64 {
        self.done as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency that this share of all operations stayed below.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        self.micros.get((last as f64 * share) as usize).copied().unwrap_or_default().into()
    }

    /// What goes with the rate.
    pub fn extra(&self) -> Extra {
        Extra {
            p50_us: Some(self.percentile(0.5)),
            p99_us: Some(self.percentile(0.99)),
            ..Extra::default()
        }
    }
}

/// Runs `tasks` tasks, each of which begins its next operation when the last one has ended, until
/// the time is up. With `enough`, half of the time will do once that many have succeeded. What
/// met a conflict is tried again at once, and its latency goes on.
///
/// # Errors
/// Of an operation.
pub async fn closed_loop<F, Fut>(
    tasks: usize,
    seconds: f64,
    enough: Option<u64>,
    operation: F,
) -> Result<Load>
where
    F: Fn(usize, u64) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<(), CommandError>> + Send,
{
    let begun = Instant::now();
    let (half, full) = (seconds / 2.0, seconds);
    let done = Arc::new(AtomicU64::new(0));
    let conflicts = Arc::new(AtomicU64::new(0));
    let mut set = JoinSet::new();
    for task in 0..tasks {
        let (operation, done, conflicts) = (operation.clone(), done.clone(), conflicts.clone());
        set.spawn(async move {
            let mut micros = Vec::with_capacity(16 * 1024);
            let mut n = 0;
            loop {
                let passed = begun.elapsed().as_secs_f64();
                let many = enough.is_some_and(|enough| done.load(Relaxed) >= enough);
                if passed >= full || (many && passed >= half) {
                    return Ok::<_, anyhow::Error>(micros);
                }
                let start = Instant::now();
                let mut again = 0;
                loop {
                    match operation(task, n).await {
                        Ok(()) => break,
                        Err(CommandError::Conflict) => {
                            conflicts.fetch_add(1, Relaxed);
                            again += 1;
                            if begun.elapsed().as_secs_f64() >= full || again > MANY_TIMES {
                                return Ok(micros);
                            }
                        }
                        Err(CommandError::Other(error)) => return Err(error),
                    }
                }
                micros.push(u32::try_from(start.elapsed().as_micros()).unwrap_or(u32::MAX));
                done.fetch_add(1, Relaxed);
                n += 1;
            }
        });
    }
    let mut micros = Vec::new();
    while let Some(ended) = set.join_next().await {
        micros.extend(ended??);
    }
    let elapsed = begun.elapsed();
    micros.sort_unstable();
    let conflicts = conflicts.load(Relaxed);
    Ok(Load { done: micros.len() as u64, conflicts, elapsed, micros })
}
