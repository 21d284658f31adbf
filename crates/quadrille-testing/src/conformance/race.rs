use std::{future::Future, sync::Arc};
use tokio::sync::Barrier;

/// Runs `count` tasks that set off together, and gives what each came to.
pub(crate) async fn race<T, F>(count: usize, runner: impl Fn(usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(count));
    let spawn = |n| {
        let (start, run) = (start.clone(), runner(n));
        tokio::spawn(async move {
            start.wait().await;
            run.await
        })
    };
    let runners: Vec<_> = (0..count).map(spawn).collect();
    let mut results = Vec::with_capacity(count);
    for runner in runners {
        results.push(runner.await.expect("a runner does not panic"));
    }
    results
}
