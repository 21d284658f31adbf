use quadrille::App;
use quadrille_core::{
    EngineState, EventStore, error::BoxError, journal::Operations, read_model::ReadModels,
};
use std::sync::Arc;

/// What the commands work on.
#[derive(Clone)]
pub struct Context {
    /// The app that the commands are mounted in: it alone knows what users' code makes of events.
    /// `None` in the binary.
    pub app: Option<App>,
    /// The log.
    pub store: Arc<dyn EventStore>,
    /// What the engine remembers beside it; `None` where no app has run yet.
    pub state: Option<Arc<dyn EngineState>>,
    /// The read models; `None` where no app has run yet.
    pub models: Option<Arc<dyn ReadModels>>,
    /// Who carries out what only a running app can do.
    pub operations: Arc<dyn Operations>,
}

impl Context {
    /// The app, for what only users' code knows.
    pub(crate) fn app(&self, to: &str) -> Result<&App, BoxError> {
        self.app.as_ref().ok_or_else(|| {
            format!(
                "{to}: that is users' code, which this command does not know; mount the commands in your program (`app.command_line()`) and ask there"
            )
            .into()
        })
    }
}
