use quadrille_core::{EngineState, EventStore, journal::Operations, read_model::ReadModels};
use std::sync::Arc;

/// What the commands work on.
#[derive(Clone)]
pub struct Context {
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// What the engine remembers beside it; `None` where no app has run yet.
    pub state: Option<Arc<dyn EngineState>>,
    /// The read models; `None` where no app has run yet.
    pub models: Option<Arc<dyn ReadModels>>,
    /// Who carries out what only a running app can do.
    pub operations: Arc<dyn Operations>,
}
