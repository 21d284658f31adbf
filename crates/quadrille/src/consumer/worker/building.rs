//! Building a read model beside the one that is queried, and putting it in its place.

use super::Worker;
use crate::{
    StartError, StoreError,
    app::{OperateError, chain},
    consumer::{
        Failure, Request, RequestKind,
        lease::{self, give_back},
    },
    read_model::{ModelInfo, Stage},
    state::Consumer,
};
use std::sync::{Arc, atomic::Ordering};
use tokio::{sync::oneshot, time::Instant};

impl Worker {
    /// Looks which generation of the read model queries see, once this one has caught up and now
    /// and again from then on: other processes, of other releases too, work on the same ones. The
    /// highest version that somebody works is seen, and of it the newest generation that is built.
    pub(super) async fn look_at_live(&mut self) -> Result<(), Failure> {
        self.look_at = Instant::now() + lease::interval(&self.engine);
        let seen_unworked = std::mem::take(&mut self.seen_unworked);
        let (engine, behaviour, own) = (&self.engine, &self.behaviour, &self.consumer);
        match behaviour.live(engine).await? {
            Some(live) if live == *own => self.resume_rebuild().await,
            Some(live) if is_newer_generation(&live, own) => {
                return self.give_way(live).await.map_err(starting);
            }
            Some(live) if live.version > own.version => {
                // Twice in a row: one look may fall into a restart, or a stall.
                let held = behaviour.consumers(engine).held(&live).await?.is_some();
                if !held && seen_unworked {
                    behaviour.go_live(engine, own).await?;
                }
                self.seen_unworked = !held;
            }
            _ => {
                behaviour.go_live(engine, own).await?;
                self.prune().await;
            }
        }
        if self.handle.is_building() {
            self.serve().await;
        }
        Ok(())
    }

    /// Starts a worker for a newer generation, which another process built, in place of this one.
    /// One that this process has already takes its place by itself.
    pub(super) async fn give_way(&mut self, live: Consumer) -> Result<(), StartError> {
        if self.engine.handles().iter().any(|handle| handle.consumer == live) {
            return Ok(());
        }
        let next = Self::of(self.engine.clone(), self.behaviour.clone(), live).await?;
        next.serve().await;
        self.engine.keep_task(tokio::spawn(next.boxed()));
        self.retired = true;
        Ok(())
    }

    /// Goes on with a generation that a process began to build which has ended since.
    /// What queries see is worked whatever comes of it.
    async fn resume_rebuild(&self) {
        if self.is_rebuilding() {
            return;
        }
        let resumed = async {
            let generations = self.behaviour.generations(&self.engine, &self.consumer).await?;
            let unfinished = generations.into_iter().rfind(|model| {
                model.stage == Stage::Building
                    && is_newer_generation(&model.consumer, &self.consumer)
            });
            match unfinished {
                Some(model) => self.build(model.consumer).await,
                None => Ok(()),
            }
        };
        if let Err(error) = resumed.await {
            let (consumer, error) = (&self.consumer, chain(&error));
            tracing::warn!(%consumer, error, "a rebuild could not be resumed");
        }
    }

    /// Deletes generations that nobody needs any more: what lies before the one that this took the
    /// place of, and what was begun and never finished.
    async fn prune(&self) {
        let pruned = async {
            let generations = self.behaviour.generations(&self.engine, &self.consumer).await?;
            let mut older: Vec<_> = generations
                .into_iter()
                .filter(|model| model.consumer.generation < self.consumer.generation)
                .collect();
            // Processes that have not looked yet still read from it.
            if let Some(previous) = older.iter().rposition(|model| model.stage == Stage::Retired) {
                older.remove(previous);
            }
            let consumers = self.behaviour.consumers(&self.engine);
            for ModelInfo { consumer, .. } in older {
                // Nobody else takes it over meanwhile.
                let Ok(claim) = consumers.lease(&consumer, &self.engine.lease).await? else {
                    continue;
                };
                if let Err(error) = self.behaviour.remove(&self.engine, &consumer).await {
                    give_back(consumers, &consumer, claim).await;
                    return Err(error);
                }
            }
            Ok::<_, StoreError>(())
        };
        if let Err(error) = pruned.await {
            let (consumer, error) = (&self.consumer, chain(&error));
            tracing::warn!(%consumer, error, "old generations of a read model were left");
        }
    }

    /// Serves the read model in place of those workers that did until now.
    pub(super) async fn serve(&self) {
        let mut old = Vec::new();
        {
            let mut handles = self.engine.handles_mut();
            // Another one took its place already.
            if !handles.iter().any(|handle| Arc::ptr_eq(handle, &self.handle)) {
                return;
            }
            self.handle.building.store(false, Ordering::SeqCst);
            handles.retain(|handle| {
                let replaced = handle.name() == self.handle.name()
                    && handle.behaviour.kind() == self.behaviour.kind()
                    && !Arc::ptr_eq(handle, &self.handle);
                if replaced {
                    old.push(handle.clone());
                }
                !replaced
            });
        }
        for handle in old {
            let (answer, _) = oneshot::channel();
            // One that has ended needs not be told.
            let _ = handle.requests.send(Request { kind: RequestKind::Retire, answer }).await;
        }
    }

    /// Builds the read model again in a new generation, which takes its place when it has caught
    /// up. Until then this worker goes on.
    pub(in crate::consumer) async fn rebuild(&mut self) -> Result<(), OperateError> {
        if self.is_rebuilding() {
            let why = format!("{} is being built already", self.consumer);
            return Err(OperateError::Refused(why));
        }
        if let Some(live) = self.behaviour.live(&self.engine).await?
            && live.version != self.consumer.version
        {
            let (own, live) = (&self.consumer, live.version);
            let why = format!("queries see version {live} of {own}: ask an app that has it");
            return Err(OperateError::Refused(why));
        }
        let next = self.behaviour.rebuild(&self.engine, &self.consumer).await?;
        let Some(next) = next else {
            let why = format!("{} is no read model", self.consumer);
            return Err(OperateError::Refused(why));
        };
        self.build(next).await.map_err(|error| OperateError::Refused(chain(&error)))
    }

    fn is_rebuilding(&self) -> bool {
        self.engine.handles().iter().any(|handle| {
            handle.name() == self.handle.name()
                && handle.behaviour.kind() == self.behaviour.kind()
                && handle.is_building()
        })
    }

    async fn build(&self, next: Consumer) -> Result<(), StartError> {
        let worker = Self::of(self.engine.clone(), self.behaviour.clone(), next).await?;
        self.engine.keep_task(tokio::spawn(worker.boxed()));
        Ok(())
    }
}

pub(super) fn is_newer_generation(other: &Consumer, than: &Consumer) -> bool {
    other.version == than.version && other.generation > than.generation
}

/// Why a worker for another generation could not be started, for the one that would start it.
fn starting(error: StartError) -> Failure {
    match error {
        StartError::Store(error) => Failure::Storage(error),
        error => Failure::Later(chain(&error)),
    }
}
