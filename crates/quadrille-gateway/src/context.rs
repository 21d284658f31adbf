use crate::{
    name::Target,
    phase::{Phase, Phases},
    status,
};
use quadrille_core::{EventStore, Position};
use std::{sync::Arc, time::Duration};
use tonic::Status;

/// The longest wait of a subscription before it looks again, for what a store did not tell it.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// What every request works on.
#[derive(Clone)]
pub(crate) struct Context {
    pub store: Arc<dyn EventStore>,
    /// Whether the framework's own streams are shown.
    pub framework: bool,
    /// Batches on their way at a time.
    pub batches: usize,
    pub phases: Phases,
}

impl Context {
    /// Refuses the framework's own streams unless they are shown.
    pub fn allow(&self, target: &Target) -> Result<(), Status> {
        if target.stream().category().is_framework() && !self.framework {
            return Err(status::framework_hidden(target.stream()));
        }
        Ok(())
    }

    /// Waits until there may be events above `after`.
    ///
    /// # Errors
    /// When the gateway stops.
    pub async fn wait_for_more(&self, after: Position) -> Result<(), Status> {
        tokio::select! {
            () = self.phases.reached(Phase::Stopping) => Err(status::stopping()),
            () = self.store.appended_after(after) => Ok(()),
            () = tokio::time::sleep(LOOK_AGAIN) => Ok(()),
        }
    }

    /// # Errors
    /// When the gateway stops.
    pub fn check_serving(&self) -> Result<(), Status> {
        if self.phases.has_reached(Phase::Stopping) {
            return Err(status::stopping());
        }
        Ok(())
    }
}
