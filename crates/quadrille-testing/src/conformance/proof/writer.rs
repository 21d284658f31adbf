use super::{
    super::Random,
    Traffic,
    attempts::{Attempt, End, Plan},
};
use quadrille_core::{AppendError, Appended, EventStore, Position, store::AppendAll};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::time::{Instant, sleep, timeout};

/// Appends until all writers together have written enough, and gives what became of each append.
pub(super) async fn write(
    traffic: Arc<Traffic>,
    number: usize,
    random: Random,
) -> Result<Vec<Attempt>, String> {
    let plan = Plan { number, random, last: None };
    let mut writer = Writer { traffic: &traffic, plan, attempts: Vec::new() };
    // A store that refuses everything must not keep it for ever.
    for _ in 0..100 + traffic.events {
        if traffic.written.load(Ordering::SeqCst) >= traffic.events {
            break;
        }
        writer.step().await.map_err(|problem| format!("writer {number}: {problem}"))?;
        writer.pause().await;
    }
    Ok(writer.attempts)
}

struct Writer<'a> {
    traffic: &'a Traffic,
    plan: Plan,
    attempts: Vec<Attempt>,
}

impl Writer<'_> {
    async fn step(&mut self) -> Result<(), String> {
        let store = self.traffic.handle(&mut self.plan.random);
        let (all, end) = self.plan.next(store).await;
        self.pause().await;
        let is_repeat = self.plan.last.as_ref() == Some(&all);
        let after = if is_repeat { Position::START } else { self.traffic.handed_out() };
        if self.plan.random.percent(5) {
            // Dropped half-way: it may or may not take place, and is tried again below.
            let moment = Duration::from_micros(self.plan.random.below(3_000) as u64);
            let _ = timeout(moment, send(store, all.clone())).await;
            self.pause().await;
        }
        let answer = self.settle(&all).await?;
        match (&answer, end) {
            (Ok(_), End::Refused) => return Err(format!("{all:?} was accepted")),
            (Err(error), End::Accepted) => return Err(format!("{all:?} was refused: {error:?}")),
            (Ok(receipts), _) if is_repeat && receipts.iter().any(|receipt| !receipt.repeated) => {
                return Err(format!("{all:?} was written again"));
            }
            _ => {}
        }
        self.note(all, answer.ok(), after);
        Ok(())
    }

    /// Tries until it is accepted or refused.
    async fn settle(
        &mut self,
        all: &AppendAll,
    ) -> Result<Result<Vec<Appended>, AppendError>, String> {
        let (began, patience) = (Instant::now(), self.traffic.patience);
        loop {
            let store = self.traffic.handle(&mut self.plan.random);
            let answer = timeout(patience, send(store, all.clone())).await;
            match answer.map_err(|_| format!("an append did not return within {patience:?}"))? {
                Err(AppendError::Store(error)) if !error.is_retryable() => {
                    return Err(format!(
                        "an append ended with {error:?}, after which none goes on"
                    ));
                }
                Err(AppendError::Store(error)) if began.elapsed() > patience => {
                    return Err(format!("an append still failed after {patience:?}: {error:?}"));
                }
                Err(AppendError::Store(_)) => {
                    sleep(Duration::from_millis(1 + self.plan.random.below(20) as u64)).await;
                }
                answer => return Ok(answer),
            }
        }
    }

    fn note(&mut self, all: AppendAll, receipts: Option<Vec<Appended>>, after: Position) {
        let is_new = |receipt: &Appended| !receipt.repeated;
        for (index, append) in all.appends.iter().enumerate() {
            let receipt = receipts.as_ref().map(|receipts| receipts[index].clone());
            if receipt.as_ref().is_some_and(is_new) {
                self.traffic.written.fetch_add(append.events.len(), Ordering::SeqCst);
            }
            let ids = append.events.iter().map(|event| event.id).collect();
            self.attempts.push(Attempt { stream: append.stream.clone(), ids, receipt, after });
        }
        if receipts.is_some() {
            self.plan.last = Some(all);
        }
    }

    async fn pause(&mut self) {
        match self.plan.random.below(10) {
            0 => sleep(Duration::from_micros(self.plan.random.below(3_000) as u64)).await,
            1..4 => tokio::task::yield_now().await,
            _ => {}
        }
    }
}

async fn send(store: &dyn EventStore, mut all: AppendAll) -> Result<Vec<Appended>, AppendError> {
    match all.appends.len() {
        1 if all.unless.is_empty() => {
            let only = all.appends.pop().expect("there is one");
            store.append(only).await.map(|receipt| vec![receipt])
        }
        _ => store.append_all(all).await,
    }
}
