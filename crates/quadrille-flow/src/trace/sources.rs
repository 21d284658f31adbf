use super::{Load, Model, Trace, TraceError, TraceOf, load::traces};
use crate::declared::{self, LoadError};
use quadrille_core::{
    EngineState, EventStore, StoreError,
    manifest::Manifest,
    read_model::{ReadModels, Stage},
};

/// Where that lies which a trace is made of.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The log.
    pub store: &'a dyn EventStore,
    /// What the engine remembers beside it: refusals of direct callers, deadlines, parked events.
    pub state: Option<&'a dyn EngineState>,
    /// The read models. Without them, a trace does not say which of them have not caught up.
    pub models: Option<&'a dyn ReadModels>,
}

impl Sources<'_> {
    /// Loads flows and draws them as trees: one flow, or those of a stream, the newest last.
    ///
    /// # Errors
    /// When there are none, and when something cannot be read.
    pub async fn load(&self, which: &TraceOf, limits: Load) -> Result<Vec<Trace>, TraceError> {
        traces(self, which, limits).await
    }

    /// What the apps on this store declare. A manifest of newer code is no reason to show nothing.
    pub(super) async fn manifests(&self) -> Result<Vec<Manifest>, StoreError> {
        match declared::load(self.store).await {
            Ok(recorded) => Ok(recorded.into_iter().map(|recorded| recorded.manifest).collect()),
            Err(LoadError::Store(error)) => Err(error),
            Err(_) => Ok(Vec::new()),
        }
    }

    /// The read models that queries see, without those that have read another log: a place in that
    /// one says nothing about this one. They are asked once the events are read: what they read in
    /// between is not missing.
    pub(super) async fn models(&self) -> Result<Vec<Model>, StoreError> {
        let Some(models) = self.models else { return Ok(Vec::new()) };
        let (mut found, here) = (Vec::new(), self.store.id());
        for model in models.models().await? {
            if model.stage == Stage::Live {
                let claim = models.progress(&model.consumer).await?;
                let checkpoint = claim.and_then(|claim| claim.checkpoint);
                if checkpoint.is_some_and(|checkpoint| checkpoint.store != here) {
                    continue;
                }
                found.push(Model {
                    name: model.consumer.name,
                    version: model.consumer.version,
                    checkpoint: checkpoint.map(|checkpoint| checkpoint.place.position),
                });
            }
        }
        Ok(found)
    }
}
