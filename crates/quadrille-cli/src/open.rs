use crate::{
    Context, ControlStream, Target,
    args::Access,
    explain::{Explain, Outcome},
    url::Location,
};
use quadrille_core::{EngineState, EventStore, error::BoxError, read_model::ReadModels};
use quadrille_sqlite::{Sqlite, SqliteStore};
use std::{path::Path, sync::Arc, time::Duration};

/// A store and its read models, opened for a command.
pub struct Opened {
    /// What the commands work on.
    pub context: Context,
    store: SqliteStore,
}

impl Opened {
    /// Lets go of the store, and waits until its files are closed.
    pub async fn close(self) {
        drop(self.context);
        self.store.close().await;
    }
}

/// Opens the store and the read models that a target names. Nothing is made but, where events are
/// to be imported, the store itself.
///
/// # Errors
/// When one of them cannot be used. Messages hold no secrets.
pub async fn open(target: &Target, access: Access, patience: Duration) -> Result<Opened, BoxError> {
    let url = target.store.as_deref();
    let url = url.ok_or("no store is named: say --store sqlite:PATH, or set QUADRILLE_STORE")?;
    let Location::Sqlite(path) = url.parse()?;
    let opened = open_store(&path, access).await?;
    let store: Arc<dyn EventStore> = Arc::new(opened.clone());
    let models = open_models(target, &path).await?;
    let operations = Arc::new(ControlStream::new(Arc::clone(&store), patience));
    let context = Context {
        store,
        state: models.clone().map(|models| Arc::new(models) as Arc<dyn EngineState>),
        models: models.map(|models| Arc::new(models) as Arc<dyn ReadModels>),
        operations,
    };
    Ok(Opened { context, store: opened })
}

async fn open_store(path: &Path, access: Access) -> Outcome<SqliteStore> {
    if access != Access::Create && !path.exists() {
        return Err(format!("open the store: there is no file {}", path.display()).into());
    }
    SqliteStore::options()
        .create(access == Access::Create)
        .read_only(access == Access::Read)
        .open(path)
        .await
        .explain(|| "open the store".to_owned())
}

/// Read models lie beside the store unless they are named; there are none before an app has run.
async fn open_models(target: &Target, store: &Path) -> Outcome<Option<Sqlite>> {
    let directory = match &target.read_models {
        None => Sqlite::directory_beside(store),
        Some(url) => {
            let Location::Sqlite(directory) = url.parse()?;
            if !directory.is_dir() {
                let problem = format!("there is no directory {}", directory.display());
                return Err(format!("open the read models: {problem}").into());
            }
            directory
        }
    };
    if !directory.is_dir() {
        return Ok(None);
    }
    let models = Sqlite::options(directory).read_only().open().await;
    models.map(Some).explain(|| "open the read models".to_owned())
}
